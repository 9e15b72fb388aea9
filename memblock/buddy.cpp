// SPDX-License-Identifier: GPL-2.0-or-later
// The handover to the buddy allocator: all free memory, and memblock's own arrays.
#include "standard.hpp"

#include <linux/mm.h>
#include <linux/mmzone.h>
#include <linux/pfn.h>
#include <linux/slab.h>

#include "internal.h"
#include "mm_init.h"
#include "region_array.hpp"

namespace early {
namespace {

struct PfnRange {
    unsigned long start;
    unsigned long end; // exclusive
};

// The largest block that may start at pfn: as aligned as it is large. Frame 0 is aligned to anything.
unsigned int order_at(unsigned long pfn)
{
    return std::min<unsigned int>(MAX_PAGE_ORDER, static_cast<unsigned int>(std::countr_zero(pfn)));
}

void free_pages_memory(PfnRange pages)
{
    while (pages.start < pages.end) {
        unsigned int order = order_at(pages.start);
        while (pages.start + (1UL << order) > pages.end)
            --order;

        memblock_free_pages(pages.start, order);
        pages.start += 1UL << order;
    }
}

// Everything of free that is whole pages. Returns the pages given to the buddy allocator.
unsigned long free_memory_core(Range free)
{
    PfnRange pages{static_cast<unsigned long>(PFN_UP(free.base)), static_cast<unsigned long>(PFN_DOWN(free.end))};
    // With high memory, what is not directly mapped is given away as well.
    if constexpr (!IS_ENABLED(CONFIG_HIGHMEM))
        pages.end = std::min(pages.end, max_low_pfn);
    if (pages.start >= pages.end)
        return 0;
    free_pages_memory(pages);
    return pages.end - pages.start;
}

// The part of the memory map that describes these frames is free, as far as it is whole pages.
void free_memmap(PfnRange frames)
{
    // By way of the frame before: that one exists, while the first of a hole may have no struct page.
    const struct page *first = pfn_to_page(frames.start - 1) + 1;
    const struct page *end = pfn_to_page(frames.end - 1) + 1;
    const Range map{aligned_up(__pa(first), PAGE_SIZE), aligned_down(__pa(end), PAGE_SIZE)};

    if (!map.empty())
        memblock_phys_free(map.base, map.size());
}

// A flat memory map also covers the holes between banks of memory. Where pfn_valid() is the
// architecture's own, and so knows of holes, nobody looks there and the map can go. Pageblocks are kept
// whole: parts of mm assume that a block has no hole in its map.
void free_unused_memmap()
{
    if (!IS_ENABLED(CONFIG_HAVE_ARCH_PFN_VALID) || IS_ENABLED(CONFIG_SPARSEMEM_VMEMMAP))
        return;

    PfnRange bank{0, 0};
    unsigned long mapped_up_to = 0;
    int i;
    for_each_mem_pfn_range(i, MAX_NUMNODES, &bank.start, &bank.end, nullptr)
    {
#ifdef CONFIG_SPARSEMEM
        // There is no map to free for a section that is not there at all.
        bank.start = std::min(bank.start, ALIGN(mapped_up_to, PAGES_PER_SECTION));
#endif
        const unsigned long block_start = pageblock_start_pfn(bank.start);
        if (mapped_up_to && mapped_up_to < block_start)
            free_memmap({mapped_up_to, block_start});
        mapped_up_to = pageblock_align(bank.end);
    }

#ifdef CONFIG_SPARSEMEM
    if (!IS_ALIGNED(mapped_up_to, PAGES_PER_SECTION))
        free_memmap({mapped_up_to, ALIGN(mapped_up_to, PAGES_PER_SECTION)});
#endif
}

// No page of the range is anybody's to give away, the partial ones at its ends included.
void memmap_init_reserved_range(Range range, int nid)
{
    unsigned long pfn;
    for_each_valid_pfn(pfn, PFN_DOWN(range.base), PFN_UP(range.end))
    {
        init_deferred_page(pfn, nid);
        __SetPageReserved(pfn_to_page(pfn));
    }
}

// Reservations were made for any node or without one: give each the node of the memory that it lies in.
void assign_nodes_to_reserved()
{
    unsigned long max_before;
    do {
        max_before = ::memblock.reserved.max;

        for (Region &region : regions_of(::memblock.memory)) {
            const Range range = range_of(region);
            const int nid = memblock_get_region_node(&region);

            if (memblock_is_nomap(&region))
                memmap_init_reserved_range(range, nid);
            memblock_set_node(range.base, region.size, &::memblock.reserved, nid);
        }
        // Splitting may have doubled the array, and the new one may lie in memory already passed.
    } while (max_before != ::memblock.reserved.max);
}

void memmap_init_reserved_pages()
{
    assign_nodes_to_reserved();
    for (Region &region : regions_of(::memblock.reserved)) {
        if (memblock_is_reserved_noinit(&region))
            continue;
        int nid = memblock_get_region_node(&region);
        if (!numa_valid_node(nid))
            nid = early_pfn_to_nid(PFN_DOWN(region.base));
        memmap_init_reserved_range(range_of(region), nid);
    }
}

unsigned long free_low_memory_core_early()
{
    // What boot kept unpluggable is ordinary memory to the buddy allocator.
    memblock_clear_hotplug(0, PHYS_ADDR_MAX);
    memmap_init_reserved_pages();

    unsigned long given = 0;
    Range free;
    u64 i;
    for_each_free_mem_range(i, NUMA_NO_NODE, MEMBLOCK_NONE, &free.base, &free.end, nullptr) given +=
        free_memory_core(free);
    return given;
}

void reset_node_managed_pages(pglist_data &node)
{
    for (struct zone &zone : node.node_zones)
        atomic_long_set(&zone.managed_pages, 0);
}

#ifndef CONFIG_ARCH_KEEP_MEMBLOCK
void discard(const Array &array, const Region *first_regions, bool in_slab)
{
    if (array.regions == first_regions)
        return;
    if (in_slab) {
        kfree(array.regions);
        return;
    }
    const auto bytes = static_cast<phys_addr_t>(sizeof(Region) * array.max);
    memblock_free(array.regions, aligned_up(bytes, PAGE_SIZE));
}
#endif

} // namespace
} // namespace early

void __init reset_all_zones_managed_pages(void)
{
    static constinit bool done __initdata = false;
    if (done)
        return;

    struct pglist_data *node;
    for_each_online_pgdat(node) early::reset_node_managed_pages(*node);
    done = true;
}

void __init memblock_free_all(void)
{
    early::free_unused_memmap();
    reset_all_zones_managed_pages();
    memblock_clear_kho_scratch_only();
    totalram_pages_add(early::free_low_memory_core_early());
}

#ifndef CONFIG_ARCH_KEEP_MEMBLOCK
void __init memblock_discard(void)
{
    using early::state;

    early::discard(memblock.reserved, early::first_reserved_regions, state.reserved_in_slab);
    early::discard(memblock.memory, early::first_memory_regions, state.memory_in_slab);
    // Memory's attributes are gone from here on, so nothing can be chosen by them.
    state.filtered = nullptr;
}
#endif
