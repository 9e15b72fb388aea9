// SPDX-License-Identifier: GPL-2.0-or-later
// One engine against the model and the laws, so that a kernel can be checked without a second one: the one that
// $MBLAB_ENGINE names, else the kernel.
#include "fuzz/harness.hpp"

#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *chosen = std::getenv("MBLAB_ENGINE");
    static mblab::fuzz::Harness harness(
        {.engines = {chosen ? chosen : MBLAB_KERNEL, "model"}, .variant = MBLAB_VARIANT});
    harness.run(mblab::decode_trace({data, size}));
    return 0;
}
