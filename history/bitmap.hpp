// SPDX-License-Identifier: GPL-2.0-or-later
// A bit for each page of a span: set where the page is taken.
#pragma once

#include "history/pages.hpp"

#include <cstdint>
#include <vector>

namespace mblab::history {

class Bitmap {
  public:
    Bitmap() = default;
    /// All pages are taken, as are the bits behind the last in its word.
    explicit Bitmap(Interval span) : span_(span), words_(map_bytes(span.size()) / sizeof(uint64_t), ~uint64_t{0}) {}

    const Interval &span() const { return span_; }
    uint64_t bytes() const { return words_.size() * sizeof(uint64_t); }
    bool is_taken(uint64_t pfn) const { return word(pfn) >> bit(pfn) & 1; }
    void take(uint64_t pfn) { word(pfn) |= uint64_t{1} << bit(pfn); }
    void release(uint64_t pfn) { word(pfn) &= ~(uint64_t{1} << bit(pfn)); }
    /// Every bit of these bytes of the map is cleared: somebody zeroed the memory that it lies in.
    void overwrite(uint64_t first_byte, uint64_t end_byte);

    /// The first page of [from, end) that is free, or taken; end when none is.
    uint64_t next_free(uint64_t from, uint64_t end) const { return next(from, end, 0); }
    uint64_t next_taken(uint64_t from, uint64_t end) const { return next(from, end, ~uint64_t{0}); }

    /// Call see(run) for each run of pages that are taken.
    template <typename See> void each_taken(See see) const
    {
        for (uint64_t at = next_taken(span_.start, span_.end); at < span_.end;) {
            const uint64_t end = next_free(at, span_.end);
            see(Interval{at, end});
            at = next_taken(end, span_.end);
        }
    }

  private:
    uint64_t word(uint64_t pfn) const { return words_[(pfn - span_.start) / bits_per_word]; }
    uint64_t &word(uint64_t pfn) { return words_[(pfn - span_.start) / bits_per_word]; }
    uint64_t bit(uint64_t pfn) const { return (pfn - span_.start) % bits_per_word; }
    /// The first page whose bit is that of the word wanted, which has all bits alike.
    uint64_t next(uint64_t from, uint64_t end, uint64_t wanted) const;

    Interval span_;
    std::vector<uint64_t> words_;
};

} // namespace mblab::history
