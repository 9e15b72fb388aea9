// SPDX-License-Identifier: GPL-2.0-or-later
// Sets of addresses with attributes, as sorted lists of regions: what the contracts reason with.
#pragma once

#include "core/state/outcome.hpp"

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

namespace mblab::contract {

using mblab::end_of;
using mblab::first_ending_above;
using mblab::region_at;
using mblab::Regions;
using mblab::same_set;
using mblab::total_size;

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

inline Range range_of(const Region &region)
{
    return {region.base, end_of(region)};
}

inline bool same_attributes(const Region &a, const Region &b)
{
    return a.flags == b.flags && a.nid == b.nid;
}

/// Whether every address of the range is in some region. True of an empty range.
bool covers(Regions regions, Range range);

/// Whether some address of the range is in some region. False of an empty range.
bool touches(Regions regions, Range range);

/// A list that can be changed range by range. Keeps its memory, so that a checker allocates nothing once it is warm.
class RegionList {
  public:
    void assign(Regions regions) { regions_.assign(regions.begin(), regions.end()); }
    Regions regions() const { return regions_; }

    /// Give the range these attributes where it has none yet; what is there already stays as it is.
    void add(Range range, uint32_t flags, int32_t nid) { edit(range, {.fills = true, .flags = flags, .nid = nid}); }
    void remove(Range range) { edit(range, {.removes = true}); }
    void set_flags(Range range, uint32_t flags) { edit(range, {.set_flags = flags}); }
    void clear_flags(Range range, uint32_t flags) { edit(range, {.clear_flags = flags}); }
    void set_node(Range range, int32_t nid) { edit(range, {.nid = nid, .sets_node = true}); }

  private:
    /// What becomes of addresses. Data, not a function of each caller's: one copy of edit() serves all, and stays
    /// cached.
    struct Change {
        bool fills = false, removes = false;
        uint32_t flags = 0; // of what is filled
        int32_t nid = 0;    // of what is filled, and of what is there if sets_node
        uint32_t set_flags = 0, clear_flags = 0;
        bool sets_node = false;
    };

    void edit(Range range, const Change &change);
    void append(Region piece);
    void append_part(const Region &region, const Range &range);
    static Region changed(Region region, const Change &change);
    void splice(size_t first, size_t past);

    std::vector<Region> regions_, pieces_;
};

} // namespace mblab::contract
