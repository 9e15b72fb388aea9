// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/oracle/rules.hpp"

#include "core/engine/late.hpp"
#include "core/op/bootmem.hpp"
#include "core/op/typed.hpp"

#include <algorithm>

namespace mblab {
namespace {

// ---- calls that are not made ----

/// Whether an array holds nothing, be it by a count of 0 or by an entry of no size, as in Linux 6.1.
bool is_empty(Regions regions)
{
    return regions.empty() || (regions.size() == 1 && regions[0].size == 0);
}

bool asks_for_end_of_nothing(const State &before, const Op &op, const Outcome &)
{
    // An entry of no size is an entry: then the answer is its end.
    return is<ops::memblock_end_of_DRAM>(op) && !before.dialect.empty_array_has_entry && is_empty(before.memory().set);
}

bool reads_discarded_arrays(const State &before, const Op &op, const Outcome &)
{
    if (!before.discarded || op_info(op.kind).family == Family::world || is<ops::memblock_free_late>(op) ||
        is<ops::reset_all_zones_managed_pages>(op) || is<ops::reserve_mem_find_by_name>(op) ||
        is<ops::reserve_mem_release_by_name>(op) || is<ops::free_reserved_area>(op) ||
        is<ops::debugfs_show_reserve_mem>(op))
        return false;
    return !frees_late(before, op);
}

bool names_missing_physmem(const State &before, const Op &op, const Outcome &)
{
    if (before.variant.has(MBLAB_CONFIG_physmap))
        return false;
    bool named = false;
    visit(op, [&](const auto &call) {
        if constexpr (requires { call.type; })
            named |= call.type == MBLAB_TYPE_physmem;
        if constexpr (requires {
                          call.type_a;
                          call.type_b;
                      })
            named |= call.type_a == MBLAB_TYPE_physmem || call.type_b == MBLAB_TYPE_physmem;
        if constexpr (requires { call.file; })
            named |= call.file == MBLAB_TYPE_physmem;
    });
    return named;
}

bool cookie_is_beyond(const State &before, const Op &op, const Outcome &)
{
    if (!is<ops::__next_mem_range_rev>(op))
        return false;
    const auto call = ops::__next_mem_range_rev::of(op);
    const auto index_a = static_cast<int32_t>(call.idx), index_b = static_cast<int32_t>(call.idx >> 32);
    const auto count = [&](mblab_type type) { return static_cast<int64_t>(before.arrays[type].set.count()); };
    if (call.idx == ~uint64_t{0})
        return false;
    return (index_a >= 0 && index_a >= count(call.type_a)) ||
           (call.type_b != MBLAB_TYPE_none && index_b > 0 && index_b > count(call.type_b));
}

/// Where page frames have fewer bits than addresses, no machine has memory whose frame has no number.
bool has_no_frame(const State &before, const Op &op, const Outcome &)
{
    const Family family = op_info(op.kind).family;
    if (before.word_max() >= before.top())
        return false;
    const uint64_t end = before.word_max() << 12;
    bool beyond = late_range(before, op).end > end;
    if (family != Family::basic && family != Family::buddy)
        return beyond;
    const auto reaches = [&](uint64_t base, uint64_t size) { beyond |= before.range(base, size).end > end; };
    visit(op, [&](const auto &call) {
        if constexpr (requires { call.base + call.size; })
            reaches(call.base, call.size);
        if constexpr (requires { call.ptr + call.size; })
            reaches(call.ptr, call.size & before.word_max());
        if constexpr (requires { call.start + call.end; })
            reaches(call.start, 0), reaches(call.end, 0);
    });
    return beyond && !is<ops::memblock_remove>(op);
}

// ---- arrays that are no longer what they say ----

/// Where an array lies in physical memory; empty when it is static, or there is none.
Interval storage_of(const Outcome &outcome, const mblab_type_state &array)
{
    if (!array.max || array.storage == MBLAB_STATIC_ADDR)
        return {};
    return {array.storage, array.storage + array.max * outcome.state.region_bytes};
}

bool arrays_overlap(const Outcome &outcome)
{
    for (const mblab_type_state &a : outcome.state.type)
        for (const mblab_type_state &b : outcome.state.type)
            if (&a < &b && storage_of(outcome, a).overlaps(storage_of(outcome, b)))
                return true;
    return false;
}

/// Whether, within the call, an array was copied onto one that had been put there before and not moved away since: two
/// doublings later nothing of it is to be seen but what it did.
bool copies_onto_live_array(const Outcome &outcome)
{
    const std::span<const Effect> effects = outcome.effect_list();
    const auto target = [](const Effect &copy) { return Interval{copy.a, copy.a + 2 * copy.c}; };
    for (size_t i = 0; i < effects.size(); i++) {
        for (size_t j = i + 1; effects[i].kind == MBLAB_EFFECT_copy && j < effects.size(); j++) {
            if (effects[j].kind != MBLAB_EFFECT_copy)
                continue;
            if (effects[j].b == effects[i].a)
                break; // moved away
            if (target(effects[i]).overlaps(target(effects[j])))
                return true;
        }
    }
    return false;
}

bool doubling_overlaps(const State &, const Op &, const Outcome &outcome)
{
    return arrays_overlap(outcome) || copies_onto_live_array(outcome);
}

/// Whether pages that were filled before they were given away held an array.
bool fills_array(const State &, const Op &op, const Outcome &outcome)
{
    const std::span<const Effect> effects = outcome.effect_list();
    const bool can_fill = is<ops::free_reserved_area>(op) || is<ops::reserve_mem_release_by_name>(op);
    for (size_t i = 0; can_fill && i + 1 < effects.size(); i++) {
        const Interval filled{effects[i].a, effects[i].a + effects[i].b};
        if (effects[i].kind != MBLAB_EFFECT_zero || effects[i + 1].kind != MBLAB_EFFECT_page_to_buddy)
            continue;
        for (const mblab_type_state &array : outcome.state.type)
            if (storage_of(outcome, array).overlaps(filled))
                return true;
    }
    return false;
}

// ---- maps of bootmem, which its engine shows as physmem ----

Regions maps_of(const State &before)
{
    return before.variant.has(MBLAB_CONFIG_physmap) ? Regions() : before.physmem().set.regions();
}

bool overwrites_map(const State &before, const Op &op, const Outcome &outcome)
{
    const std::optional<BootmemRequest> request = bootmem_request(op);
    const uint64_t at = outcome.result.value[0];
    return request && at && overlaps(maps_of(before), {at, at + request->size});
}

Interval pages_of(const Region &map)
{
    return {map.base, (end_of(map) + 4095) & ~uint64_t{4095}};
}

/// Whether pages of a map are free, or another map's as well.
bool gives_map_twice(const State &before, const Op &op, const Outcome &)
{
    const Regions maps = is<ops::free_all_bootmem>(op) ? maps_of(before) : Regions();
    for (const Region &map : maps) {
        for (const Region &memory : before.memory().set.regions()) {
            const Interval part{std::max(pages_of(map).start, memory.base),
                                std::min(pages_of(map).end, end_of(memory))};
            if (!covers(before.reserved().set, part))
                return true;
        }
        for (const Region &other : maps)
            if (&other != &map && pages_of(other).overlaps(pages_of(map)))
                return true;
    }
    return false;
}

// ---- what ends a trace ----

bool did_not_return(const State &, const Op &, const Outcome &outcome)
{
    const mblab_exit exit = outcome.result.exit;
    return exit == MBLAB_BUG || exit == MBLAB_PANIC || exit == MBLAB_FAULT;
}

bool ran_out(const State &, const Op &, const Outcome &outcome)
{
    return outcome.result.exit == MBLAB_BUDGET;
}

/// Slab memory never begins a page, memblock's own arrays always do.
bool lies_in_slab(uint64_t storage)
{
    return storage % 4096 != 0;
}

/// Whether memblock put an array where blocks of the lab's slab have their addresses: a fill of the one then clears the
/// other.
bool array_meets_slab(const State &before, const Op &, const Outcome &outcome)
{
    constexpr uint64_t slab_bytes = 64u << 20;
    const bool narrow = before.variant.has(MBLAB_CONFIG_phys32);
    const uint64_t slab = (narrow ? MBLAB_SLAB_ADDR_32 : MBLAB_SLAB_ADDR_64) & ~uint64_t{4095};
    for (const mblab_type_state &array : outcome.state.type)
        if (outcome.effects.count && !lies_in_slab(array.storage) &&
            storage_of(outcome, array).overlaps({slab, slab + slab_bytes}))
            return true;
    return false;
}

bool array_is_unprotected(const Outcome &outcome)
{
    for (const mblab_type_state &array : outcome.state.type)
        if (!lies_in_slab(array.storage) && !covers(outcome.regions(MBLAB_TYPE_reserved), storage_of(outcome, array)))
            return true;
    return false;
}

/// Whether the call is one of these and leaves an array's storage unreserved.
template <typename... Calls> bool unprotects(const State &, const Op &op, const Outcome &outcome)
{
    return (is<Calls>(op) || ...) && array_is_unprotected(outcome);
}

bool trim_breaks_order(const State &, const Op &op, const Outcome &outcome)
{
    const auto not_in_order = [](const Region &a, const Region &b) { return end_of(a) > b.base; };
    const Regions memory = outcome.regions(MBLAB_TYPE_memory);
    return is<ops::memblock_trim_memory>(op) &&
           std::adjacent_find(memory.begin(), memory.end(), not_in_order) != memory.end();
}

/// Whether the caller frees an array's storage. Late, it may stay reserved.
bool frees_array(const State &before, const Op &op, const Outcome &outcome)
{
    if (unprotects<ops::memblock_phys_free, ops::memblock_free, ops::free_bootmem, ops::free_bootmem_node,
                   ops::free_reserved_area, ops::reserve_mem_release_by_name>(before, op, outcome))
        return true;
    const bool late =
        frees_late(before, op) || is<ops::free_reserved_area>(op) || is<ops::reserve_mem_release_by_name>(op);
    const Interval freed = late ? late_range(before, op) : Interval{};
    return std::ranges::any_of(
        outcome.state.type, [&](const mblab_type_state &array) { return storage_of(outcome, array).overlaps(freed); });
}

constexpr Rule rules[] = {
    {"ub.end-of-dram-empty",
     "memblock_end_of_DRAM() with no memory reads the entry before the array (docs/findings.md)", RuleKind::not_made,
     asks_for_end_of_nothing},
    {"ub.after-discard", "memblock_discard() gives the arrays away; what reads them afterwards reads freed memory",
     RuleKind::not_made, reads_discarded_arrays},
    {"variant.no-physmem", "the variant has no physmem type", RuleKind::not_made, names_missing_physmem},
    {"variant.no-frame", "an unsigned long has no number for a page frame above 16 TiB", RuleKind::not_made,
     has_no_frame},
    {"ub.cookie-beyond-array",
     "__next_mem_range_rev() trusts the indices in its cookie; one past the array was never given out by it",
     RuleKind::not_made, cookie_is_beyond},
    {"doubling.overlaps",
     "doubling an array frees its old storage before it reserves the new; when that makes the reserved array double, "
     "it is put into the same place (docs/findings.md)",
     RuleKind::corrupted, doubling_overlaps},
    {"caller.fills-array", "the caller gave away memory that a region array lives in, and had it filled before",
     RuleKind::corrupted, fills_array},
    {"history.map-overwritten",
     "bootmem's map lay in free memory, and a block was put there and cleared: the map says that all is free",
     RuleKind::corrupted, overwrites_map},
    {"history.map-given-twice",
     "free_all_bootmem() gives the pages of each map away, and these were free, or another map's, and given already",
     RuleKind::corrupted, gives_map_twice},
    {"exit.did-not-return", "BUG, panic or a fault ended the call: that machine is dead", RuleKind::ends,
     did_not_return},
    {"lab.budget",
     "the call had more effects, or went through more pages, than the lab allows for one call (world_budget allows "
     "more); or a guest has no RAM for its array, no such node, or no pointer to the address",
     RuleKind::ends, ran_out, true},
    {"world.array-in-slab",
     "a region array was put where the lab's slab has its physical addresses, which on a real machine are not free "
     "memory",
     RuleKind::ends, array_meets_slab},
    {"caller.frees-array",
     "the caller freed the memory that a region array lives in; the next allocation may overwrite it", RuleKind::ends,
     frees_array},
    {"memmap.frees-array",
     "memblock_free_all() gave back unused parts of the memory map, and a region array lived there; the lab's memory "
     "map lies at an address of its own, where a real one is reserved memory that no array is put into",
     RuleKind::ends, unprotects<ops::memblock_free_all>},
    {"limit.drops-array",
     "a memory limit took the reservation of a region array's own storage with it (docs/findings.md)", RuleKind::ends,
     unprotects<ops::memblock_enforce_memory_limit, ops::memblock_cap_memory_range,
                ops::memblock_mem_limit_remove_map>},
    {"trim.breaks-order",
     "memblock_trim_memory() with an alignment that wraps leaves overlapping regions (docs/findings.md)",
     RuleKind::ends, trim_breaks_order},
};

/// The first that applies of the rules of that kind, which stand together.
const Rule *first(RuleKind kind, const State &before, const Op &op, const Outcome &outcome)
{
    static constexpr auto by_kind = [](const Rule &a, RuleKind b) { return a.kind < b; };
    static_assert(std::is_sorted(std::begin(rules), std::end(rules),
                                 [](const Rule &a, const Rule &b) { return a.kind < b.kind; }));
    static constexpr size_t starts[] = {
        0,
        static_cast<size_t>(std::lower_bound(std::begin(rules), std::end(rules), RuleKind::corrupted, by_kind) - rules),
        static_cast<size_t>(std::lower_bound(std::begin(rules), std::end(rules), RuleKind::ends, by_kind) - rules),
        std::size(rules)};
    const auto at = static_cast<size_t>(kind);
    for (size_t i = starts[at]; i < starts[at + 1]; i++)
        if (rules[i].applies(before, op, outcome))
            return &rules[i];
    return nullptr;
}

} // namespace

std::span<const Rule> all_rules()
{
    return rules;
}

const Rule *refuses(const State &before, const Op &op)
{
    static const Outcome not_made_yet{};
    return first(RuleKind::not_made, before, op, not_made_yet);
}

const Rule *corrupted(const State &before, const Op &op, const Outcome &outcome)
{
    return outcome.effects.count ? first(RuleKind::corrupted, before, op, outcome) : nullptr; // else nothing was moved
}

const Rule *ends_after(const State &before, const Op &op, const Outcome &outcome)
{
    return first(RuleKind::ends, before, op, outcome);
}

} // namespace mblab
