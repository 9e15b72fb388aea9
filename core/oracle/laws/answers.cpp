// SPDX-License-Identifier: GPL-2.0-or-later
// What walks and questions answer, where the documentation says more than the kernel does, and what holds of each step
// of a walk alone. Whole answers are for the model to say.
#include "core/oracle/laws/call.hpp"

namespace mblab::law {
namespace {

Verdict answers(const Call &call, uint64_t expected)
{
    return call.value() == expected ? holds : should_be(expected, "answers {:#x}, not {:#x}", call.value(), expected);
}

/// An empty range is a subset of memory where its address is memory.
Verdict subset(const Call &call)
{
    const Regions memory = call.old_regions(MBLAB_TYPE_memory);
    return answers(call, region_at(memory, call.range().start) && covers(memory, call.range()));
}

Verdict intersects(const Call &call)
{
    size_t type = MBLAB_TYPE_reserved;
    if (is<ops::memblock_overlaps_region>(call.op))
        type = ops::memblock_overlaps_region::of(call.op).type;
    return type < call.type_count() ? answers(call, overlaps(call.old_regions(type), call.range())) : not_applicable;
}

Verdict overlap(const Call &call)
{
    const auto asked = ops::memblock_addrs_overlap::of(call.op);
    const uint64_t top = call.before.top();
    if ((asked.size1 & top) > top - (asked.base1 & top) || (asked.size2 & top) > top - (asked.base2 & top))
        return not_applicable;
    return answers(call,
                   call.before.range(asked.base1, asked.size1).overlaps(call.before.range(asked.base2, asked.size2)));
}

Verdict coverage(const Call &call)
{
    const uint64_t threshold =
        ops::memblock_validate_numa_coverage::of(call.op).threshold_bytes & call.before.word_max();
    return answers(call, uncovered_by_nodes(call) < threshold);
}

/// A name is found from its reservation to its release, once memblock knows it.
Verdict named(const Call &call)
{
    const auto asked = ops::reserve_mem_find_by_name::of(call.op);
    const auto is_it = [&](const NamedRange &range) { return range.size && range.name == asked.name; };
    return answers(call, std::ranges::any_of(call.before.names, is_it));
}

Verdict frame_range(const Call &call)
{
    const uint64_t frame = ops::memblock_search_pfn_nid::of(call.op).pfn;
    if (frame > pfn_down(call.before.top()) || !region_at(call.old_regions(MBLAB_TYPE_memory), frame * page_size))
        return not_applicable;
    return call.value(1) <= frame && frame < call.value(2)
               ? holds
               : violated("{:#x} is not in {:#x}-{:#x}", frame, call.value(1), call.value(2));
}

bool is_loop(uint16_t kind)
{
    return in_family<Family::iterate>(kind) && op_info(kind).results[0].name == "steps";
}

/// A zone that wraps around the address space, or has no frames, is none.
bool is_no_zone(const Call &call)
{
    if (!is<ops::for_each_free_mem_pfn_range_in_zone_from>(call.op))
        return false;
    const auto zone = ops::for_each_free_mem_pfn_range_in_zone_from::of(call.op);
    return zone.spanned_pages == 0 || zone.start_pfn + zone.spanned_pages < zone.start_pfn;
}

/// A walk visits the entry by which some kernels have an array empty.
bool visits_entry(const Call &call, const Effect &step)
{
    const auto is_empty = [&](const ArrayState &array) { return without_entry(call.before, array.set).empty(); };
    return call.before.dialect.empty_array_has_entry && !step.a && !step.b &&
           std::ranges::any_of(call.before.arrays, is_empty);
}

Verdict not_empty(const Call &call)
{
    if (is_no_zone(call))
        return not_applicable;
    for (const Effect &effect : call.outcome.effect_list())
        if (effect.kind == MBLAB_EFFECT_range && effect.a >= effect.b && !visits_entry(call, effect))
            return violated("the range {:#x}-{:#x} is empty", effect.a, effect.b);
    return call.summary.ranges ? holds : not_applicable;
}

Verdict in_order(const Call &call)
{
    const bool down =
        only<ops::for_each_mem_range_rev, ops::for_each_free_mem_range_reverse, ops::__for_each_mem_range_rev>(
            call.op.kind);
    const Effect *last = nullptr;
    for (const Effect &effect : call.outcome.effect_list()) {
        if (effect.kind != MBLAB_EFFECT_range)
            continue; // of node MAX_NUMNODES some kernels warn first
        if (last && (down ? effect.b > last->a : effect.a < last->b) && !is_no_zone(call))
            return violated("{:#x}-{:#x} is out of order", effect.a, effect.b);
        last = &effect;
    }
    return call.summary.ranges > 1 ? holds : not_applicable;
}

Verdict frames(const Call &call)
{
    const Regions memory = call.old_regions(MBLAB_TYPE_memory);
    size_t at = 0;
    for (const Effect &effect : call.outcome.effect_list()) {
        const auto holds_step = [&](const Region &region) {
            return Interval{pfn_up(region.base), pfn_down(end_of(region))}.contains({effect.a, effect.b});
        };
        while (at < memory.size() && !holds_step(memory[at]))
            at++;
        if (at == memory.size())
            return violated("the frames {:#x}-{:#x} are not of one region, or not in order", effect.a, effect.b);
    }
    return call.summary.ranges ? holds : not_applicable;
}

constexpr std::string_view next_source = "mm/memblock.c, kernel-doc of __next_mem_range()";

constexpr Law table[] = {
    {"iterate.order", "The steps of a walk follow each other in address order and do not overlap.", next_source,
     is_loop, in_order},
    {"iterate.not-empty", "No step of a walk is empty.",
     "include/linux/memblock.h, kernel-doc of for_each_free_mem_range(): free areas", is_loop, not_empty},
    {"iterate.frames", "Each step of a walk over page frames gives whole frames of one memory region.",
     "include/linux/memblock.h, kernel-doc of for_each_mem_pfn_range()", only<ops::for_each_mem_pfn_range>, frames},
    {"queries.region-memory", "A range is memory when all of it is.",
     "mm/memblock.c, kernel-doc of memblock_is_region_memory()", only<ops::memblock_is_region_memory>, subset},
    {"queries.region-reserved", "A range is reserved, or overlaps a type, when some address of it does.",
     "mm/memblock.c, kernel-doc of memblock_is_region_reserved()",
     only<ops::memblock_is_region_reserved, ops::memblock_overlaps_region>, intersects},
    {"queries.addrs-overlap", "Two ranges overlap when they share an address.",
     "mm/memblock.c, comment over memblock_addrs_overlap(): address comparison", only<ops::memblock_addrs_overlap>,
     overlap},
    {"queries.coverage", "Nodes cover memory when less than the threshold has no node.",
     "mm/memblock.c, kernel-doc of memblock_validate_numa_coverage()", only<ops::memblock_validate_numa_coverage>,
     coverage},
    {"queries.named", "A name is found from its reserve_mem= on until it is released.",
     "mm/memblock.c, kernel-doc of reserve_mem_find_by_name(), reserve_mem_release_by_name()",
     only<ops::reserve_mem_find_by_name>, named},
    {"queries.pfn-range", "A page frame that was found lies in the range of frames that comes with the answer.",
     "mm/mm_init.c, early_pfn_to_nid(), which keeps that range as a cache", only<ops::memblock_search_pfn_nid>,
     frame_range},
};

} // namespace

uint64_t uncovered_by_nodes(const Call &call)
{
    uint64_t uncovered = 0;
    for (const Region &region : call.old_regions(MBLAB_TYPE_memory))
        if (!call.before.is_valid_node(region.nid))
            uncovered += Interval{pfn_up(region.base), pfn_down(end_of(region))}.size() * page_size;
    return uncovered & call.before.word_max(); // an unsigned long
}

std::span<const Law> answer_laws()
{
    return table;
}

} // namespace mblab::law
