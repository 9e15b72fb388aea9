// SPDX-License-Identifier: GPL-2.0-or-later
// Changing the flags or the node of what lies in a range.
#include "standard.hpp"

#include "internal.h"
#include "isolate.hpp"

namespace early {
namespace {

template <std::invocable<Region &> Change> int rewrite(Array &array, phys_addr_t base, phys_addr_t size, Change change)
{
    const auto inside = isolate_range(array, base, size);
    if (!inside)
        return -ENOMEM;
    for (std::size_t i = inside->first; i < inside->last; ++i)
        change(array.regions[i]);
    // Even if nothing changed: the splits have to be undone. The neighbours of what was rewritten take part.
    merge_regions(array, inside->first ? inside->first - 1 : 0, inside->last);
    return 0;
}

int setclr_flag(Array &array, phys_addr_t base, phys_addr_t size, bool set, memblock_flags flag)
{
    return rewrite(array, base, size,
                   [=](Region &region) { region.flags = set ? region.flags | flag : region.flags & ~flag; });
}

} // namespace
} // namespace early

int __init_memblock memblock_mark_hotplug(phys_addr_t base, phys_addr_t size)
{
    return early::setclr_flag(memblock.memory, base, size, true, MEMBLOCK_HOTPLUG);
}

int __init_memblock memblock_clear_hotplug(phys_addr_t base, phys_addr_t size)
{
    return early::setclr_flag(memblock.memory, base, size, false, MEMBLOCK_HOTPLUG);
}

int __init_memblock memblock_mark_mirror(phys_addr_t base, phys_addr_t size)
{
    if (!mirrored_kernelcore)
        return 0;
    early::state.has_mirror = true;
    return early::setclr_flag(memblock.memory, base, size, true, MEMBLOCK_MIRROR);
}

int __init_memblock memblock_mark_nomap(phys_addr_t base, phys_addr_t size)
{
    return early::setclr_flag(memblock.memory, base, size, true, MEMBLOCK_NOMAP);
}

int __init_memblock memblock_clear_nomap(phys_addr_t base, phys_addr_t size)
{
    return early::setclr_flag(memblock.memory, base, size, false, MEMBLOCK_NOMAP);
}

int __init_memblock memblock_reserved_mark_noinit(phys_addr_t base, phys_addr_t size)
{
    return early::setclr_flag(memblock.reserved, base, size, true, MEMBLOCK_RSRV_NOINIT);
}

int __init_memblock memblock_reserved_mark_kern(phys_addr_t base, phys_addr_t size)
{
    return early::setclr_flag(memblock.reserved, base, size, true, MEMBLOCK_RSRV_KERN);
}

int __init memblock_mark_kho_scratch(phys_addr_t base, phys_addr_t size)
{
    return early::setclr_flag(memblock.memory, base, size, true, MEMBLOCK_KHO_SCRATCH);
}

int __init memblock_clear_kho_scratch(phys_addr_t base, phys_addr_t size)
{
    return early::setclr_flag(memblock.memory, base, size, false, MEMBLOCK_KHO_SCRATCH);
}

int __init_memblock memblock_set_node([[maybe_unused]] phys_addr_t base, [[maybe_unused]] phys_addr_t size,
                                      [[maybe_unused]] struct memblock_type *type, [[maybe_unused]] int nid)
{
    // Without nodes not even the array may grow, so this is not just a loop that stores nothing.
    if constexpr (IS_ENABLED(CONFIG_NUMA))
        return early::rewrite(*type, base, size,
                              [=](memblock_region &region) { memblock_set_region_node(&region, nid); });
    return 0;
}
