// SPDX-License-Identifier: GPL-2.0-or-later
// The steps behind the for_each macros. Loops of the whole kernel keep their cookies between steps, so
// which index a cookie holds after each step is as much interface as the range found.
#include "standard.hpp"

#include <linux/pfn.h>

#include "canary.hpp"
#include "filter.hpp"

namespace early {
namespace {

// A cookie names a region of the one type and a gap of the other. Halves are read as signed, so that
// a step down from index 0 survives the trip through a cookie.
struct Cursor {
    long region;
    long gap;

    static Cursor from_cookie(u64 cookie)
    {
        return {static_cast<int>(static_cast<u32>(cookie)), static_cast<int>(cookie >> 32)};
    }
    [[nodiscard]] u64 cookie() const { return static_cast<u32>(region) | static_cast<u64>(gap) << 32; }
};

constexpr u64 no_more = std::numeric_limits<u64>::max();

// Where a step leaves what it found; any part may be unwanted.
struct Output {
    phys_addr_t *start;
    phys_addr_t *end;
    int *nid;

    void set(Range range, const Region &region) const
    {
        if (start)
            *start = range.base;
        if (end)
            *end = range.end;
        if (nid)
            *nid = memblock_get_region_node(&region);
    }
};

// Gap i ends where region i begins; the one past the last region ends with the address space.
Range gap_below(const Array &array, long i)
{
    return {i > 0 ? end_of(array.regions[i - 1]) : 0,
            i < static_cast<long>(array.cnt) ? array.regions[i].base : PHYS_ADDR_MAX};
}

Range intersection(Range a, Range b)
{
    return {std::max(a.base, b.base), std::min(a.end, b.end)};
}

// Each finder moves the cursor past what it returns. False: nothing is left.

bool find_up(Cursor &at, const Array &array, const Array *excluded, const RegionFilter &filter, const Output &out)
{
    const long regions = static_cast<long>(array.cnt);

    if (at.region < 0)
        return false;
    for (; at.region < regions; ++at.region) {
        const Region &region = array.regions[at.region];
        const Range here = range_of(region);
        if (filter.rejects(region))
            continue;
        if (!excluded) {
            out.set(here, region);
            ++at.region;
            return true;
        }
        if (at.gap < 0 || at.gap > static_cast<long>(excluded->cnt))
            return false; // no gap is left for any region

        for (; at.gap <= static_cast<long>(excluded->cnt); ++at.gap) {
            const Range gap = gap_below(*excluded, at.gap);
            if (gap.base >= here.end)
                break;
            if (here.base >= gap.end)
                continue;
            out.set(intersection(here, gap), region);
            // Whichever ends first cannot be part of another intersection.
            ++(here.end <= gap.end ? at.region : at.gap);
            return true;
        }
    }
    return false;
}

bool find_down(Cursor &at, const Array &array, const Array *excluded, const RegionFilter &filter, const Output &out)
{
    // A cookie that points past the end is one that no iteration ever returned.
    at.region = std::min(at.region, static_cast<long>(array.cnt) - 1);
    if (excluded)
        at.gap = std::min(at.gap, static_cast<long>(excluded->cnt));

    for (; at.region >= 0; --at.region) {
        const Region &region = array.regions[at.region];
        const Range here = range_of(region);
        if (filter.rejects(region))
            continue;
        if (!excluded) {
            out.set(here, region);
            --at.region;
            return true;
        }
        for (; at.gap >= 0; --at.gap) {
            const Range gap = gap_below(*excluded, at.gap);
            if (gap.end <= here.base)
                break;
            if (here.end <= gap.base)
                continue;
            out.set(intersection(here, gap), region);
            --(here.base >= gap.base ? at.region : at.gap);
            return true;
        }
    }
    return false;
}

Range whole_pages(const Region &region)
{
    return {static_cast<phys_addr_t>(PFN_UP(region.base)), static_cast<phys_addr_t>(PFN_DOWN(end_of(region)))};
}

} // namespace
} // namespace early

void __next_mem_range(u64 *idx, int nid, enum memblock_flags flags, struct memblock_type *type_a,
                      struct memblock_type *type_b, phys_addr_t *out_start, phys_addr_t *out_end, int *out_nid)
{
    auto at = early::Cursor::from_cookie(*idx);
    const early::RegionFilter filter{*type_a, nid, flags};

    *idx = early::find_up(at, *type_a, type_b, filter, {out_start, out_end, out_nid}) ? at.cookie() : early::no_more;
}

void __init_memblock __next_mem_range_rev(u64 *idx, int nid, enum memblock_flags flags, struct memblock_type *type_a,
                                          struct memblock_type *type_b, phys_addr_t *out_start, phys_addr_t *out_end,
                                          int *out_nid)
{
    auto at = early::Cursor::from_cookie(*idx);
    const early::RegionFilter filter{*type_a, nid, flags};

    if (*idx == early::no_more)
        at = {static_cast<long>(type_a->cnt) - 1, type_b ? static_cast<long>(type_b->cnt) : 0};
    if (*idx == early::no_more && canary(early::Canary::reverse_skips_first))
        --at.region;
    *idx = early::find_down(at, *type_a, type_b, filter, {out_start, out_end, out_nid}) ? at.cookie() : early::no_more;
}

void __init_memblock __next_mem_pfn_range(int *idx, int nid, unsigned long *out_start_pfn, unsigned long *out_end_pfn,
                                          int *out_nid)
{
    const auto memory = early::regions_of(memblock.memory);
    const bool any_node = !numa_valid_node(nid);

    while (static_cast<std::size_t>(++*idx) < memory.size()) {
        const memblock_region &region = memory[static_cast<std::size_t>(*idx)];
        const early::Range pages = early::whole_pages(region);
        if (pages.empty() || (!any_node && memblock_get_region_node(&region) != nid))
            continue;

        if (out_start_pfn)
            *out_start_pfn = pages.base;
        if (out_end_pfn)
            *out_end_pfn = pages.end;
        if (out_nid)
            *out_nid = memblock_get_region_node(&region);
        return;
    }
    *idx = -1;
}

#ifdef CONFIG_DEFERRED_STRUCT_PAGE_INIT
void __init_memblock __next_mem_pfn_range_in_zone(u64 *idx, struct zone *zone, unsigned long *out_spfn,
                                                  unsigned long *out_epfn)
{
    for (;;) {
        phys_addr_t start;
        phys_addr_t end;
        __next_mem_range(idx, zone_to_nid(zone), MEMBLOCK_NONE, &memblock.memory, &memblock.reserved, &start, &end,
                         nullptr);
        if (*idx == early::no_more)
            break;

        const auto first_pfn = static_cast<unsigned long>(PFN_UP(start));
        const auto end_pfn = static_cast<unsigned long>(PFN_DOWN(end));
        if (first_pfn >= end_pfn || end_pfn <= zone->zone_start_pfn)
            continue;
        if (first_pfn >= zone_end_pfn(zone)) {
            *idx = early::no_more;
            break;
        }

        if (out_spfn)
            *out_spfn = std::max(zone->zone_start_pfn, first_pfn);
        if (out_epfn)
            *out_epfn = std::min(zone_end_pfn(zone), end_pfn);
        return;
    }

    if (out_spfn)
        *out_spfn = std::numeric_limits<unsigned long>::max();
    if (out_epfn)
        *out_epfn = 0;
}
#endif
