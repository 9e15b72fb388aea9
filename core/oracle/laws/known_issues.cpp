// SPDX-License-Identifier: GPL-2.0-or-later
// Where the kernel itself violates a law: data with reasons. docs/findings.md has a trace for each.
#include "core/oracle/laws/call.hpp"

namespace mblab {
namespace law {
namespace {

bool caps(const Call &call)
{
    return only<ops::memblock_cap_memory_range, ops::memblock_mem_limit_remove_map>(call.op.kind);
}

/// A cap takes what its range leaves of reserved, even when it takes memory for none; a range that wraps leaves
/// nothing.
bool limit_cuts_array(const Call &call)
{
    Interval kept = kept_by_limit(call);
    if (is<ops::memblock_cap_memory_range>(call.op))
        kept = call.range_wraps() ? Interval{} : call.range();
    for (size_t type = 0; type < call.type_count(); type++)
        if (!call.is_static(call.outcome.state.type[type].storage) && !kept.contains(call.storage(type)))
            return true;
    return false;
}

// ---- accounting ----

/// The surplus is exactly what was cut off regions that are still there.
bool trim_keeps_total(const Call &call)
{
    if (!is<ops::memblock_trim_memory>(call.op))
        return false;
    const Regions now = call.new_regions(MBLAB_TYPE_memory);
    uint64_t cut = call.surplus[MBLAB_TYPE_memory] - call.shapes[MBLAB_TYPE_memory].sum;
    for (const Region &region : call.old_regions(MBLAB_TYPE_memory))
        cut += overlaps(now, interval_of(region)) ? region.size : 0;
    const uint64_t total = call.outcome.state.type[MBLAB_TYPE_memory].total_size;
    return ((total - call.shapes[MBLAB_TYPE_memory].sum) & call.before.top()) == (cut & call.before.top());
}

bool has_surplus(const Call &call)
{
    return call.surplus[MBLAB_TYPE_memory] != 0;
}

/// What is reported is total_size as it is, or the difference of two as they are.
bool reports_totals(const Call &call)
{
    const uint64_t memory = call.outcome.state.type[MBLAB_TYPE_memory].total_size;
    if (is<ops::memblock_estimated_nr_free_pages>(call.op))
        return call.value() ==
               (((memory - used_by_estimate(call)) & call.before.top()) / page_size & call.before.word_max());
    return call.value() == memory;
}

bool shows_surplus(const Call &call)
{
    const bool adds = only<ops::memblock_add, ops::memblock_add_node>(call.op.kind);
    return has_surplus(call) && (adds ? call.old_regions(MBLAB_TYPE_memory).empty() : reports_totals(call));
}

/// total_size says that there is memory, the array that there is none; or, where the sum wraps, the other way round.
bool surplus_misleads(const Call &call)
{
    const bool is_empty = call.old_regions(MBLAB_TYPE_memory).empty();
    return has_surplus(call) && is_empty != (call.before.memory().set.total == 0);
}

bool estimate_wraps(const Call &call)
{
    return used_by_estimate(call) > call.shapes[MBLAB_TYPE_memory].sum && reports_totals(call);
}

/// By the node that an allocation asked for, and none where it took what there was.
bool sums_by_request(const Call &call)
{
    return call.value() == flag_sum(call, NodeOf::reservation);
}

// ---- limits ----

/// Whether every place where equal regions touch is one that a cap cut through NOMAP memory, or was one before.
bool only_nomap_splits(const Call &call)
{
    const Regions now = call.new_regions(MBLAB_TYPE_memory), old = call.old_regions(MBLAB_TYPE_memory);
    for (size_t i = 1; i < now.size(); i++) {
        if (end_of(now[i - 1]) != now[i].base || attributes_of(now[i - 1]) != attributes_of(now[i]))
            continue;
        const size_t above = first_ending_above(old, now[i].base);
        const bool was_split =
            above > 0 && above < old.size() && old[above].base == now[i].base && end_of(old[above - 1]) == now[i].base;
        if (!was_split && !(caps(call) && (now[i].flags & flag_nomap)))
            return false;
    }
    return !call.regions_changed[MBLAB_TYPE_reserved] || call.shapes[MBLAB_TYPE_reserved].minimal;
}

bool cap_wraps(const Call &call)
{
    return is<ops::memblock_cap_memory_range>(call.op) && call.range_wraps();
}

bool trim_wraps(const Call &call)
{
    if (!is<ops::memblock_trim_memory>(call.op))
        return false;
    const uint64_t align = ops::memblock_trim_memory::of(call.op).align & call.before.top();
    const Regions memory = call.old_regions(MBLAB_TYPE_memory);
    return align && !memory.empty() && memory.back().base > call.before.top() - (align - 1);
}

// ---- allocations and doublings ----

bool asks_for_nothing(const Call &call)
{
    return call.is_alloc && call.request.size == 0;
}

bool doubles_physmem(const Call &call)
{
    for (const Doubling &doubling : call.doublings)
        if (doubling.type == MBLAB_TYPE_physmem && doubling.from_static)
            return true;
    return false;
}

/// Arrays go back to their allocators, by flags that physmem's doublings may have changed.
bool has_doubled_physmem(const Call &call)
{
    return call.before.physmem().max > State(call.before.variant).physmem().max &&
           (!call.doublings.empty() || is<ops::memblock_discard>(call.op));
}

/// An array was moved away from memory of memblock's own, and the next doubling took the place that it moved to.
bool doubles_onto_new_array(const Call &call)
{
    for (size_t i = 1; i < call.doublings.size(); i++) {
        const Doubling &outer = call.doublings[i - 1], &inner = call.doublings[i];
        const Interval first{outer.target, outer.target + 2 * outer.bytes};
        if (!call.is_static(outer.source) && inner.source != outer.target && !inner.to_slab &&
            first.overlaps({inner.target, inner.target + 2 * inner.bytes}))
            return true;
    }
    return false;
}

/// Only the preference for mirrored memory is dropped: what is found first is taken.
bool takes_any_memory(const Call &call)
{
    const Region *made = region_at(call.new_regions(MBLAB_TYPE_reserved), call.value());
    return is<ops::memblock_alloc_hugetlb>(call.op) && made && (made->flags & flag_hugetlb);
}

bool never_asks_slab(const Call &call)
{
    const auto asks = [](const Effect &effect) { return effect.kind == MBLAB_EFFECT_kzalloc_node; };
    return is<ops::memblock_alloc_hugetlb>(call.op) && std::ranges::none_of(call.outcome.effect_list(), asks);
}

/// The type that a call adds to, of those whose ranges may overlap what is there.
mblab_type added_to(const Call &call)
{
    if (is<ops::memblock_physmem_add>(call.op))
        return MBLAB_TYPE_physmem;
    return reserves(call.op.kind) ? MBLAB_TYPE_reserved : MBLAB_TYPE_memory;
}

/// A region is not at the start of the new range, so that a part is inserted below it, and then attributes are
/// compared.
bool overlap_is_compared(const Call &call)
{
    const Interval range = call.range();
    const auto is_above_part = [&](const Region &region) {
        return region.base > range.start && region.base < range.end;
    };
    // An array that grows may leave a hole at the start.
    return std::ranges::any_of(call.old_regions(added_to(call)), is_above_part) ||
           (!call.doublings.empty() && std::ranges::any_of(call.new_regions(added_to(call)), is_above_part));
}

/// The end of the second search, which is to stay below the range, is the range's start: 0 and 1 mean the limit there.
bool grows_from_zero(const Call &call)
{
    const bool frees = only<ops::memblock_phys_free, ops::memblock_free, ops::free_reserved_area>(call.op.kind) &&
                       call.late_range().start <= 1;
    const bool marks = only<ops::memblock_reserved_mark_noinit, ops::memblock_reserved_mark_kern>(call.op.kind);
    return frees || ((marks || reserves(call.op.kind)) && call.named().base <= 1);
}

/// More regions to insert than were counted before the doubling, which adds a region and may split another.
bool counted_too_few(const Call &call)
{
    const mblab_type_state &reserved = call.outcome.state.type[MBLAB_TYPE_reserved];
    return call.outcome.result.exit == MBLAB_BUG && !call.doublings.empty() && !call.cut_short() &&
           reserved.cnt == reserved.max;
}

/// A free has no way to say that it failed: the array that was moved away from stays reserved.
bool old_array_stays(const Call &call)
{
    if (call.outcome.result.exit != MBLAB_RETURNED || !call.summary.failed_doublings)
        return false;
    for (const Doubling &doubling : call.doublings)
        if (!doubling.from_static && !doubling.from_slab)
            return true;
    return false;
}

bool nested_doubling_failed(const Call &call)
{
    return call.outcome.result.exit == MBLAB_BUG && call.cut_short() && !call.doublings.empty();
}

// ---- iterators and queries ----

/// The type that a walk leaves out, none if it leaves out nothing.
mblab_type excluded_by(const Op &op)
{
    if (is<ops::for_each_physmem_range>(op))
        return ops::for_each_physmem_range::of(op).type;
    mblab_type excluded = MBLAB_TYPE_reserved;
    visit(op, [&](const auto &walk) {
        if constexpr (requires { walk.type_b; })
            excluded = walk.type_b;
    });
    return excluded;
}

/// The first empty step is at a place where two excluded regions touch.
bool between_touching_regions(const Call &call)
{
    const mblab_type excluded = excluded_by(call.op);
    if (excluded == MBLAB_TYPE_none)
        return false;
    const Regions regions = call.old_regions(excluded);
    for (const Effect &effect : call.outcome.effect_list()) {
        if (effect.kind != MBLAB_EFFECT_range || effect.a != effect.b)
            continue;
        const size_t above = first_ending_above(regions, effect.a);
        return above > 0 && above < regions.size() && regions[above].base == effect.a &&
               end_of(regions[above - 1]) == effect.a;
    }
    return false;
}

/// Rounding up to a page frame wraps in the last page of the address space.
bool in_last_page(const Call &call)
{
    // An unsigned long that is wider than an address does not wrap.
    if (call.before.word_max() > call.before.top())
        return false;
    const uint64_t last_page = call.before.top() - page_size + 1;
    if (call.late_range().start > last_page)
        return true;
    for (const mblab_type type : {MBLAB_TYPE_memory, MBLAB_TYPE_reserved, MBLAB_TYPE_physmem}) {
        const Regions regions = call.new_regions(type);
        if (!regions.empty() && end_of(regions.back()) > last_page)
            return true;
    }
    return false;
}

bool spans_regions(const Call &call)
{
    const Region *first = region_at(call.old_regions(MBLAB_TYPE_memory), call.range().start);
    return first && call.range().end > end_of(*first) && call.value() == 0;
}

bool asks_of_empty_range(const Call &call)
{
    if (call.value() != 1)
        return false;
    if (!is<ops::memblock_addrs_overlap>(call.op))
        return call.range().empty();
    const auto asked = ops::memblock_addrs_overlap::of(call.op);
    return call.before.range(asked.base1, asked.size1).empty() || call.before.range(asked.base2, asked.size2).empty();
}

bool is_at_threshold(const Call &call)
{
    return call.value() == 1 &&
           uncovered_by_nodes(call) ==
               (ops::memblock_validate_numa_coverage::of(call.op).threshold_bytes & call.before.word_max());
}

bool in_partial_page(const Call &call)
{
    const uint64_t addr = ops::memblock_search_pfn_nid::of(call.op).pfn * page_size;
    const Region *region = region_at(call.old_regions(MBLAB_TYPE_memory), addr);
    return region && end_of(*region) - addr < page_size;
}

// ---- the end of memblock ----

bool memory_without_node(const Call &call)
{
    for (const Region &region : call.new_regions(MBLAB_TYPE_memory))
        if (!call.before.is_valid_node(region.nid))
            return true;
    return false;
}

/// The reserved array is freed first, and is the one in which the memory array's storage is freed then.
bool grows_freed_array(const Call &call)
{
    return is<ops::memblock_discard>(call.op) && !call.doublings.empty() && !call.slab_is_up();
}

/// The memory map's unused pages go first, where frees give pages away.
bool frees_map_first(const Call &call)
{
    return is<ops::memblock_free_all>(call.op) && call.slab_is_up() && call.before.dialect.late_free_to_buddy &&
           call.before.variant.has(MBLAB_CONFIG_memmap);
}

bool keeps_reservation(const Call &call)
{
    return !call.before.variant.has(MBLAB_CONFIG_keep) && !call.regions_changed[MBLAB_TYPE_reserved] &&
           (call.frees_late() || is<ops::reserve_mem_release_by_name>(call.op));
}

bool frees_part_of_page(const Call &call)
{
    return call.late_range().start % page_size || call.late_range().end % page_size;
}

bool pages_are_deferred(const Call &call)
{
    return call.before.dialect.deferred_pages_stay && call.before.deferred_pages && call.summary.pages == 0;
}

/// The range ends a byte early, and the page with that byte is no whole one.
bool drops_last_page(const Call &call)
{
    return call.before.dialect.release_drops_last_page && is<ops::reserve_mem_release_by_name>(call.op) && call.value();
}

constexpr KnownIssue table[] = {
    {"trim-total-size", "accounting.total", "memblock_trim_memory() shrinks regions and leaves total_size as it was",
     trim_keeps_total, false},
    {"trim-total-size-seen", "accounting.reported accounting.estimate messages.overlap",
     "what reports total_size after such a trim reports too much, and adding to memory that has become empty warns",
     shows_surplus, false},
    {"trim-total-size-cap", "limits.kept",
     "after such a trim, memblock_cap_memory_range() takes memory that has become empty for existing memory",
     surplus_misleads, false},
    {"estimate-wraps", "accounting.estimate",
     "memblock_estimated_nr_free_pages() subtracts unchecked: more reserved than memory gives a huge number",
     estimate_wraps, false},
    {"cap-splits-nomap", "structure.minimal",
     "memblock_cap_memory_range() cuts at its bounds, keeps NOMAP memory on both sides, and does not merge it again",
     only_nomap_splits, false},
    {"cap-size-wraps", "limits.kept",
     "memblock_cap_memory_range() adds base and size unchecked: a sum that wraps drops reservations inside the range",
     cap_wraps, false},
    {"limit-drops-array", "structure.storage-reserved",
     "a memory limit removes the reservation of a region array above it, while the array stays in use",
     limit_cuts_array, true},
    {"trim-wraps", "structure.* accounting.total",
     "memblock_trim_memory() rounds a start up past the end of the address space, to 0", trim_wraps, true},
    {"alloc-nothing", "placement.in-range placement.in-memory placement.reserved node.exact",
     "an allocation of 0 bytes returns an address, and reserves nothing there; it may be the end of free memory",
     asks_for_nothing, false},
    {"physmem-frees-static", "doubling.old-array",
     "growing physmem frees its first array, which is static: only those of memory and reserved are known as such",
     doubles_physmem, false},
    {"physmem-slab-flag", "doubling.old-array conservation.discard",
     "physmem shares the flag that says whether the reserved array is in slab: the old array goes to the wrong "
     "allocator",
     has_doubled_physmem, true},
    {"nested-arrays-overlap", "structure.storage-clear doubling.survives",
     "when freeing the old memory array makes the reserved array grow, the new memory array is not reserved yet: the "
     "reserved array may be put on top of it",
     doubles_onto_new_array, true},
    {"array-in-range-from-zero", "structure.storage-clear structure.storage-reserved structure.storage-marked",
     "reserving or freeing a range that starts at 0: the reserved array, as it grows, may be put into that very range, "
     "for an upper bound of 0 means no bound",
     grows_from_zero, true},
    {"doubling-miscounts", "doubling.survives",
     "memblock_add_range() counts the regions to insert before the reserved array grows, which reserves and frees "
     "memory: "
     "when that adds gaps inside the range, the array is too small all the same, and that is a BUG",
     counted_too_few, true},
    {"old-array-leaks", "doubling.* structure.*",
     "giving back the old array needs a larger reserved array, for which there is no room: the error is dropped, and "
     "the old array "
     "stays reserved",
     old_array_stays, true},
    {"nested-doubling-bug", "doubling.survives",
     "a new array whose own reservation finds no room is a BUG instead of -ENOMEM", nested_doubling_failed, true},
    {"empty-steps", "iterate.not-empty",
     "where two excluded regions touch, the gap between them is walked over as an empty range",
     between_touching_regions, false},
    {"last-page-wraps",
     "iterate.order iterate.frames queries.coverage conservation.pages conservation.late history.gives-once "
     "history.gives-free",
     "PFN_UP() wraps to 0 in the last page of the address space", in_last_page, false},
    {"region-memory-is-one-region", "queries.region-memory",
     "memblock_is_region_memory() looks at one region: a range over two that touch is not memory to it", spans_regions,
     false},
    {"empty-range-overlaps", "queries.region-reserved queries.addrs-overlap",
     "an empty range strictly inside a region counts as overlapping it, though they share no address",
     asks_of_empty_range, false},
    {"partial-page-range", "queries.pfn-range",
     "memblock_search_pfn_nid() finds a frame that is only partly memory, and gives a range of frames without it",
     in_partial_page, false},
    {"sums-by-request", "accounting.flag-sums",
     "memblock_reserved_kern_size() and memblock_reserved_hugetlb_size() go by the node that was asked for: memory "
     "that "
     "was taken from another, or by a request for any, is counted on no node",
     sums_by_request, false},
    {"overlap-warns", "messages.overlap",
     "where a new range begins below a region of other flags or node, memblock_add_range() warns; where it begins at "
     "the region, it does not",
     overlap_is_compared, false},
    {"coverage-at-threshold", "queries.coverage",
     "memblock_validate_numa_coverage() succeeds when as much as the threshold has no node, not only below it",
     is_at_threshold, false},
    {"hugetlb-takes-mirrored", "placement.hugetlb-unmirrored",
     "memblock_alloc_hugetlb() drops the preference for mirrored memory, and then takes what it finds first, mirrored "
     "or not",
     takes_any_memory, false},
    {"hugetlb-ignores-slab", "placement.slab",
     "memblock_alloc_hugetlb() alone does not notice that the slab is up: after memblock_free_all() it returns memory "
     "that the buddy allocator has",
     never_asks_slab, false},
    {"discard-grows-freed-array", "doubling.* structure.* conservation.discard",
     "memblock_discard() frees the reserved array and then, before the slab is up, frees the memory array by it: the "
     "freed array may grow",
     grows_freed_array, true},
    {"map-freed-before-reset", "conservation.managed",
     "memblock_free_all() frees unused parts of the memory map before it sets the zones' counts to 0: where frees give "
     "pages away, those pages are counted, and the count is lost",
     frees_map_first, false},
    {"late-free-stays-reserved", "conservation.freed",
     "without ARCH_KEEP_MEMBLOCK a late free leaves memblock.reserved as it was: the memory is the buddy allocator's, "
     "and reserved",
     keeps_reservation, false},
    {"late-free-loses-parts", "conservation.not-lost",
     "a late free takes the whole range out of memblock.reserved, and gives only whole pages away: the rest of a page "
     "at either end is lost",
     frees_part_of_page, false},
    {"late-free-while-deferred", "conservation.not-lost conservation.released",
     "while struct pages are being made, a late free gives no page away, and yet takes the reservation, and the name, "
     "and reports success: the memory is lost",
     pages_are_deferred, false},
    {"release-loses-last-page", "conservation.released conservation.late",
     "reserve_mem_release_by_name() passes the last byte for the end: the last page is neither given away nor reserved "
     "by "
     "a name any more",
     drops_last_page, false},
    {"pages-without-node", "conservation.node",
     "reserved pages of memory without a node are initialised with MAX_NUMNODES, or whatever number the memory has",
     memory_without_node, false},
};

} // namespace
} // namespace law

std::span<const KnownIssue> known_issues()
{
    return law::table;
}

} // namespace mblab
