// SPDX-License-Identifier: GPL-2.0-or-later
// A set of addresses, each with attributes: all that the model knows of one kind of memory.
#pragma once

#include "core/state/outcome.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <vector>

namespace mblab::model_detail {

using Address = uint64_t;

constexpr Address end_of(const Region &stretch)
{
    return stretch.base + stretch.size;
}

/// What is true of an address besides that it is in the set.
struct Attributes {
    uint32_t flags;
    int32_t nid;

    bool operator==(const Attributes &) const = default;
};

constexpr Attributes attributes_of(const Region &stretch)
{
    return {stretch.flags, stretch.nid};
}

/// The set, as stretches in order of address: not empty, not overlapping, alike within. Touching stretches that are
/// alike are one, except where they were once cut: that stays until the set is painted there.
class AddressSet {
  public:
    /// What the kernel believes the size of the set to be. Wraps as its addresses do.
    Address total = 0;
    /// The highest address of the variant.
    Address top = ~Address(0);

    /// Another number after every change; never 0.
    uint64_t version() const { return version_; }
    bool empty() const { return stretches_.empty(); }
    size_t count() const { return stretches_.size(); }
    const Region &operator[](size_t position) const { return stretches_[position]; }
    const std::vector<Region> &stretches() const { return stretches_; }

    void clear()
    {
        stretches_.clear();
        total = 0;
        version_++;
    }

    /// The stretch that holds the address, or null.
    const Region *find(Address address) const
    {
        const auto at = first_ending_after(address);
        return at != stretches_.end() && at->base <= address ? &*at : nullptr;
    }

    /// Whether a stretch begins before end and ends after start. (An empty range inside a stretch meets it.)
    bool meets(Address start, Address end) const
    {
        const auto at = first_ending_after(start);
        return at != stretches_.end() && at->base < end;
    }

    /// Visit the holes of [start, end) in order: visit(start, end, the stretch that ends it, or null if the range
    /// does).
    template <typename Visit> void each_hole(Address start, Address end, Visit visit) const
    {
        for (auto at = first_ending_after(start); at != stretches_.end() && at->base < end; at++) {
            if (start < at->base)
                visit(start, at->base, &*at);
            start = end_of(*at);
        }
        if (start < end)
            visit(start, end, nullptr);
    }

    /// Say anew what is true of [start, end). rule(stretch) gives the attributes of the part of an old stretch, or of
    /// a hole when that is null; nothing for addresses that are not to be in the set. Stretches from the one that
    /// ends at start to the one that begins at end are joined where they touch and are alike; unless told not to.
    template <typename Rule> void paint(Address start, Address end, Rule rule, bool join = true)
    {
        const auto put = [&](Address from, Address to, std::optional<Attributes> what) {
            if (from >= to || !what)
                return;
            total += to - from;
            if (join && !painted_.empty() && end_of(painted_.back()) == from && attributes_of(painted_.back()) == *what)
                painted_.back().size += to - from;
            else
                painted_.push_back({from, to - from, what->flags, what->nid});
        };
        const auto first = first_ending_after(start - (start > 0)); // or ending at start
        auto last = first;
        painted_.clear();
        for (Address done = start;; last++) {
            const bool more = last != stretches_.end() && last->base <= end;
            put(done, more ? std::min(last->base, end) : end, rule(nullptr));
            if (!more)
                break;
            put(last->base, std::min(end_of(*last), start), attributes_of(*last));
            put(std::max(last->base, start), std::min(end_of(*last), end), rule(&*last));
            put(std::max(last->base, end), end_of(*last), attributes_of(*last));
            total -= last->size;
            done = std::max(done, end_of(*last));
        }
        total &= top;
        replace(first - stretches_.begin(), last - first);
        version_++;
    }

    /// Each stretch goes unless keep(stretch), which may change it. The total loses what goes, but not what changes.
    template <typename Keep> void sift(Keep keep)
    {
        size_t kept = 0;
        for (size_t position = 0; position < count(); position++) {
            Region stretch = stretches_[position];
            if (keep(stretch))
                stretches_[kept++] = stretch;
            else
                total = (total - stretches_[position].size) & top;
        }
        stretches_.resize(kept);
        version_++;
    }

  private:
    std::vector<Region>::const_iterator first_ending_after(Address address) const
    {
        return std::partition_point(stretches_.begin(), stretches_.end(),
                                    [=](const Region &stretch) { return end_of(stretch) <= address; });
    }

    /// Put what was painted in the place of so many stretches.
    void replace(std::ptrdiff_t first, std::ptrdiff_t old)
    {
        const std::ptrdiff_t both = std::min(old, static_cast<std::ptrdiff_t>(painted_.size()));
        const auto rest = std::copy_n(painted_.begin(), both, stretches_.begin() + first);
        const auto end = stretches_.erase(rest, rest + (old - both));
        stretches_.insert(end, painted_.begin() + both, painted_.end());
    }

    uint64_t version_ = 1;
    std::vector<Region> stretches_;
    std::vector<Region> painted_; // only while painting; kept for its memory
};

} // namespace mblab::model_detail
