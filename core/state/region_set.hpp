// SPDX-License-Identifier: GPL-2.0-or-later
// Sets of addresses with attributes: one vocabulary for the model, the laws, boot replay and pictures.
#pragma once

#include "core/state/state.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

// Beside the type, where every algorithm finds it.
constexpr bool operator==(const mblab_region &a, const mblab_region &b)
{
    return a.base == b.base && a.size == b.size && a.flags == b.flags && a.nid == b.nid;
}

namespace mblab {

using Region = mblab_region;
using Regions = std::span<const Region>; // in order of address, disjoint

constexpr uint64_t end_of(const Region &region)
{
    return region.base + region.size;
}

/// [start, end), in bytes or in page frames.
struct Interval {
    uint64_t start = 0, end = 0;

    constexpr bool empty() const { return start >= end; }
    constexpr uint64_t size() const { return empty() ? 0 : end - start; }
    constexpr bool contains(uint64_t at) const { return at >= start && at < end; }
    constexpr bool contains(const Interval &other) const { return other.start >= start && other.end <= end; }
    constexpr bool overlaps(const Interval &other) const
    {
        return !empty() && !other.empty() && start < other.end && other.start < end;
    }
    bool operator==(const Interval &) const = default;
};

constexpr Interval interval_of(const Region &region)
{
    return {region.base, end_of(region)};
}

/// What is true of an address besides that it is in the set.
struct Attributes {
    uint32_t flags = 0;
    int32_t nid = 0;

    bool operator==(const Attributes &) const = default;
};

constexpr Attributes attributes_of(const Region &region)
{
    return {region.flags, region.nid};
}

/// Index of the first region that ends above addr; the count when none does.
size_t first_ending_above(Regions regions, uint64_t addr);

/// The region that addr is in, or null.
const Region *region_at(Regions regions, uint64_t addr);

/// Whether every address of the interval is in some region. True of an empty interval.
bool covers(Regions regions, Interval interval);

/// Whether some address of the interval is in some region. False of an empty interval.
bool overlaps(Regions regions, Interval interval);

/// Whether two lists say the same of every address, however they are cut.
bool same_set(Regions a, Regions b);

/// Sum of the sizes.
uint64_t total_size(Regions regions);

/// A set that can be changed interval by interval: regions that are not empty, do not overlap, and are alike within.
/// Regions that touch and are alike are one, except where they were once cut: that stays until the set is changed
/// there. Keeps its memory, so that who works with one for long allocates nothing.
class RegionSet {
  public:
    /// What the kernel believes the size of the set to be, in bytes. Wraps as its addresses do.
    uint64_t total = 0;
    /// The highest address of the variant.
    uint64_t top = ~uint64_t{0};

    /// Another number after every change; never 0.
    uint64_t version() const { return version_; }
    bool empty() const { return regions_.empty(); }
    size_t count() const { return regions_.size(); }
    const Region &operator[](size_t position) const { return regions_[position]; }
    Regions regions() const { return regions_; }
    operator Regions() const { return regions_; }
    /// Equal as values: the regions and the total.
    bool operator==(const RegionSet &other) const { return regions_ == other.regions_ && total == other.total; }

    void clear()
    {
        regions_.clear();
        total = 0;
        version_++;
    }

    /// Make the set these regions, of this total.
    void load(Regions regions, uint64_t new_total)
    {
        regions_.assign(regions.begin(), regions.end());
        total = new_total;
        version_++;
    }

    /// The region that holds the address, or null.
    const Region *find(uint64_t address) const { return region_at(regions_, address); }

    /// Whether a region begins before end and ends after start. (An empty interval inside a region meets it.)
    bool meets(uint64_t start, uint64_t end) const
    {
        const size_t at = first_ending_above(regions_, start);
        return at < regions_.size() && regions_[at].base < end;
    }

    /// Visit the gaps of [start, end) in order: visit(start, end, the region that ends it, or null if the interval
    /// does).
    template <typename Visit> void each_gap(uint64_t start, uint64_t end, Visit visit) const
    {
        for (size_t at = first_ending_above(regions_, start); at < count() && regions_[at].base < end; at++) {
            if (start < regions_[at].base)
                visit(start, regions_[at].base, &regions_[at]);
            start = end_of(regions_[at]);
        }
        if (start < end)
            visit(start, end, nullptr);
    }

    /// Assign attributes to [start, end). rule(region) gives those of the part of an old region, or of a gap when that
    /// is null; nothing for addresses that are not to be in the set. Regions from the one that ends at start to the one
    /// that begins at end are joined where they touch and are alike, unless told not to.
    template <typename Rule> void assign(uint64_t start, uint64_t end, Rule rule, bool join = true)
    {
        const auto put = [&](uint64_t from, uint64_t to, std::optional<Attributes> what) {
            if (from >= to || !what)
                return;
            total += to - from;
            if (join && !made_.empty() && end_of(made_.back()) == from && attributes_of(made_.back()) == *what)
                made_.back().size += to - from;
            else
                made_.push_back({from, to - from, what->flags, what->nid});
        };
        end = std::max(start, end); // an empty interval, however it is written
        const size_t first = first_ending_above(regions_, start - (start > 0)); // or ending at start
        size_t last = first;
        made_.clear();
        for (uint64_t done = start;; last++) {
            const bool more = last < count() && regions_[last].base <= end;
            put(done, more ? std::min(regions_[last].base, end) : end, rule(nullptr));
            if (!more)
                break;
            const Region &old = regions_[last];
            put(old.base, std::min(end_of(old), start), attributes_of(old));
            put(std::max(old.base, start), std::min(end_of(old), end), rule(&old));
            put(std::max(old.base, end), end_of(old), attributes_of(old));
            total -= old.size;
            done = std::max(done, end_of(old));
        }
        total &= top;
        replace(first, last);
        version_++;
    }

    /// Fill the gaps of the interval with these attributes; what is there already stays as it is.
    void fill(Interval at, Attributes with)
    {
        assign(at.start, at.end, [&](const Region *old) { return std::optional(old ? attributes_of(*old) : with); });
    }
    void remove(Interval at)
    {
        assign(at.start, at.end, [](const Region *) { return std::optional<Attributes>(); });
    }
    /// Change what is in the interval: change(attributes) gives the new ones.
    template <typename Change> void change(Interval at, Change change)
    {
        assign(at.start, at.end, [&](const Region *old) {
            return old ? std::optional<Attributes>(change(attributes_of(*old))) : std::nullopt;
        });
    }

    /// Each region goes unless keep(region), which may change it. The total loses what goes, but not what changes.
    template <typename Keep> void filter(Keep keep)
    {
        size_t kept = 0;
        for (size_t position = 0; position < count(); position++) {
            Region region = regions_[position];
            if (keep(region))
                regions_[kept++] = region;
            else
                total = (total - regions_[position].size) & top;
        }
        regions_.resize(kept);
        version_++;
    }

  private:
    /// Put what was made in the place of the regions from first up to last.
    void replace(size_t first, size_t last);

    uint64_t version_ = 1;
    std::vector<Region> regions_;
    std::vector<Region> made_; // only while assigning; kept for its memory
};

} // namespace mblab
