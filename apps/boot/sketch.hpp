// SPDX-License-Identifier: GPL-2.0-or-later
// The layout as a log tells it, call by call: what the replay builder believes of the kernel's memory while it reads.
#pragma once

#include "core/state/region_set.hpp"
#include "core/trace/trace.hpp"

#include <cstdint>
#include <optional>

namespace mblab::boot {

using Range = Interval;

/// The node of a region that was never given one, and of one that was given NUMA_NO_NODE. Dumps show neither.
inline constexpr int32_t nid_unset = INT32_MAX;
inline constexpr int32_t nid_none = -1;

/// Whether a dump prints "on node" for it.
inline bool is_node(int32_t nid)
{
    return nid >= 0 && nid != nid_unset;
}

/// [start, start + size), cut at the end of the address space as memblock cuts it.
Range range_at(uint64_t start, uint64_t size);

/// Where an allocation may look.
struct Request {
    uint64_t size = 0, align = 1, start = 0, end = 0;
    int32_t nid = nid_none;
    bool exact = false;
    bool from_zero_too = false; // the virtual allocators look below start when nothing is above it
    bool capped = false;        // and never above the current limit
};

/// What an allocation op asks for; nothing when the op allocates nothing.
std::optional<Request> request_of(const Op &op);

struct Sketch {
    RegionSet memory, reserved;
    uint64_t memory_size = 0; // as memblock counts it, which trimming does not lower
    uint64_t limit = UINT64_MAX;
    bool bottom_up = false;
    bool movable_node = false;
    bool mirrored_kernelcore = false;

    /// What an op does to it. Ops that change no layout, and allocations, do nothing.
    void apply(const Op &op);

    /// Where memblock would put a request; 0 when it would find nothing.
    uint64_t place(const Request &request) const;

    bool is_free(Range range) const;
    /// The free range that place is in, without what is on the other side of the range but.
    Range hole_around(uint64_t place, Range but) const;
    uint64_t reserved_size() const { return total_size(reserved.regions()); }
    uint64_t end_of_memory() const;

  private:
    std::optional<uint64_t> find(const Request &request, uint64_t start, uint64_t end, int32_t nid,
                                 bool mirrored) const;
    template <typename Visit> bool each_free(bool up, int32_t nid, bool mirrored, Visit visit) const;
    bool skips(const Region &region, int32_t nid, bool mirrored) const;
    void trim(uint64_t align);
    void cap(Range range);
    uint64_t end_of_first(uint64_t size) const;
};

} // namespace mblab::boot
