// SPDX-License-Identifier: GPL-2.0-or-later
// Questions that change nothing.
#include "standard.hpp"

#include <linux/pfn.h>

#include "region_array.hpp"

namespace early {
namespace {

// Bytes below limit that are reserved with this flag on node nid; a number that is no node means all.
phys_addr_t reserved_size_of(memblock_flags flag, phys_addr_t limit, int nid)
{
    phys_addr_t total = 0;
    for (const Region &region : regions_of(::memblock.reserved)) {
        if (region.base > limit)
            break;
        if ((region.flags & flag) && (!numa_valid_node(nid) || memblock_get_region_node(&region) == nid))
            total += std::min(end_of(region), limit) - region.base;
    }
    return total;
}

} // namespace
} // namespace early

using early::cap_size;
using early::end_of;
using early::Region;
using early::regions_of;
using early::search;

unsigned long __init_memblock memblock_addrs_overlap(phys_addr_t base1, phys_addr_t size1, phys_addr_t base2,
                                                     phys_addr_t size2)
{
    return base1 < base2 + size2 && base2 < base1 + size1;
}

bool __init_memblock memblock_overlaps_region(struct memblock_type *type, phys_addr_t base, phys_addr_t size)
{
    // The first region that reaches beyond base overlaps if any does. Nothing overlaps an empty range, except a region
    // around the place where it would be.
    const std::size_t slot = early::first_reaching_beyond(*type, base);
    return slot < type->cnt && type->regions[slot].base < cap_size(base, size).end;
}

bool __init_memblock memblock_validate_numa_coverage(unsigned long threshold_bytes)
{
    unsigned long pages_without_node = 0;
    unsigned long start_pfn;
    unsigned long end_pfn;
    int nid;
    int i;

    for_each_mem_pfn_range(i, MAX_NUMNODES, &start_pfn, &end_pfn, &nid)
    {
        if (!numa_valid_node(nid))
            pages_without_node += end_pfn - start_pfn;
    }

    const unsigned long bytes = pages_without_node << PAGE_SHIFT;
    if (bytes <= threshold_bytes)
        return true;

    const unsigned long memory_mb = memblock_phys_mem_size() / SZ_1M;
    pr_err("NUMA: no nodes coverage for %luMB of %luMB RAM\n", bytes / SZ_1M, memory_mb);
    return false;
}

phys_addr_t __init_memblock memblock_phys_mem_size(void)
{
    return memblock.memory.total_size;
}

phys_addr_t __init_memblock memblock_reserved_size(void)
{
    return memblock.reserved.total_size;
}

phys_addr_t __init_memblock memblock_reserved_kern_size(phys_addr_t limit, int nid)
{
    return early::reserved_size_of(MEMBLOCK_RSRV_KERN, limit, nid);
}

phys_addr_t __init_memblock memblock_reserved_hugetlb_size(phys_addr_t limit, int nid)
{
    return early::reserved_size_of(MEMBLOCK_RSRV_HUGETLB, limit, nid);
}

unsigned long __init memblock_estimated_nr_free_pages(void)
{
    const phys_addr_t used = memblock_reserved_kern_size(PHYS_ADDR_MAX, NUMA_NO_NODE);
    return PHYS_PFN(memblock_phys_mem_size() - used);
}

phys_addr_t __init_memblock memblock_start_of_DRAM(void)
{
    return memblock.memory.regions[0].base;
}

phys_addr_t __init_memblock memblock_end_of_DRAM(void)
{
    const auto memory = regions_of(memblock.memory);
    // The kernel reads the slot before the first one here.
    return memory.empty() ? 0 : end_of(memory.back());
}

bool __init_memblock memblock_is_reserved(phys_addr_t addr)
{
    return search(memblock.reserved, addr) != nullptr;
}

bool __init_memblock memblock_is_memory(phys_addr_t addr)
{
    return search(memblock.memory, addr) != nullptr;
}

bool __init_memblock memblock_is_map_memory(phys_addr_t addr)
{
    Region *const region = search(memblock.memory, addr);
    return region && !memblock_is_nomap(region);
}

int __init_memblock memblock_search_pfn_nid(unsigned long pfn, unsigned long *start_pfn, unsigned long *end_pfn)
{
    const Region *const region = search(memblock.memory, PFN_PHYS(pfn));
    if (!region)
        return NUMA_NO_NODE;

    *start_pfn = PFN_DOWN(region->base);
    *end_pfn = PFN_DOWN(end_of(*region));
    return memblock_get_region_node(region);
}

bool __init_memblock memblock_is_region_memory(phys_addr_t base, phys_addr_t size)
{
    const Region *const region = search(memblock.memory, base);
    return region && end_of(*region) >= cap_size(base, size).end;
}

bool __init_memblock memblock_is_region_reserved(phys_addr_t base, phys_addr_t size)
{
    return memblock_overlaps_region(&memblock.reserved, base, size);
}
