// SPDX-License-Identifier: GPL-2.0-or-later
// Making memory smaller than what the firmware described, by amount, by range, by alignment; and bounds of allocations.
#include "standard.hpp"

#include "isolate.hpp"

namespace early {
namespace {

// Where the lowest `amount` bytes of memory end; PHYS_ADDR_MAX if there are not that many.
phys_addr_t find_max_addr(phys_addr_t amount)
{
    for (const Region &region : regions_of(::memblock.memory)) {
        if (amount <= region.size)
            return region.base + amount;
        amount -= region.size;
    }
    return PHYS_ADDR_MAX;
}

} // namespace
} // namespace early

void __init memblock_enforce_memory_limit(phys_addr_t memory_limit)
{
    if (!memory_limit)
        return;
    const phys_addr_t end = early::find_max_addr(memory_limit);
    if (end == PHYS_ADDR_MAX)
        return;

    early::remove_range(memblock.memory, end, PHYS_ADDR_MAX);
    early::remove_range(memblock.reserved, end, PHYS_ADDR_MAX);
}

void __init memblock_cap_memory_range(phys_addr_t base, phys_addr_t size)
{
    if (!size)
        return;
    // By the total, not by the count; and the kernel would fault here after memblock_discard().
    if (!memblock.memory.total_size) {
        pr_warn("%s: No memory registered yet\n", __func__);
        return;
    }

    const auto inside = early::isolate_range(memblock.memory, base, size);
    if (!inside)
        return;

    // NOMAP regions stay wherever they are: the memory map has to go on describing them. One that was
    // just split stays in two.
    early::retain(memblock.memory, [&](memblock_region &region, std::size_t i) {
        return (i >= inside->first && i < inside->last) || memblock_is_nomap(&region);
    });
    early::remove_range(memblock.reserved, 0, base);
    // base + size as it is, not capped: if it wraps, reservations go from there up.
    early::remove_range(memblock.reserved, base + size, PHYS_ADDR_MAX);
}

void __init memblock_mem_limit_remove_map(phys_addr_t limit)
{
    if (!limit)
        return;
    const phys_addr_t end = early::find_max_addr(limit);
    if (end != PHYS_ADDR_MAX)
        memblock_cap_memory_range(0, end);
}

void __init_memblock memblock_trim_memory(phys_addr_t align)
{
    early::retain(memblock.memory, [=](memblock_region &region, std::size_t) {
        const early::Range whole = early::range_of(region);
        const early::Range trimmed{early::aligned_up(whole.base, align), early::aligned_down(whole.end, align)};
        if (trimmed.base == whole.base && trimmed.end == whole.end)
            return true;
        if (trimmed.empty())
            return false;

        region.base = trimmed.base;
        region.size = trimmed.size();
        return true;
    });
}

#ifdef CONFIG_MEMBLOCK_KHO_SCRATCH
void __init memblock_set_kho_scratch_only(void)
{
    early::state.scratch_only = true;
}

void __init memblock_clear_kho_scratch_only(void)
{
    early::state.scratch_only = false;
}
#endif

void __init_memblock memblock_set_current_limit(phys_addr_t limit)
{
    memblock.current_limit = limit;
}

phys_addr_t __init_memblock memblock_get_current_limit(void)
{
    return memblock.current_limit;
}
