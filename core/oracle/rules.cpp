// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/oracle/rules.hpp"

#include <algorithm>

namespace mblab {
namespace {

enum RuleIndex {
    end_of_dram_empty,
    after_discard,
    no_physmem,
    cookie_beyond_array,
    did_not_return,
    caller_frees_array,
    memmap_frees_array,
    array_in_slab,
    limit_drops_array,
    trim_breaks_order,
    doubling_overlaps,
};

constexpr Rule rules[] = {
    {"ub.end-of-dram-empty",
     "memblock_end_of_DRAM() with no memory reads the entry before the array (docs/findings.md)"},
    {"ub.after-discard", "memblock_discard() gives the arrays away; what reads them afterwards reads freed memory"},
    {"variant.no-physmem", "the variant has no physmem type"},
    {"ub.cookie-beyond-array",
     "__next_mem_range_rev() trusts the indices in its cookie; one past the array was never given out by it"},
    {"exit.did-not-return", "BUG, panic, a fault or the budget ended the call: that machine is dead"},
    {"caller.frees-array",
     "the caller freed the memory that a region array lives in; the next allocation may overwrite it"},
    {"memmap.frees-array", "memblock_free_all() gave back unused parts of the memory map, and a region array lived "
                           "there; the lab's memory map lies at "
                           "an address of its own, where a real one is reserved memory that no array is put into"},
    {"world.array-in-slab", "a region array was put where the lab's slab has its physical addresses, which on a real "
                            "machine are not free memory"},
    {"limit.drops-array",
     "a memory limit took the reservation of a region array's own storage with it (docs/findings.md)"},
    {"trim.breaks-order",
     "memblock_trim_memory() with an alignment that wraps leaves overlapping regions (docs/findings.md)"},
    {"doubling.overlaps", "doubling an array frees its old storage before it reserves the new; when that makes the "
                          "reserved array double, it is put "
                          "into the same place (docs/findings.md)"},
};

bool has_type(const Op &op, mblab_type wanted)
{
    const OpInfo &info = op_info(op.kind);
    for (size_t i = 0; i < info.parameter_count; i++)
        if (info.parameters[i].kind == ParameterKind::type && op.arg[i] == wanted)
            return true;
    return false;
}

/// Whether an array holds nothing, be it by a count of 0 or by an entry of no size, as in Linux 6.1.
bool is_empty(const mblab_type_state &array)
{
    return array.cnt == 0 || (array.cnt == 1 && array.regions[0].size == 0);
}

/// What may still be called when the arrays are gone.
bool leaves_arrays_alone(uint16_t kind)
{
    return op_info(kind).family == Family::world || kind == MBLAB_OP_memblock_free_late ||
           kind == MBLAB_OP_reset_all_zones_managed_pages || kind == MBLAB_OP_reserve_mem_find_by_name;
}

bool reverse_cookie_is_beyond(const Op &op, const mblab_state &state)
{
    const uint64_t cookie = op.arg[0];
    if (op.kind != MBLAB_OP___next_mem_range_rev || cookie == ~uint64_t{0})
        return false;
    const auto index_a = static_cast<int32_t>(cookie), index_b = static_cast<int32_t>(cookie >> 32);
    if (index_a >= 0 && static_cast<uint64_t>(index_a) >= state.type[op.arg[3]].cnt)
        return true;
    return op.arg[4] != MBLAB_TYPE_none && index_b > 0 && static_cast<uint64_t>(index_b) > state.type[op.arg[4]].cnt;
}

/// Slab memory never begins a page, memblock's own arrays always do.
bool lies_in_slab(uint64_t storage)
{
    return storage % 4096 != 0;
}

/// Whether memblock put an array where blocks of the lab's slab have their addresses: a fill of the one then clears the
/// other.
bool array_meets_slab(const Outcome &outcome, bool narrow)
{
    constexpr uint64_t slab_bytes = 64u << 20;
    const uint64_t slab = (narrow ? MBLAB_SLAB_ADDR_32 : MBLAB_SLAB_ADDR_64) & ~uint64_t{4095};
    for (const mblab_type_state &array : outcome.state.type) {
        const uint64_t end = array.storage + array.max * outcome.state.region_bytes;
        if (array.max && array.storage != MBLAB_STATIC_ADDR && !lies_in_slab(array.storage) &&
            array.storage < slab + slab_bytes && slab < end)
            return true;
    }
    return false;
}

/// Whether the reserved regions cover [start, end).
bool is_reserved(const Outcome &outcome, uint64_t start, uint64_t end)
{
    for (const Region &region : outcome.regions(MBLAB_TYPE_reserved)) {
        if (region.base > start)
            return false;
        start = std::max(start, region.base + region.size);
        if (start >= end)
            return true;
    }
    return false;
}

bool overlap(const mblab_type_state &a, const mblab_type_state &b, uint32_t region_bytes)
{
    if (!a.max || !b.max || a.storage == MBLAB_STATIC_ADDR || b.storage == MBLAB_STATIC_ADDR)
        return false;
    return a.storage < b.storage + b.max * region_bytes && b.storage < a.storage + a.max * region_bytes;
}

/// Whether, within the call, an array was copied onto one that had been put there before and not moved away since: two
/// doublings later nothing of it is to be seen but what it did.
bool copies_onto_live_array(const Outcome &outcome)
{
    const std::span<const Effect> effects = outcome.effect_list();
    for (size_t i = 0; i < effects.size(); i++) {
        if (effects[i].kind != MBLAB_EFFECT_copy)
            continue;
        for (size_t j = i + 1; j < effects.size(); j++) {
            if (effects[j].kind != MBLAB_EFFECT_copy)
                continue;
            if (effects[j].b == effects[i].a)
                break; // moved away
            // The new array is twice what is copied into it.
            if (effects[i].a < effects[j].a + 2 * effects[j].c && effects[j].a < effects[i].a + 2 * effects[i].c)
                return true;
        }
    }
    return false;
}

bool array_is_unprotected(const Outcome &outcome)
{
    for (const mblab_type_state &array : outcome.state.type) {
        if (!array.max || array.storage == MBLAB_STATIC_ADDR || lies_in_slab(array.storage))
            continue;
        if (!is_reserved(outcome, array.storage, array.storage + array.max * outcome.state.region_bytes))
            return true;
    }
    return false;
}

bool is_in_order(std::span<const Region> regions)
{
    for (size_t i = 0; i + 1 < regions.size(); i++)
        if (regions[i].base + regions[i].size > regions[i + 1].base)
            return false;
    return true;
}

} // namespace

std::span<const Rule> all_rules()
{
    return rules;
}

const Rule *Rules::refuses(const Op &op, const mblab_state &before) const
{
    if (discarded_ && !leaves_arrays_alone(op.kind))
        return &rules[after_discard];
    if (op.kind == MBLAB_OP_memblock_end_of_DRAM && is_empty(before.type[MBLAB_TYPE_memory]))
        return &rules[end_of_dram_empty];
    if (!variant_.has(MBLAB_CONFIG_physmap) && has_type(op, MBLAB_TYPE_physmem))
        return &rules[no_physmem];
    if (reverse_cookie_is_beyond(op, before))
        return &rules[cookie_beyond_array];
    return nullptr;
}

const Rule *Rules::corrupted(const Outcome &outcome) const
{
    const mblab_state &state = outcome.state;
    if (outcome.effects.count == 0)
        return nullptr; // nothing was moved
    for (size_t i = 0; i < std::size(state.type); i++)
        for (size_t j = 0; j < i; j++)
            if (overlap(state.type[i], state.type[j], state.region_bytes))
                return &rules[doubling_overlaps];
    return copies_onto_live_array(outcome) ? &rules[doubling_overlaps] : nullptr;
}

const Rule *Rules::ends_after(const Op &op, const Outcome &outcome)
{
    const mblab_exit exit = outcome.result.exit;
    if (exit == MBLAB_BUG || exit == MBLAB_PANIC || exit == MBLAB_FAULT || exit == MBLAB_BUDGET)
        return &rules[did_not_return];
    if (outcome.effects.count && array_meets_slab(outcome, variant_.has(MBLAB_CONFIG_phys32)))
        return &rules[array_in_slab];
    switch (op.kind) {
    case MBLAB_OP_memblock_discard:
        discarded_ = discarded_ || !variant_.has(MBLAB_CONFIG_keep);
        return nullptr;
    case MBLAB_OP_memblock_phys_free:
    case MBLAB_OP_memblock_free:
        return array_is_unprotected(outcome) ? &rules[caller_frees_array] : nullptr;
    case MBLAB_OP_memblock_free_all:
        return array_is_unprotected(outcome) ? &rules[memmap_frees_array] : nullptr;
    case MBLAB_OP_memblock_enforce_memory_limit:
    case MBLAB_OP_memblock_cap_memory_range:
    case MBLAB_OP_memblock_mem_limit_remove_map:
        return array_is_unprotected(outcome) ? &rules[limit_drops_array] : nullptr;
    case MBLAB_OP_memblock_trim_memory:
        return is_in_order(outcome.regions(MBLAB_TYPE_memory)) ? nullptr : &rules[trim_breaks_order];
    default:
        return nullptr;
    }
}

} // namespace mblab
