// SPDX-License-Identifier: GPL-2.0-or-later
// A log as a list of calls: each with its answer and with the doublings that it caused.
#pragma once

#include "apps/boot/log.hpp"
#include "apps/boot/snapshot.hpp"
#include "core/op/typed.hpp"
#include "core/state/flags.hpp"
#include "core/state/region_set.hpp"

#include <algorithm>
#include <optional>
#include <vector>

namespace mblab::boot {

/// The node of a region that was never given one, and of one that was given NUMA_NO_NODE. Dumps show neither.
inline constexpr int32_t nid_unset = INT32_MAX;
inline constexpr int32_t nid_none = -1;

/// Whether a dump prints "on node" for it.
inline bool is_node(int32_t nid)
{
    return nid >= 0 && nid != nid_unset;
}

/// [start, start + size), cut at the end of the address space as memblock cuts it.
inline Interval range_at(uint64_t start, uint64_t size)
{
    return {start, start + std::min(size, UINT64_MAX - start)};
}

/// The flags of memory and of reserved regions that a call sets: where, and which.
struct FlagCall {
    uint32_t flag;
    mblab_type type;
    mblab_op_kind set;
    bool by_reserve = false; // a reservation is made with it
};
inline constexpr FlagCall flag_calls[] = {
    {flag_hotplug, MBLAB_TYPE_memory, MBLAB_OP_memblock_mark_hotplug},
    {flag_mirror, MBLAB_TYPE_memory, MBLAB_OP_memblock_mark_mirror},
    {flag_nomap, MBLAB_TYPE_memory, MBLAB_OP_memblock_mark_nomap},
    {flag_kho_scratch, MBLAB_TYPE_memory, MBLAB_OP_memblock_mark_kho_scratch},
    {flag_noinit, MBLAB_TYPE_reserved, MBLAB_OP_memblock_reserved_mark_noinit},
    {flag_kern, MBLAB_TYPE_reserved, MBLAB_OP_memblock_reserved_mark_kern, true},
};
/// The same, for the flags that a call takes away.
inline constexpr FlagCall clear_calls[] = {
    {flag_nomap, MBLAB_TYPE_memory, MBLAB_OP_memblock_clear_nomap},
    {flag_kho_scratch, MBLAB_TYPE_memory, MBLAB_OP_memblock_clear_kho_scratch},
};

/// Reserve with those of the flags that a reservation is made with.
inline Op reserve(Interval range, uint32_t flags = 0)
{
    constexpr uint32_t of_reservations = flag_kern | flag_hugetlb;
    if ((flags & of_reservations) == flag_kern)
        return ops::memblock_reserve_kern{range.start, range.size()};
    if (flags & of_reservations)
        return ops::__memblock_reserve{range.start, range.size(), nid_none, flags & of_reservations};
    return ops::memblock_reserve{range.start, range.size()};
}

inline Op set_node(Interval range, mblab_type type, int32_t nid)
{
    return ops::memblock_set_node{range.start, range.size(), type, nid};
}

enum class ItemKind : uint8_t {
    allocation, // a call that says what it asks for
    direct,     // an allocation of which the log shows only what it got
    change,
    discard,
    snapshot, // a dump, or one debugfs file
    lost,     // lines are missing here, as the log says or as what follows shows
    evidence,
};

struct Item {
    ItemKind kind = ItemKind::evidence;
    Event event; // the line of the call, or the evidence
    /// What an allocation got; nothing when the log does not show that it got anything.
    std::optional<Interval> answer;
    /// The node and flags that the answer was reserved with, where the log's kernel says so.
    std::optional<Attributes> reserved_as;
    /// New arrays that the call led to, in order, as they were reserved.
    std::vector<Interval> doublings;
    /// Arrays that were given back for those.
    std::vector<Interval> left_arrays;
    Snapshot snapshot;

    /// Whether the log's next line about memblock is missing or unreadable, or the log ends.
    bool followed_by_loss = false;
    /// Whether the kernel panicked for want of what this allocation asked for.
    bool panicked = false;

    Interval range() const { return range_at(event.start, event.size); }
    bool is_call(mblab_op_kind op) const { return kind == ItemKind::change && event.op == op; }
    bool reserves() const
    {
        return is_call(MBLAB_OP_memblock_reserve) || is_call(MBLAB_OP_memblock_reserve_kern) ||
               is_call(MBLAB_OP___memblock_reserve);
    }
    bool frees() const { return is_call(MBLAB_OP_memblock_phys_free) || is_call(MBLAB_OP_memblock_free); }
    bool adds_memory() const { return is_call(MBLAB_OP_memblock_add) || is_call(MBLAB_OP_memblock_add_node); }
    /// A dump with all its lines.
    bool is_dump() const { return kind == ItemKind::snapshot && snapshot.whole && snapshot.file == MBLAB_TYPE_none; }
};

std::vector<Item> group(const Log &log);

/// The memory that the firmware's map has, as the kernel changed it.
RegionSet firmware_memory(const Log &log);

/// Whether an evidence item tells of nodes being set up.
bool tells_of_nodes(const Item &item);

} // namespace mblab::boot
