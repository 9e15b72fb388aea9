// SPDX-License-Identifier: GPL-2.0-or-later
// A call changes just what it says: every address outside keeps its attributes, and on overlap the first wins.
#include "support.hpp"

using namespace mblab;
using namespace mblab::property;

namespace {

Drafts regions()
{
    return some(20, weighted({{3, add_memory({0, 0, 1, 2, 4, 8})}, {2, call(MBLAB_OP_memblock_reserve)}}));
}

} // namespace

PROPERTY(frame, basic_calls_change_only_their_range)
{
    const Calls calls = any_of({MBLAB_OP_memblock_add, MBLAB_OP_memblock_remove, MBLAB_OP_memblock_reserve,
                                MBLAB_OP_memblock_phys_free, MBLAB_OP_memblock_free, MBLAB_OP_memblock_physmem_add});
    return {.input = in_order({boot(), room(), regions(), some(40, calls)}),
            .reaches = {evaluated("frame.add", 1000), evaluated("frame.remove", 1000), evaluated("frame.reserve", 1000),
                        evaluated("frame.free", 1000), evaluated("frame.physmem-add", 1000),
                        evaluated("frame.other-arrays", 5000)},
            .most_unmade_percent = 15};
}

PROPERTY(frame, attributes_change_only_in_their_range)
{
    const Calls marks =
        any_of({MBLAB_OP_memblock_mark_hotplug, MBLAB_OP_memblock_clear_hotplug, MBLAB_OP_memblock_mark_nomap,
                MBLAB_OP_memblock_clear_nomap, MBLAB_OP_memblock_mark_mirror, MBLAB_OP_memblock_set_node,
                MBLAB_OP_memblock_reserved_mark_noinit, MBLAB_OP_world_mirrored_kernelcore});
    return {.input = in_order({boot(), room(), regions(), some(30, marks)}),
            .reaches = {evaluated("frame.flags", 1000), evaluated("frame.mirror", 300), evaluated("frame.noinit", 500),
                        evaluated("frame.set-node", 500)},
            .most_unmade_percent = 15};
}

PROPERTY(frame, existing_attributes_win_on_overlap)
{
    return {.input =
                in_order({boot(), room(),
                          some(40, call(MBLAB_OP_memblock_add_node, {{"base", place(24)}, {"size", length(24)}}))}),
            .reaches = {evaluated("frame.add", 10000)}};
}

PROPERTY(frame, an_allocation_reserves_its_block_and_nothing_else)
{
    return {.input = in_order(
                {boot(), room(), regions(), some(40, weighted({{8, allocate()}, {1, call(MBLAB_OP_world_slab)}}))}),
            .reaches = {evaluated("frame.alloc", 1000), evaluated("frame.alloc-slab", 500),
                        answered(Family::alloc, 15, 85)}};
}

PROPERTY(frame, queries_and_walks_change_nothing)
{
    const Calls looks =
        any_of({MBLAB_OP_memblock_is_memory, MBLAB_OP_memblock_is_region_reserved, MBLAB_OP_memblock_search_pfn_nid,
                MBLAB_OP_for_each_free_mem_range, MBLAB_OP_for_each_mem_pfn_range, MBLAB_OP_memblock_phys_mem_size,
                MBLAB_OP_memblock_dump_all, MBLAB_OP_memblock_estimated_nr_free_pages});
    return {.input = in_order({boot(), room(), regions(), some(30, looks)}),
            .reaches = {evaluated("frame.look", 5000)}};
}

PROPERTY(frame, settings_and_refused_calls_touch_no_array)
{
    const Calls settings = any_of(
        {MBLAB_OP_memblock_set_bottom_up, MBLAB_OP_memblock_set_current_limit, MBLAB_OP_memblock_set_region_node});
    const Calls refused = weighted({{1, call(MBLAB_OP_memblock_mark_nomap, {{"size", one_of({0})}})},
                                    {1, call(MBLAB_OP_memblock_add, {{"base", hostile()}, {"size", one_of({0})}})}});
    return {.input = in_order({boot(), room(), regions(), some(30, weighted({{3, settings}, {1, refused}}))}),
            .reaches = {evaluated("frame.settings", 3000), evaluated("frame.errors", 100)}};
}
