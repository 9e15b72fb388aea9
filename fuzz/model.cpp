// SPDX-License-Identifier: GPL-2.0-or-later
// Port and model alone: two opinions of this project's own, which need no kernel and cost least.
#include "fuzz/harness.hpp"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static mblab::fuzz::Harness harness({.engines = {"port", "model"}, .variant = MBLAB_VARIANT});
    harness.run(mblab::decode_trace({data, size}));
    return 0;
}
