// SPDX-License-Identifier: GPL-2.0-or-later
// Questions: the answer is membership in a set.
#include "support.hpp"

using namespace mblab;
using namespace mblab::property;

namespace {

Inputs asked(std::vector<mblab_op_kind> kinds, std::vector<uint64_t> flags = {0, 0, 1, 2, 4, 8})
{
    const Calls regions = weighted({{1, add_memory(std::move(flags))}, {1, call(MBLAB_OP_memblock_reserve)}});
    return in_order({boot(), some(24, regions), some(40, any_of(std::move(kinds)))});
}

} // namespace

PROPERTY(queries, addresses_and_ranges_are_membership)
{
    return {.input =
                asked({MBLAB_OP_memblock_is_memory, MBLAB_OP_memblock_is_map_memory, MBLAB_OP_memblock_is_region_memory,
                       MBLAB_OP_memblock_is_reserved, MBLAB_OP_memblock_is_region_reserved,
                       MBLAB_OP_memblock_overlaps_region, MBLAB_OP_memblock_addrs_overlap}),
            .reaches = {evaluated("queries.address", 3000), evaluated("queries.region-memory", 1000),
                        evaluated("queries.region-reserved", 1000), evaluated("queries.addrs-overlap", 1000),
                        answered(Family::query, 15, 85)}};
}

PROPERTY(queries, frames_know_their_node)
{
    return {.input = asked({MBLAB_OP_memblock_search_pfn_nid, MBLAB_OP_memblock_validate_numa_coverage}),
            .reaches = {evaluated("queries.pfn-node", 3000), evaluated("queries.pfn-range", 500),
                        evaluated("queries.numa-coverage", 1000)},
            .variants = {"numa-4", "numa-128"}};
}

PROPERTY(queries, regions_have_what_they_were_given)
{
    return {.input = asked({MBLAB_OP_memblock_is_hotpluggable, MBLAB_OP_memblock_is_mirror, MBLAB_OP_memblock_is_nomap,
                            MBLAB_OP_memblock_is_driver_managed, MBLAB_OP_memblock_get_region_node,
                            MBLAB_OP_memblock_region_memory_base_pfn, MBLAB_OP_memblock_region_memory_end_pfn,
                            MBLAB_OP_memblock_region_reserved_base_pfn, MBLAB_OP_memblock_region_reserved_end_pfn}),
            .reaches = {evaluated("queries.region", 5000)}};
}

PROPERTY(queries, bounds_and_settings_are_the_last_set)
{
    return {
        .input = asked({MBLAB_OP_memblock_start_of_DRAM, MBLAB_OP_memblock_end_of_DRAM, MBLAB_OP_memblock_bottom_up,
                        MBLAB_OP_memblock_set_bottom_up, MBLAB_OP_memblock_get_current_limit,
                        MBLAB_OP_memblock_set_current_limit, MBLAB_OP_memblock_has_mirror}),
        .reaches = {evaluated("queries.bounds", 1000), evaluated("queries.settings", 2000)}}; // the end of no memory
}

PROPERTY(queries, named_reservations_are_found_by_their_name)
{
    const Calls parameter = call_text(
        MBLAB_OP_early_param, {"reserve_mem=4096:4096:a", "reserve_mem=64K:4096:trace", "reserve_mem=8K:4K:x y"});
    const Calls find = call_text(MBLAB_OP_reserve_mem_find_by_name, {"a", "trace", "x y", "unknown"});
    return {.input = in_order({boot(), some(8, add_memory()), some(16, weighted({{1, parameter}, {2, find}}))}),
            .reaches = {evaluated("queries.named", 1000), answered(Family::params, 10, 90)}};
}
