// SPDX-License-Identifier: GPL-2.0-or-later
// The end of memblock: every page goes to the buddy allocator, stays reserved, or was never to be touched; none twice.
#include "support.hpp"

using namespace mblab;
using namespace mblab::property;

namespace {

Drafts life()
{
    return some(40, weighted({{4, add_memory({0, 0, 0, 1, 4, 8})},
                              {3, call(MBLAB_OP_memblock_reserve)},
                              {3, allocate()},
                              {1, call(MBLAB_OP_memblock_phys_free)},
                              {1, call(MBLAB_OP_memblock_reserved_mark_noinit)},
                              {1, call(MBLAB_OP_world_max_low_pfn)},
                              {1, call(MBLAB_OP_world_online_nodes)}}));
}

/// Units small enough for all blocks to be within the lab's budget of effects.
constexpr uint64_t largest_unit = 1 << 26;

} // namespace

PROPERTY(conservation, free_all_gives_each_page_once)
{
    return {.input = in_order({boot(), life(), first({make_op(MBLAB_OP_memblock_free_all)})}, largest_unit),
            .reaches = {evaluated("conservation.pages", 500), evaluated("conservation.orders", 500),
                        evaluated("conservation.counted", 500), evaluated("conservation.state", 500)}};
}

PROPERTY(conservation, reserved_pages_are_initialised_on_their_node)
{
    return {.input = in_order({boot(), life(), some(4, call(MBLAB_OP_memblock_set_node)),
                               first({make_op(MBLAB_OP_memblock_free_all)})},
                              largest_unit),
            .reaches = {evaluated("conservation.reserved", 300), evaluated("conservation.node", 300),
                        evaluated("conservation.nomap", 100)},
            .variants = {"numa-4", "numa-128"}};
}

PROPERTY(conservation, late_and_discard_keep_the_sum)
{
    const Calls late =
        weighted({{4, call(MBLAB_OP_memblock_free_late, {{"size", length(2)}})}, {1, call(MBLAB_OP_memblock_discard)}});
    return {.input = in_order({boot(), life(), first({make_op(MBLAB_OP_memblock_free_all)}), some(8, late)}, 1 << 20),
            .reaches = {evaluated("conservation.late", 500), evaluated("conservation.discard", 100)}};
}

PROPERTY(conservation, managed_pages_are_reset_once)
{
    const Calls ends = any_of({MBLAB_OP_reset_all_zones_managed_pages, MBLAB_OP_memblock_free_all});
    return {.input = in_order({boot(), life(), some(3, ends)}, largest_unit),
            .reaches = {evaluated("conservation.managed", 300)}};
}
