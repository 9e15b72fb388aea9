// SPDX-License-Identifier: GPL-2.0-or-later
// Every input ends as a boot does: all memory goes to the buddy allocator, the slab comes up, the arrays are discarded.
#include "fuzz/harness.hpp"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static mblab::fuzz::Harness harness({.engines = {"port", MBLAB_KERNEL, "model"}, .variant = MBLAB_VARIANT});
    mblab::Trace trace = mblab::decode_trace({data, size});
    trace.add(mblab::make_op(MBLAB_OP_memblock_free_all));
    trace.add(mblab::make_op(MBLAB_OP_world_slab, {MBLAB_SLAB_UP}));
    trace.add(mblab::make_op(MBLAB_OP_memblock_discard));
    harness.run(trace);
    return 0;
}
