// SPDX-License-Identifier: GPL-2.0-or-later
// Where an allocation goes: the one place that first fit yields, and why no other.
#include "support.hpp"

using namespace mblab;
using namespace mblab::property;

namespace {

Calls direction(uint64_t bottom_up)
{
    return call(MBLAB_OP_memblock_set_bottom_up, {{"enable", one_of({bottom_up})}});
}

/// Memory with holes, then allocations between reservations: what every property here needs.
Inputs allocations(Drafts settings, Calls calls)
{
    return in_order({boot(), std::move(settings), some(14, add_memory()), some(6, call(MBLAB_OP_memblock_reserve)),
                     some(50, std::move(calls))});
}

} // namespace

PROPERTY(placement, bottom_up_is_lowest)
{
    return {
        .input = allocations(
            first({make_op(MBLAB_OP_memblock_set_bottom_up, {1})}),
            weighted({{6, allocate()}, {2, call(MBLAB_OP_memblock_reserve)}, {1, call(MBLAB_OP_memblock_phys_free)}})),
        .reaches = {evaluated("placement.lowest", 600), evaluated("placement.failure", 300),
                    answered(Family::alloc, 15, 85)}};
}

PROPERTY(placement, top_down_is_highest)
{
    return {.input = allocations(first({}), weighted({{6, allocate()},
                                                      {2, call(MBLAB_OP_memblock_reserve)},
                                                      {1, call(MBLAB_OP_memblock_phys_free)}})),
            .reaches = {evaluated("placement.highest", 600), evaluated("placement.failure", 300),
                        answered(Family::alloc, 15, 85)}};
}

PROPERTY(placement, range_limit_and_alignment_are_kept)
{
    const Calls ranges =
        any_of({MBLAB_OP_memblock_phys_alloc_range, MBLAB_OP_memblock_alloc_range_nid, MBLAB_OP_memblock_alloc_try_nid,
                MBLAB_OP_memblock_alloc_exact_nid_raw, MBLAB_OP_memblock_alloc_from});
    return {.input = allocations(first({}), weighted({{8, ranges},
                                                      {1, direction(1)},
                                                      {1, direction(0)},
                                                      {2, call(MBLAB_OP_memblock_set_current_limit)}})),
            .reaches = {evaluated("placement.in-range", 400), evaluated("placement.aligned", 400),
                        evaluated("placement.lower-bound-first", 50), called(MBLAB_OP_memblock_set_current_limit, 200),
                        answered(Family::alloc, 15, 85)}};
}

PROPERTY(placement, flags_keep_memory_out)
{
    const Calls calls = weighted({{8, allocate()},
                                  {1, call(MBLAB_OP_memblock_mark_nomap)},
                                  {1, call(MBLAB_OP_memblock_clear_nomap)},
                                  {1, call(MBLAB_OP_memblock_mark_hotplug)},
                                  {1, call(MBLAB_OP_memblock_clear_hotplug)}});
    return {.input = in_order({boot(), some(1, call(MBLAB_OP_world_movable_node, {{"enabled", one_of({1})}})),
                               some(14, add_memory({0, 0, 1, 4, 8})), some(50, calls)}),
            .reaches = {evaluated("placement.mapped", 400), evaluated("placement.driver-managed", 400),
                        evaluated("placement.hotplug", 100), answered(Family::alloc, 15, 85)}};
}

PROPERTY(placement, mirrored_memory_comes_first)
{
    const Drafts mirrored = first({make_op(MBLAB_OP_world_mirrored_kernelcore, {1})});
    return {.input = allocations(mirrored, weighted({{8, allocate()}, {2, call(MBLAB_OP_memblock_mark_mirror)}})),
            .reaches = {evaluated("placement.mirror-first", 300), evaluated("messages.mirror", 20),
                        answered(Family::alloc, 15, 85)}};
}

PROPERTY(placement, slab_serves_once_it_is_up)
{
    return {.input = allocations(
                first({}), weighted({{8, allocate()}, {1, call(MBLAB_OP_world_slab, {{"state", between(0, 2)}})}})),
            .reaches = {evaluated("placement.slab", 300), answered(Family::alloc, 15, 90)}};
}
