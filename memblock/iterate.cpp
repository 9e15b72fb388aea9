// SPDX-License-Identifier: GPL-2.0-or-later
// The steps behind the for_each macros. Loops of the whole kernel keep their cookies between steps, so
// which index a cookie holds after each step is as much interface as the range found.
#include "standard.hpp"

#include <linux/pfn.h>

#include "walk.hpp"

namespace early {
namespace {

constexpr u64 no_more = std::numeric_limits<u64>::max();

// A cookie holds a cursor: the region in the low half, the gap in the high half. Halves are read as signed, so that a
// step down from index 0 survives the trip.
Cursor from_cookie(u64 cookie)
{
    return {static_cast<int>(static_cast<u32>(cookie)), static_cast<int>(cookie >> 32)};
}

u64 to_cookie(Cursor at)
{
    return static_cast<u32>(at.region) | static_cast<u64>(at.gap) << 32;
}

// Where a step leaves what it found; any part may be unwanted.
struct Output {
    phys_addr_t *start;
    phys_addr_t *end;
    int *nid;

    bool operator()(Range range, const Region &region) const
    {
        if (start)
            *start = range.base;
        if (end)
            *end = range.end;
        if (nid)
            *nid = memblock_get_region_node(&region);
        return true;
    }
};

Range whole_pages(const Region &region)
{
    return {static_cast<phys_addr_t>(PFN_UP(region.base)), static_cast<phys_addr_t>(PFN_DOWN(end_of(region)))};
}

} // namespace
} // namespace early

void __next_mem_range(u64 *idx, int nid, enum memblock_flags flags, struct memblock_type *type_a,
                      struct memblock_type *type_b, phys_addr_t *out_start, phys_addr_t *out_end, int *out_nid)
{
    const early::RegionFilter filter{*type_a, nid, flags};
    early::Cursor at = early::from_cookie(*idx);

    // Cookies that no iteration gave out may name a gap that there is not.
    const bool valid = at.region >= 0 && (!type_b || (at.gap >= 0 && at.gap <= static_cast<long>(type_b->cnt)));
    const bool found = valid && walk_up(at, *type_a, type_b, filter, early::Output{out_start, out_end, out_nid});
    *idx = found ? early::to_cookie(at) : early::no_more;
}

void __init_memblock __next_mem_range_rev(u64 *idx, int nid, enum memblock_flags flags, struct memblock_type *type_a,
                                          struct memblock_type *type_b, phys_addr_t *out_start, phys_addr_t *out_end,
                                          int *out_nid)
{
    const early::RegionFilter filter{*type_a, nid, flags};
    const long last = static_cast<long>(type_a->cnt) - 1;
    const long last_gap = type_b ? static_cast<long>(type_b->cnt) : 0;
    early::Cursor at{last, last_gap};

    if (*idx != early::no_more) {
        at = early::from_cookie(*idx);
        // Cookies that no iteration gave out may point past the end.
        at.region = std::min(at.region, last);
        if (type_b)
            at.gap = std::min(at.gap, last_gap);
    }
    const bool found =
        (!type_b || at.gap >= 0) && walk_down(at, *type_a, type_b, filter, early::Output{out_start, out_end, out_nid});
    *idx = found ? early::to_cookie(at) : early::no_more;
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
