// SPDX-License-Identifier: GPL-2.0-or-later
// Sizes: what is counted is what is there, and estimates do not wrap.
#include "support.hpp"

using namespace mblab;
using namespace mblab::property;

namespace {

Calls edits()
{
    return weighted({{3, add_memory()},
                     {1, call(MBLAB_OP_memblock_remove)},
                     {2, call(MBLAB_OP_memblock_reserve)},
                     {1, call(MBLAB_OP_memblock_phys_free)},
                     {2, allocate()},
                     {1, call(MBLAB_OP_memblock_set_node)}});
}

Calls sizes()
{
    return any_of(
        {MBLAB_OP_memblock_phys_mem_size, MBLAB_OP_memblock_reserved_size, MBLAB_OP_memblock_estimated_nr_free_pages});
}

} // namespace

PROPERTY(accounting, totals_are_sums)
{
    return {.input = in_order({boot(), room(), some(50, weighted({{4, edits()}, {1, sizes()}}))}),
            .reaches = {evaluated("accounting.total", 5000), evaluated("accounting.reported", 1000)}};
}

PROPERTY(accounting, estimates_never_wrap)
{
    return {.input = in_order({boot(), room(), some(8, add_memory()),
                               some(30, weighted({{1, call(MBLAB_OP_memblock_reserve)},
                                                  {1, call(MBLAB_OP_memblock_estimated_nr_free_pages)}}))}),
            .reaches = {evaluated("accounting.estimate", 3000)}};
}
