// SPDX-License-Identifier: GPL-2.0-or-later
// The arrays as the documentation of each function says they must be after it: range edits on the state before.
#include "core/oracle/laws/context.hpp"

namespace mblab::contract {

RegionList &Context::edit(uint64_t type)
{
    if (!edited_[type]) {
        expected_[type].assign(old_regions(type));
        edited_[type] = true;
    }
    return expected_[type];
}

Regions Context::expected(uint64_t type) const
{
    return edited_[type] ? expected_[type].regions() : old_regions(type);
}

/// Each doubling gives back the old array and reserves the new one, as far as they are memblock's to give and take.
/// memblock_free_all also gives back parts of the memory map, between doublings.
void Context::expect_doublings()
{
    const bool frees_memmap = op_->kind == MBLAB_OP_memblock_free_all;
    if (doublings.empty() && !frees_memmap)
        return;
    size_t next = 0;
    const std::span<const Effect> list = outcome_->effect_list();
    for (uint32_t i = 0; i < list.size(); i++) {
        if (next < doublings.size() && doublings[next].effect == i)
            expect_doubling(doublings[next++]);
        else if (frees_memmap && list[i].kind == MBLAB_EFFECT_kmemleak_free_part_phys && !is_static(list[i].a))
            edit(MBLAB_TYPE_reserved).remove({list[i].a, list[i].a + std::min(list[i].b, phys_max() - list[i].a)});
    }
}

void Context::expect_doubling(const Doubling &doubling)
{
    RegionList &reserved = edit(MBLAB_TYPE_reserved);
    if (!doubling.from_static && !doubling.from_slab)
        reserved.remove({doubling.source, doubling.source + page_align(doubling.bytes)});
    if (!doubling.to_slab)
        reserved.add({doubling.target, doubling.target + page_align(2 * doubling.bytes)}, 0, no_node());
}

/// The op itself. A call that failed for want of room in an array did nothing more than double arrays.
void Context::expect_result()
{
    const OpInfo &info = op_info(op_->kind);
    if (info.result_count && info.results[0].kind == ParameterKind::error && error() < 0)
        return;
    switch (info.family) {
    case Family::basic:
        return expect_basic();
    case Family::attributes:
        return expect_attributes();
    case Family::limits:
        return expect_limits();
    case Family::alloc:
        if (facts.slab == MBLAB_SLAB_DOWN && value())
            expect_allocation(value(), request.size);
        return;
    case Family::params:
        for (const Effect &effect : outcome_->effect_list())
            if (op_->kind == MBLAB_OP_early_param && effect.kind == MBLAB_EFFECT_kmemleak_alloc_phys)
                expect_allocation(effect.a, effect.b);
        return;
    case Family::buddy:
        if (op_->kind == MBLAB_OP_memblock_free_all)
            expect_free_all();
        return;
    default:
        return;
    }
}

void Context::expect_allocation(uint64_t addr, uint64_t size)
{
    edit(MBLAB_TYPE_reserved).add({addr, addr + std::min(size, phys_max() - addr)}, 0, no_node());
}

void Context::expect_basic()
{
    switch (op_->kind) {
    case MBLAB_OP_memblock_add:
        return edit(MBLAB_TYPE_memory).add(range(0), 0, no_node());
    case MBLAB_OP_memblock_add_node:
        return edit(MBLAB_TYPE_memory).add(range(0), flags(3), variant.has(MBLAB_CONFIG_numa) ? nid(2) : 0);
    case MBLAB_OP_memblock_remove:
        return edit(MBLAB_TYPE_memory).remove(range(0));
    case MBLAB_OP_memblock_physmem_add:
        return edit(MBLAB_TYPE_physmem).add(range(0), 0, no_node());
    case MBLAB_OP_memblock_reserve:
        return edit(MBLAB_TYPE_reserved).add(range(0), 0, no_node());
    case MBLAB_OP_memblock_free:
        // A NULL pointer frees nothing; an error has no way out of this function.
        if (phys(0) && !cut_short())
            edit(MBLAB_TYPE_reserved).remove(range(0));
        return;
    case MBLAB_OP_memblock_phys_free:
        return edit(MBLAB_TYPE_reserved).remove(range(0));
    default:
        return;
    }
}

void Context::expect_attributes()
{
    switch (op_->kind) {
    case MBLAB_OP_memblock_mark_hotplug:
        return edit(MBLAB_TYPE_memory).set_flags(range(0), flag_hotplug);
    case MBLAB_OP_memblock_clear_hotplug:
        return edit(MBLAB_TYPE_memory).clear_flags(range(0), flag_hotplug);
    case MBLAB_OP_memblock_mark_mirror:
        if (facts.mirrored_kernelcore)
            edit(MBLAB_TYPE_memory).set_flags(range(0), flag_mirror);
        return;
    case MBLAB_OP_memblock_mark_nomap:
        return edit(MBLAB_TYPE_memory).set_flags(range(0), flag_nomap);
    case MBLAB_OP_memblock_clear_nomap:
        return edit(MBLAB_TYPE_memory).clear_flags(range(0), flag_nomap);
    case MBLAB_OP_memblock_reserved_mark_noinit:
        return edit(MBLAB_TYPE_reserved).set_flags(range(0), flag_noinit);
    case MBLAB_OP_memblock_set_node:
        if (variant.has(MBLAB_CONFIG_numa) && has_type(op_->arg[2]))
            edit(op_->arg[2]).set_node(range(0), nid(3));
        return;
    default:
        return;
    }
}

uint64_t limit_to_address(Regions memory, uint64_t limit)
{
    for (const Region &region : memory) {
        if (limit <= region.size)
            return region.base + limit;
        limit -= region.size;
    }
    return never;
}

void Context::expect_limits()
{
    const uint64_t address = phys(0) ? limit_to_address(old_regions(MBLAB_TYPE_memory), phys(0)) : never;
    switch (op_->kind) {
    case MBLAB_OP_memblock_enforce_memory_limit:
        if (address == never)
            return;
        edit(MBLAB_TYPE_memory).remove({address, phys_max()});
        return edit(MBLAB_TYPE_reserved).remove({address, phys_max()});
    case MBLAB_OP_memblock_mem_limit_remove_map:
        if (address < phys_max())
            expect_cap({0, address});
        return;
    case MBLAB_OP_memblock_cap_memory_range:
        if (phys(1) && !old_regions(MBLAB_TYPE_memory).empty())
            expect_cap(range(0));
        return;
    case MBLAB_OP_memblock_trim_memory:
        if (is_power_of_two(phys(0)))
            expect_trim();
        return;
    default:
        return;
    }
}

/// Memory outside goes, except what is not mapped anyway; reservations outside go.
void Context::expect_cap(Range kept)
{
    RegionList &memory = edit(MBLAB_TYPE_memory);
    for (const Region &region : old_regions(MBLAB_TYPE_memory)) {
        if (region.flags & flag_nomap)
            continue;
        memory.remove({region.base, std::min(end_of(region), kept.start)});
        memory.remove({std::max(region.base, kept.end), end_of(region)});
    }
    RegionList &reserved = edit(MBLAB_TYPE_reserved);
    reserved.remove({0, kept.start});
    reserved.remove({kept.end, phys_max()});
}

void Context::expect_trim()
{
    const uint64_t mask = phys(0) - 1;
    RegionList &memory = edit(MBLAB_TYPE_memory);
    for (const Region &region : old_regions(MBLAB_TYPE_memory)) {
        const uint64_t end = end_of(region) & ~mask;
        const bool fits = region.base <= phys_max() - mask;
        const uint64_t start = fits ? (region.base + mask) & ~mask : end_of(region);
        if (start >= end) {
            memory.remove(range_of(region));
            continue;
        }
        memory.remove({region.base, start});
        memory.remove({end, end_of(region)});
    }
}

/// Hotplug marks have served, and reserved ranges learn the node of the memory that they lie in.
void Context::expect_free_all()
{
    edit(MBLAB_TYPE_memory).clear_flags({0, phys_max()}, flag_hotplug);
    if (!variant.has(MBLAB_CONFIG_numa))
        return;
    RegionList &reserved = edit(MBLAB_TYPE_reserved);
    for (const Region &region : expected(MBLAB_TYPE_memory))
        reserved.set_node(range_of(region), region.nid);
}

} // namespace mblab::contract
