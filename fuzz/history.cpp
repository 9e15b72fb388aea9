// SPDX-License-Identifier: GPL-2.0-or-later
// memblock's predecessors. Each makes the calls that it has: bump and bootmem beside their model, nobootmem, which has
// the port beneath it, alone; all are held to the laws.
#include "fuzz/harness.hpp"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    // The first leaves last, and its counts are those that stay.
    static mblab::fuzz::Harness bootmem({.engines = {"bootmem", "history-model"}, .variant = MBLAB_VARIANT});
    static mblab::fuzz::Harness bump({.engines = {"bump", "history-model"}, .variant = MBLAB_VARIANT});
    static mblab::fuzz::Harness nobootmem({.engines = {"nobootmem"}, .variant = MBLAB_VARIANT});
    const mblab::Trace trace = mblab::decode_trace({data, size});
    for (mblab::fuzz::Harness *harness : {&bootmem, &bump, &nobootmem})
        harness->run(trace);
    return 0;
}
