// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/state/region_set.hpp"

#include <cstring>

namespace mblab {
namespace {

/// The next run of addresses with equal attributes, however many regions it is cut into.
Region next_run(Regions regions, size_t &at)
{
    Region run = regions[at++];
    while (at < regions.size() && regions[at].base == end_of(run) && attributes_of(regions[at]) == attributes_of(run))
        run.size += regions[at++].size;
    return run;
}

} // namespace

size_t first_ending_above(Regions regions, uint64_t addr)
{
    const auto ends_below = [=](const Region &region) { return end_of(region) <= addr; };
    return static_cast<size_t>(std::partition_point(regions.begin(), regions.end(), ends_below) - regions.begin());
}

const Region *region_at(Regions regions, uint64_t addr)
{
    const size_t index = first_ending_above(regions, addr);
    return index < regions.size() && regions[index].base <= addr ? &regions[index] : nullptr;
}

bool covers(Regions regions, Interval interval)
{
    for (size_t i = first_ending_above(regions, interval.start); interval.start < interval.end; i++) {
        if (i == regions.size() || regions[i].base > interval.start)
            return false;
        interval.start = end_of(regions[i]);
    }
    return true;
}

bool overlaps(Regions regions, Interval interval)
{
    const size_t index = first_ending_above(regions, interval.start);
    return !interval.empty() && index < regions.size() && regions[index].base < interval.end;
}

bool same_set(Regions a, Regions b)
{
    if (a.size() == b.size() && (a.empty() || std::memcmp(a.data(), b.data(), a.size_bytes()) == 0))
        return true;
    size_t at_a = 0, at_b = 0;
    while (at_a < a.size() && at_b < b.size())
        if (!(next_run(a, at_a) == next_run(b, at_b)))
            return false;
    return at_a == a.size() && at_b == b.size();
}

uint64_t total_size(Regions regions)
{
    uint64_t sum = 0;
    for (const Region &region : regions)
        sum += region.size;
    return sum;
}

void RegionSet::replace(size_t first, size_t last)
{
    const size_t both = std::min(last - first, made_.size());
    const auto rest = std::copy_n(made_.begin(), both, regions_.begin() + static_cast<ptrdiff_t>(first));
    const auto end = regions_.erase(rest, regions_.begin() + static_cast<ptrdiff_t>(last));
    regions_.insert(end, made_.begin() + static_cast<ptrdiff_t>(both), made_.end());
}

} // namespace mblab
