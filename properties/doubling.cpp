// SPDX-License-Identifier: GPL-2.0-or-later
// Growing the arrays: through every function that can, any number of times, nested, with slab, without room.
#include "support.hpp"

using namespace mblab;
using namespace mblab::property;

namespace {

/// Regions that never touch one another, so that each takes an entry.
Calls apart(mblab_op_kind kind)
{
    std::vector<uint64_t> places;
    for (uint64_t i = 0; i < 200; i++)
        places.push_back(0x10000000 + i * 4 * page_bytes);
    return call(kind, {{"base", one_of(places)},
                       {"size", one_of({page_bytes, 2 * page_bytes})},
                       {"nid", between(0, 3)},
                       {"flags", one_of({0})}});
}

Calls splits()
{
    return weighted({{2, apart(MBLAB_OP_memblock_remove)},
                     {2, apart(MBLAB_OP_memblock_set_node)},
                     {2, apart(MBLAB_OP_memblock_mark_nomap)},
                     {2, apart(MBLAB_OP_memblock_mark_hotplug)},
                     {2, apart(MBLAB_OP_memblock_phys_free)},
                     {2, apart(MBLAB_OP_memblock_reserved_mark_noinit)}});
}

/// Where both arrays grow, the kernel may put one on top of the other (rule doubling.overlaps), which ends the trace.
constexpr uint64_t lost_to_overlaps = 45;

/// One large region of each type, to be cut to pieces.
Drafts whole()
{
    return first({make_op(MBLAB_OP_memblock_add_node, {0x10000000, 0x1000000, 1, 0}),
                  make_op(MBLAB_OP_memblock_reserve, {0x10000000, 0x1000000})});
}

} // namespace

PROPERTY(doubling, adding_grows_without_loss)
{
    return {.input = in_order({boot(), room(), some(200, apart(MBLAB_OP_memblock_add_node))}),
            .reaches = {evaluated("doubling.contents", 1000), evaluated("doubling.placed", 1000),
                        evaluated("doubling.old-array", 1000), doubled(2000), doubled_deep(5)}};
}

PROPERTY(doubling, reserving_grows_without_loss)
{
    return {.input = in_order({boot(), room(), some(200, apart(MBLAB_OP_memblock_reserve))}),
            .reaches = {evaluated("doubling.contents", 1000), evaluated("doubling.placed", 1000),
                        evaluated("doubling.old-array", 1000), doubled(2000), doubled_deep(5)}};
}

PROPERTY(doubling, every_function_that_splits_can_grow)
{
    return {.input = in_order({boot(), room(), whole(), some(80, splits())}),
            .reaches = {evaluated("doubling.contents", 1000), evaluated("doubling.attributed", 1000),
                        called(MBLAB_OP_memblock_remove, 2000), called(MBLAB_OP_memblock_set_node, 2000), doubled(1000),
                        doubled_deep(3)},
            .most_unmade_percent = lost_to_overlaps};
}

PROPERTY(doubling, slab_gives_the_new_array_once_it_is_up)
{
    const Calls slab = call(MBLAB_OP_world_slab,
                            {{"state", one_of({MBLAB_SLAB_UP, MBLAB_SLAB_UP, MBLAB_SLAB_DOWN, MBLAB_SLAB_EMPTY})}});
    const Calls growth = weighted({{1, apart(MBLAB_OP_memblock_add_node)}, {1, apart(MBLAB_OP_memblock_reserve)}});
    return {.input = in_order({boot(), room(), some(20, growth), some(60, weighted({{1, slab}, {12, growth}}))}),
            .reaches = {evaluated("doubling.slab", 200), evaluated("doubling.failure", 20), doubled(1000)},
            .most_unmade_percent = lost_to_overlaps};
}

PROPERTY(doubling, without_room_it_fails_and_says_so)
{
    // All memory is reserved, until one of its pages is not.
    const Drafts full = first({make_op(MBLAB_OP_memblock_add_node, {0x1000000, 4 * page_bytes, 0, 0}),
                               make_op(MBLAB_OP_memblock_reserve, {0x1000000, 4 * page_bytes})});
    const Calls free =
        call(MBLAB_OP_memblock_phys_free, {{"base", one_of({0x1001000})}, {"size", one_of({page_bytes})}});
    return {.input = in_order({boot(), full,
                               some(60, weighted({{30, apart(MBLAB_OP_memblock_reserve)},
                                                  {10, apart(MBLAB_OP_memblock_add_node)},
                                                  {1, free}}))}),
            .reaches = {evaluated("doubling.failure", 200)}};
}

PROPERTY(doubling, never_before_it_is_allowed)
{
    const Drafts grown =
        some(30, weighted({{1, apart(MBLAB_OP_memblock_add_node)}, {1, apart(MBLAB_OP_memblock_reserve)}}));
    return {.input = in_order({room(), grown}),
            .reaches = {evaluated("doubling.panic", 200), stopped(200)},
            .most_unmade_percent = 100};
}

PROPERTY(doubling, nested_growth_survives)
{
    // Freeing the old memory array or reserving the new one makes the reserved array grow in its turn.
    const Calls both =
        weighted({{2, add_memory()}, {2, call(MBLAB_OP_memblock_reserve)}, {2, splits()}, {1, allocate()}});
    return {.input = in_order({boot(), some(100, both)}, 1 << 16),
            .reaches = {evaluated("doubling.survives", 200), doubled(1000), doubled_deep(3)},
            .most_unmade_percent = lost_to_overlaps};
}
