// SPDX-License-Identifier: GPL-2.0-or-later
// Walks: the set algebra that they stand for, in both directions, cut short, and gone on with from a cookie.
#include "support.hpp"

using namespace mblab;
using namespace mblab::property;

namespace {

Inputs walks(std::vector<mblab_op_kind> kinds)
{
    const Calls regions = weighted({{3, add_memory({0, 0, 0, 1, 2, 4, 8})},
                                    {3, call(MBLAB_OP_memblock_reserve)},
                                    {1, call(MBLAB_OP_memblock_physmem_add)}});
    return in_order({boot(), some(24, regions), some(24, any_of(std::move(kinds)))});
}

} // namespace

PROPERTY(iterate, forward_walks_are_set_algebra)
{
    return {.input = walks({MBLAB_OP_for_each_mem_range, MBLAB_OP_for_each_reserved_mem_range,
                            MBLAB_OP_for_each_free_mem_range, MBLAB_OP___for_each_mem_range,
                            MBLAB_OP_for_each_physmem_range}),
            .reaches = {evaluated("iterate.forward", 3000), evaluated("iterate.order", 2000),
                        answered(Family::iterate, 30, 98)}};
}

PROPERTY(iterate, reverse_is_forward_backwards)
{
    return {.input = walks({MBLAB_OP_for_each_mem_range_rev, MBLAB_OP_for_each_free_mem_range_reverse,
                            MBLAB_OP___for_each_mem_range_rev}),
            .reaches = {evaluated("iterate.reverse", 3000), answered(Family::iterate, 30, 98)}};
}

PROPERTY(iterate, a_walk_left_early_saw_the_first_steps)
{
    const auto early = [](mblab_op_kind kind) { return call(kind, {{"at_most", between(0, 4)}}); };
    const Calls calls = weighted({{1, early(MBLAB_OP_for_each_free_mem_range)},
                                  {1, early(MBLAB_OP_for_each_free_mem_range_reverse)},
                                  {1, early(MBLAB_OP_for_each_mem_pfn_range)},
                                  {1, early(MBLAB_OP_for_each_mem_region)}});
    return {.input = in_order({boot(), some(20, weighted({{1, add_memory()}, {1, call(MBLAB_OP_memblock_reserve)}})),
                               some(24, calls)}),
            .reaches = {evaluated("iterate.prefix", 2000), answered(Family::iterate, 30, 98)}};
}

PROPERTY(iterate, any_cookie_resumes)
{
    return {.input = walks({MBLAB_OP___next_mem_range, MBLAB_OP___next_mem_range_rev, MBLAB_OP___next_mem_pfn_range,
                            MBLAB_OP___next_mem_pfn_range_in_zone, MBLAB_OP___next_physmem_range}),
            .reaches = {evaluated("iterate.resume", 1000), evaluated("iterate.resume-reverse", 300),
                        evaluated("iterate.resume-frames", 300)},
            .most_unmade_percent = 20}; // cookies past the array, which no walk gives out
}

PROPERTY(iterate, frames_and_regions_are_whole)
{
    return {.input = walks(
                {MBLAB_OP_for_each_mem_pfn_range, MBLAB_OP_for_each_mem_region, MBLAB_OP_for_each_reserved_mem_region}),
            .reaches = {evaluated("iterate.frames", 1000), evaluated("iterate.regions", 1000)}};
}

PROPERTY(iterate, zones_cut_free_memory)
{
    return {.input = walks({MBLAB_OP_for_each_free_mem_pfn_range_in_zone_from, MBLAB_OP___next_mem_pfn_range_in_zone}),
            .reaches = {evaluated("iterate.zone", 1000), evaluated("iterate.resume-zone", 1000)},
            .variants = {"numa-4", "numa-128"}};
}
