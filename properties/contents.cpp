// SPDX-License-Identifier: GPL-2.0-or-later
// What is in a block: zeroes when that was promised, whatever lay there when not; accepted, and known to kmemleak.
#include "support.hpp"

using namespace mblab;
using namespace mblab::property;

namespace {

Inputs blocks(std::vector<mblab_op_kind> kinds)
{
    std::vector<Drafts> parts = {boot(), some(14, add_memory()), some(5, call(MBLAB_OP_memblock_reserve))};
    Calls calls = any_of(std::move(kinds));
    parts.push_back(some(40, weighted({{8, calls}, {1, call(MBLAB_OP_memblock_set_bottom_up)}})));
    return in_order(std::move(parts));
}

} // namespace

PROPERTY(contents, zeroed_exactly_when_promised)
{
    return {.input = blocks({MBLAB_OP_memblock_alloc, MBLAB_OP_memblock_alloc_try_nid, MBLAB_OP_memblock_alloc_from,
                             MBLAB_OP_memblock_alloc_low, MBLAB_OP_memblock_alloc_node}),
            .reaches = {evaluated("contents.zeroed", 1000), answered(Family::alloc, 15, 85)}};
}

PROPERTY(contents, raw_is_left_alone)
{
    return {.input = blocks({MBLAB_OP_memblock_alloc_raw, MBLAB_OP_memblock_alloc_try_nid_raw,
                             MBLAB_OP_memblock_alloc_exact_nid_raw, MBLAB_OP_memblock_phys_alloc,
                             MBLAB_OP_memblock_phys_alloc_range}),
            .reaches = {evaluated("contents.raw", 1000), answered(Family::alloc, 15, 85)}};
}

PROPERTY(contents, accepted_and_leak_traced_once)
{
    return {.input = in_order({boot(), some(14, add_memory()),
                               some(50, weighted({{6, allocate()},
                                                  {2, call(MBLAB_OP_memblock_phys_free)},
                                                  {1, call(MBLAB_OP_memblock_free)}}))}),
            .reaches = {evaluated("contents.accepted", 1000), evaluated("contents.leak-traced", 1000),
                        evaluated("contents.leak-forgotten", 1000)},
            .most_unmade_percent = 25};
}
