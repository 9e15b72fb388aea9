// SPDX-License-Identifier: GPL-2.0-or-later
// Sets of addresses with attributes, as sorted lists of regions: what the contracts reason with.
#pragma once

#include "lab/engine/outcome.hpp"

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

namespace mblab::contract {

using Regions = std::span<const Region>;

/// [start, end), in bytes or in page frames.
struct Range {
    uint64_t start = 0, end = 0;

    bool empty() const { return start >= end; }
    uint64_t size() const { return empty() ? 0 : end - start; }
    bool contains(uint64_t at) const { return at >= start && at < end; }
    bool contains(const Range &other) const { return other.start >= start && other.end <= end; }
    bool touches(const Range &other) const
    {
        return !empty() && !other.empty() && start < other.end && other.start < end;
    }
    bool operator==(const Range &) const = default;
};

inline uint64_t end_of(const Region &region)
{
    return region.base + region.size;
}

inline Range range_of(const Region &region)
{
    return {region.base, end_of(region)};
}

inline bool same_attributes(const Region &a, const Region &b)
{
    return a.flags == b.flags && a.nid == b.nid;
}

/// Index of the first region that ends above addr; the count when none does.
size_t first_ending_above(Regions regions, uint64_t addr);

/// The region that addr is in, or null.
const Region *region_at(Regions regions, uint64_t addr);

/// Whether every address of the range is in some region. True of an empty range.
bool covers(Regions regions, Range range);

/// Whether some address of the range is in some region. False of an empty range.
bool touches(Regions regions, Range range);

/// Whether two lists say the same of every address, however they are cut.
bool same_set(Regions a, Regions b);

/// Sum of the sizes.
uint64_t total_size(Regions regions);

/// A list that can be changed range by range. Keeps its memory, so that a checker allocates nothing once it is warm.
class RegionList {
  public:
    void assign(Regions regions) { regions_.assign(regions.begin(), regions.end()); }
    Regions regions() const { return regions_; }

    /// Give the range these attributes where it has none yet; what is there already stays as it is.
    void add(Range range, uint32_t flags, int32_t nid)
    {
        edit(range, [&](Region &piece, bool present) {
            if (!present) {
                piece.flags = flags;
                piece.nid = nid;
            }
            return true;
        });
    }

    void remove(Range range)
    {
        edit(range, [](Region &, bool) { return false; });
    }

    /// Change the attributes of what is in the range: change(Region &) for each piece.
    template <typename Change> void change(Range range, Change change)
    {
        edit(range, [&](Region &piece, bool present) {
            if (present)
                change(piece);
            return present;
        });
    }

  private:
    void append(Region piece);
    void splice(size_t first, size_t past);

    /// Cut the range into pieces that are either in one region or in none, and ask for each what is to become of it:
    /// keep(piece, present) may change the piece's attributes and returns whether it is in the set afterwards.
    template <typename Keep> void edit(Range range, Keep keep)
    {
        if (range.empty())
            return;
        const size_t count = regions_.size();
        size_t at = first_ending_above(regions_, range.start);
        const size_t first = at ? at - 1 : 0;
        pieces_.clear();
        if (at)
            append(regions_[at - 1]);
        if (at < count && regions_[at].base < range.start)
            append({regions_[at].base, range.start - regions_[at].base, regions_[at].flags, regions_[at].nid});
        for (uint64_t addr = range.start; addr < range.end;) {
            const bool present = at < count && regions_[at].base <= addr;
            uint64_t stop = range.end;
            if (at < count)
                stop = std::min(stop, present ? end_of(regions_[at]) : regions_[at].base);
            Region piece = present ? regions_[at] : Region{};
            piece.base = addr;
            piece.size = stop - addr;
            if (keep(piece, present))
                append(piece);
            if (present && end_of(regions_[at]) == stop)
                at++;
            addr = stop;
        }
        if (at < count) {
            const uint64_t base = std::max(regions_[at].base, range.end);
            append({base, end_of(regions_[at]) - base, regions_[at].flags, regions_[at].nid});
            at++;
        }
        splice(first, at);
    }

    std::vector<Region> regions_, pieces_;
};

} // namespace mblab::contract
