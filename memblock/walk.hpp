// SPDX-License-Identifier: GPL-2.0-or-later
// Walking the ranges of one array that lie outside another: the one loop per direction behind the iterators and the
// searches for free memory.
#pragma once

#include "standard.hpp"

#include "filter.hpp"

namespace early {

// Where a walk goes on: at a region of the one array and a gap of the other. Gap i ends where region i begins; the gap
// past the last region ends with the address space.
struct Cursor {
    long region;
    long gap;
};

// Without an array, all of the address space is one gap.
inline Range gap_below(const Array *array, long i)
{
    if (!array) [[unlikely]]
        return {0, PHYS_ADDR_MAX};
    return {i > 0 ? end_of(array->regions[i - 1]) : 0,
            i < static_cast<long>(array->cnt) ? array->regions[i].base : PHYS_ADDR_MAX};
}

// Both walks call visit(range, region) until it returns true, and leave the cursor past that range: whichever of region
// and gap ends first cannot be part of another one. False: nothing is left. The gap of the cursor must exist.

template <std::predicate<Range, const Region &> Visit>
bool walk_up(Cursor &at, const Array &array, const Array *excluded, const RegionFilter &filter, Visit visit)
{
    for (const long regions = static_cast<long>(array.cnt); at.region < regions; ++at.region) {
        const Region &region = array.regions[at.region];
        if (filter.should_skip_region(region))
            continue;
        const Range here = range_of(region);
        for (;; ++at.gap) {
            const Range gap = gap_below(excluded, at.gap);
            if (gap.base >= here.end)
                break;
            if (gap.end <= here.base)
                continue;
            if (visit(intersection(here, gap), region)) {
                ++(here.end <= gap.end ? at.region : at.gap);
                return true;
            }
            if (here.end <= gap.end)
                break;
        }
    }
    return false;
}

template <std::predicate<Range, const Region &> Visit>
bool walk_down(Cursor &at, const Array &array, const Array *excluded, const RegionFilter &filter, Visit visit)
{
    for (; at.region >= 0; --at.region) {
        const Region &region = array.regions[at.region];
        if (filter.should_skip_region(region))
            continue;
        const Range here = range_of(region);
        for (;; --at.gap) {
            const Range gap = gap_below(excluded, at.gap);
            if (gap.end <= here.base)
                break;
            if (gap.base >= here.end)
                continue;
            if (visit(intersection(here, gap), region)) {
                --(gap.base <= here.base ? at.region : at.gap);
                return true;
            }
            if (gap.base <= here.base)
                break;
        }
    }
    return false;
}

} // namespace early
