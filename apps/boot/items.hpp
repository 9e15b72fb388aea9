// SPDX-License-Identifier: GPL-2.0-or-later
// A log as a list of calls: each with its answer and with the doublings that it caused.
#pragma once

#include "apps/boot/log.hpp"
#include "apps/boot/sketch.hpp"

#include <optional>
#include <vector>

namespace mblab::boot {

enum class ItemKind : uint8_t {
    allocation, // a call that says what it asks for
    direct,     // an allocation of which the log shows only what it got
    change,
    discard,
    snapshot, // a dump, or one debugfs file
    lost,     // lines are missing here, as the log says or as what follows shows
    evidence,
};

/// Arrays as a dump or debugfs shows them.
struct Snapshot {
    uint64_t line = 0;
    mblab_type file = MBLAB_TYPE_none; // of debugfs; none for a dump
    bool whole = false;                // no line of it is missing
    bool has_nodes = false;            // its lines say of each region which node it is on
    uint64_t memory_size = 0, reserved_size = 0;
    std::vector<Region> regions[3]; // nid is nid_none where none is printed
    std::vector<std::string> lines;
};

struct Item {
    ItemKind kind = ItemKind::evidence;
    Event event; // the line of the call, or the evidence
    /// What an allocation got; nothing when the log does not show that it got anything.
    std::optional<Range> answer;
    /// New arrays that the call led to, in order, as they were reserved.
    std::vector<Range> doublings;
    Snapshot snapshot;

    /// Whether the log's next line about memblock is missing or unreadable, or the log ends.
    bool followed_by_loss = false;
};

std::vector<Item> group(const Log &log);

/// Whether an evidence item tells of nodes being set up.
bool tells_of_nodes(const Item &item);

} // namespace mblab::boot
