// SPDX-License-Identifier: GPL-2.0-or-later
// Port, kernel and model, outcome by outcome: result, effects and the whole state after every op; laws on top.
#include "fuzz/harness.hpp"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static mblab::fuzz::Harness harness({.engines = {"port", MBLAB_KERNEL, "model"}, .variant = MBLAB_VARIANT});
    harness.run(mblab::decode_trace({data, size}));
    return 0;
}
