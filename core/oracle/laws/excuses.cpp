// SPDX-License-Identifier: GPL-2.0-or-later
// Where the kernel itself does not keep a promise: data with reasons. docs/findings.md has a trace for each.
#include "core/oracle/laws/checks.hpp"

namespace mblab {
namespace contract {
namespace {

constexpr std::string_view seen = "6.12";

template <mblab_op_kind... kinds> bool is(const Context &context)
{
    return ((context.op().kind == kinds) || ...);
}

bool caps(const Context &context)
{
    return is<MBLAB_OP_memblock_cap_memory_range, MBLAB_OP_memblock_mem_limit_remove_map>(context);
}

/// The addresses that a limit keeps; all there are for any other op.
Range kept_by_limit(const Context &context)
{
    if (is<MBLAB_OP_memblock_cap_memory_range>(context))
        return context.wraps(0) ? Range{} : context.range(0);
    if (!is<MBLAB_OP_memblock_enforce_memory_limit, MBLAB_OP_memblock_mem_limit_remove_map>(context))
        return {0, never};
    return {0, limit_to_address(context.old_regions(MBLAB_TYPE_memory), context.phys(0))};
}

bool limit_cuts_array(const Context &context)
{
    const Range kept = kept_by_limit(context);
    for (uint64_t type = 0; type < context.type_count(); type++)
        if (!context.is_static(context.outcome().state.type[type].storage) && !kept.contains(context.storage(type)))
            return true;
    return false;
}

// ---- accounting ----

/// The surplus is exactly what was cut off regions that are still there.
bool trim_keeps_total(const Context &context)
{
    if (!is<MBLAB_OP_memblock_trim_memory>(context))
        return false;
    const Regions now = context.new_regions(MBLAB_TYPE_memory);
    uint64_t cut = context.before[MBLAB_TYPE_memory].surplus - context.shape(MBLAB_TYPE_memory).sum;
    for (const Region &region : context.old_regions(MBLAB_TYPE_memory))
        cut += touches(now, range_of(region)) ? region.size : 0;
    const uint64_t total = context.outcome().state.type[MBLAB_TYPE_memory].total_size;
    return ((total - context.shape(MBLAB_TYPE_memory).sum) & context.phys_max()) == (cut & context.phys_max());
}

bool has_surplus(const Context &context)
{
    return context.before[MBLAB_TYPE_memory].surplus != 0;
}

/// What is reported is total_size as it is, or the difference of two as they are.
bool reports_totals(const Context &context)
{
    const mblab_type_state *types = context.outcome().state.type;
    const uint64_t memory = types[MBLAB_TYPE_memory].total_size, reserved = types[MBLAB_TYPE_reserved].total_size;
    if (is<MBLAB_OP_memblock_estimated_nr_free_pages>(context))
        return context.value() == ((memory - reserved) & context.phys_max()) / page_size;
    return context.value() == memory;
}

bool reports_surplus(const Context &context)
{
    return has_surplus(context) && reports_totals(context);
}

/// total_size says that there is memory, the array that there is none; or, where the sum wraps, the other way round.
bool surplus_misleads(const Context &context)
{
    const Array &memory = context.before[MBLAB_TYPE_memory];
    return has_surplus(context) && memory.regions.empty() != (memory.total_size == 0);
}

bool estimate_wraps(const Context &context)
{
    return context.shape(MBLAB_TYPE_reserved).sum > context.shape(MBLAB_TYPE_memory).sum && reports_totals(context);
}

// ---- limits ----

/// Whether every place where equal regions touch is one that a cap cut through NOMAP memory, or was one before.
bool only_nomap_splits(const Context &context)
{
    const Regions now = context.new_regions(MBLAB_TYPE_memory), old = context.old_regions(MBLAB_TYPE_memory);
    for (size_t i = 1; i < now.size(); i++) {
        if (end_of(now[i - 1]) != now[i].base || !same_attributes(now[i - 1], now[i]))
            continue;
        const size_t above = first_ending_above(old, now[i].base);
        const bool was_split =
            above > 0 && above < old.size() && old[above].base == now[i].base && end_of(old[above - 1]) == now[i].base;
        if (!was_split && !(caps(context) && (now[i].flags & flag_nomap)))
            return false;
    }
    return context.same[MBLAB_TYPE_reserved] || context.shape(MBLAB_TYPE_reserved).minimal;
}

bool cap_wraps(const Context &context)
{
    return is<MBLAB_OP_memblock_cap_memory_range>(context) && context.wraps(0);
}

bool trim_wraps(const Context &context)
{
    if (!is<MBLAB_OP_memblock_trim_memory>(context) || !context.phys(0))
        return false;
    const Regions memory = context.old_regions(MBLAB_TYPE_memory);
    return !memory.empty() && memory.back().base > context.phys_max() - (context.phys(0) - 1);
}

// ---- allocations and doublings ----

bool asks_for_nothing(const Context &context)
{
    return context.is_alloc && context.request.size == 0;
}

bool doubles_physmem(const Context &context)
{
    for (const Doubling &doubling : context.doublings)
        if (doubling.type == MBLAB_TYPE_physmem && doubling.from_static)
            return true;
    return false;
}

bool has_doubled_physmem(const Context &context)
{
    return context.facts.physmem_doubled && !context.doublings.empty();
}

/// An array was moved away from memory of memblock's own, and the next doubling took the place that it moved to.
bool doubles_onto_new_array(const Context &context)
{
    for (size_t i = 1; i < context.doublings.size(); i++) {
        const Doubling &outer = context.doublings[i - 1], &inner = context.doublings[i];
        const Range first{outer.target, outer.target + 2 * outer.bytes};
        if (!context.is_static(outer.source) && inner.source != outer.target && !inner.to_slab &&
            first.touches({inner.target, inner.target + 2 * inner.bytes}))
            return true;
    }
    return false;
}

/// The end of the second search, which is to stay below the range, is the range's start: 0 and 1 mean the limit there.
bool reserves_from_zero(const Context &context)
{
    return is<MBLAB_OP_memblock_reserve>(context) && context.phys(0) <= 1;
}

/// More regions to insert than were counted before the doubling, which adds a region and may split another.
bool counted_too_few(const Context &context)
{
    const mblab_type_state &reserved = context.outcome().state.type[MBLAB_TYPE_reserved];
    return context.outcome().result.exit == MBLAB_BUG && !context.doublings.empty() && !context.cut_short() &&
           reserved.cnt == reserved.max;
}

/// A free has no way to say that it failed: the array that was moved away from stays reserved.
bool old_array_stays(const Context &context)
{
    if (context.outcome().result.exit != MBLAB_RETURNED || !context.summary.failed_doublings)
        return false;
    for (const Doubling &doubling : context.doublings)
        if (!doubling.from_static && !doubling.from_slab)
            return true;
    return false;
}

bool nested_doubling_failed(const Context &context)
{
    return context.outcome().result.exit == MBLAB_BUG && context.cut_short() && !context.doublings.empty();
}

// ---- iterators and queries ----

/// The first empty step is at a place where two excluded regions touch.
bool between_touching_regions(const Context &context)
{
    const Op &op = context.op();
    const uint64_t excluded = op.kind == MBLAB_OP_for_each_physmem_range ? op.arg[0]
                              : is<MBLAB_OP___for_each_mem_range, MBLAB_OP___for_each_mem_range_rev>(context)
                                  ? op.arg[1]
                                  : uint64_t{MBLAB_TYPE_reserved};
    if (excluded == MBLAB_TYPE_none)
        return false;
    const Regions regions = context.old_regions(excluded);
    for (const Effect &effect : context.outcome().effect_list()) {
        if (effect.kind != MBLAB_EFFECT_range || effect.a != effect.b)
            continue;
        const size_t above = first_ending_above(regions, effect.a);
        return above > 0 && above < regions.size() && regions[above].base == effect.a &&
               end_of(regions[above - 1]) == effect.a;
    }
    return false;
}

/// Rounding up to a page frame wraps in the last page of the address space.
bool in_last_page(const Context &context)
{
    if (context.variant.has(MBLAB_CONFIG_phys32))
        return false;
    for (const mblab_type type : {MBLAB_TYPE_memory, MBLAB_TYPE_reserved, MBLAB_TYPE_physmem}) {
        const Regions regions = context.new_regions(type);
        if (!regions.empty() && end_of(regions.back()) > never - page_size + 1)
            return true;
    }
    return false;
}

bool spans_regions(const Context &context)
{
    const Region *first = region_at(context.old_regions(MBLAB_TYPE_memory), context.range(0).start);
    return first && context.range(0).end > end_of(*first) && context.value() == 0;
}

bool asks_of_empty_range(const Context &context)
{
    if (context.value() != 1)
        return false;
    if (is<MBLAB_OP_memblock_addrs_overlap>(context))
        return context.range(0).empty() || context.range(2).empty();
    return context.range(is<MBLAB_OP_memblock_overlaps_region>(context) ? 1 : 0).empty();
}

bool in_partial_page(const Context &context)
{
    const uint64_t addr = context.op().arg[0] * page_size;
    const Region *region = region_at(context.old_regions(MBLAB_TYPE_memory), addr);
    return region && end_of(*region) - addr < page_size;
}

// ---- the end of memblock ----

bool memory_without_node(const Context &context)
{
    for (const Region &region : context.new_regions(MBLAB_TYPE_memory))
        if (!context.valid_node(region.nid))
            return true;
    return false;
}

/// A part of the memory map is given back that some array lives in, or moves to.
bool frees_array_with_memmap(const Context &context)
{
    if (!is<MBLAB_OP_memblock_free_all>(context) || !context.variant.has(MBLAB_CONFIG_memmap))
        return false;
    for (const Effect &effect : context.outcome().effect_list()) {
        const Range freed{effect.a, effect.a + effect.b};
        const auto is_old = [&](const Doubling &d) { return d.source == effect.a && page_align(d.bytes) == effect.b; };
        if (effect.kind != MBLAB_EFFECT_kmemleak_free_part_phys ||
            std::any_of(context.doublings.begin(), context.doublings.end(), is_old))
            continue;
        for (const Doubling &doubling : context.doublings)
            if (freed.touches({doubling.target, doubling.target + page_align(2 * doubling.bytes)}))
                return true;
        for (const Array &array : context.before)
            if (freed.touches({array.storage, array.storage + array.max * context.outcome().state.region_bytes}))
                return true;
    }
    return false;
}

constexpr Excuse table[] = {
    {"trim-total-size", "accounting.total", "memblock_trim_memory() shrinks regions and leaves total_size as it was",
     seen, trim_keeps_total, false},
    {"trim-total-size-seen", "accounting.reported accounting.estimate",
     "what reports total_size after such a trim reports too much", seen, reports_surplus, false},
    {"trim-total-size-cap", "limits.cap limits.remove-map",
     "after such a trim, memblock_cap_memory_range() takes memory that has become empty for memory that is there", seen,
     surplus_misleads, false},
    {"estimate-wraps", "accounting.estimate",
     "memblock_estimated_nr_free_pages() subtracts without looking: more reserved than memory gives a huge number",
     seen, estimate_wraps, false},
    {"cap-splits-nomap", "structure.minimal",
     "memblock_cap_memory_range() cuts at its bounds, keeps NOMAP memory on both sides, and does not merge it again",
     seen, only_nomap_splits, false},
    {"cap-size-wraps", "limits.cap",
     "memblock_cap_memory_range() adds base and size unchecked: a sum that wraps drops reservations inside the range",
     seen, cap_wraps, false},
    {"limit-drops-array", "structure.storage-reserved",
     "a memory limit takes the reservation of a region array above it away, and the array stays in use", seen,
     limit_cuts_array, true},
    {"trim-wraps", "structure.* limits.trim accounting.total",
     "memblock_trim_memory() rounds a start up past the end of the address space, to 0", seen, trim_wraps, true},
    {"alloc-nothing", "placement.in-range placement.in-memory placement.reserved node.exact",
     "an allocation of 0 bytes returns an address, and reserves nothing there; it may be the end of free memory", seen,
     asks_for_nothing, false},
    {"physmem-frees-static", "doubling.old-array",
     "growing physmem frees its first array, which is static: only those of memory and reserved are known as such",
     seen, doubles_physmem, false},
    {"physmem-slab-flag", "doubling.old-array",
     "physmem shares the flag that says whether the reserved array is in slab: the old array goes to the wrong "
     "allocator",
     seen, has_doubled_physmem, true},
    {"nested-arrays-overlap", "structure.storage-clear doubling.survives",
     "when freeing the old memory array makes the reserved array grow, the new memory array is not reserved yet: the "
     "reserved array may be put on top of it",
     seen, doubles_onto_new_array, true},
    {"array-in-range-from-zero", "structure.storage-clear",
     "memblock_reserve() of a range that starts at 0: the reserved array, as it grows, may be put into that very "
     "range, for "
     "an upper bound of 0 means no bound",
     seen, reserves_from_zero, true},
    {"doubling-miscounts", "doubling.survives",
     "memblock_add_range() counts the regions to insert before the reserved array grows, which reserves and frees "
     "memory: "
     "when that adds gaps inside the range, the array is too small all the same, and that is a BUG",
     seen, counted_too_few, true},
    {"old-array-leaks", "doubling.* structure.* frame.*",
     "giving back the old array needs a larger reserved array, for which there is no room: the error is dropped, and "
     "the old array "
     "stays reserved",
     seen, old_array_stays, true},
    {"nested-doubling-bug", "doubling.survives",
     "a new array whose own reservation finds no room is a BUG instead of -ENOMEM", seen, nested_doubling_failed, true},
    {"empty-steps", "iterate.not-empty",
     "where two excluded regions touch, the gap between them is walked over as an empty range", seen,
     between_touching_regions, false},
    {"last-page-wraps",
     "iterate.order iterate.frames iterate.resume-frames iterate.zone iterate.resume-zone queries.numa-coverage "
     "queries.region conservation.pages",
     "PFN_UP() wraps to 0 in the last page of the address space", seen, in_last_page, false},
    {"region-memory-is-one-region", "queries.region-memory",
     "memblock_is_region_memory() looks at one region: a range over two that touch is not memory to it", seen,
     spans_regions, false},
    {"empty-range-overlaps", "queries.region-reserved queries.addrs-overlap",
     "an empty range strictly inside a region counts as overlapping it, though they share no address", seen,
     asks_of_empty_range, false},
    {"partial-page-range", "queries.pfn-range",
     "memblock_search_pfn_nid() finds a frame that is only partly memory, and gives a range of frames without it", seen,
     in_partial_page, false},
    {"memmap-over-array", "structure.* doubling.* conservation.*",
     "the lab's memory map is not reserved as a real one is: what free_unused_memmap() gives back may hold an array",
     seen, frees_array_with_memmap, true},
    {"pages-without-node", "conservation.node",
     "reserved pages of memory without a node are initialised with MAX_NUMNODES, or whatever number the memory has",
     seen, memory_without_node, false},
};

} // namespace
} // namespace contract

std::span<const Excuse> excuses()
{
    return contract::table;
}

} // namespace mblab
