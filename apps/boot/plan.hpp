// SPDX-License-Identifier: GPL-2.0-or-later
// What the replay builder has decided about the silent calls of a log, and the walk that tests it.
#pragma once

#include "apps/boot/items.hpp"
#include "apps/boot/replay.hpp"
#include "apps/boot/simulation.hpp"

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace mblab::boot {

/// A silent call, and why it is believed to have been made.
struct Inserted {
    Op op;
    std::string evidence;
    Certainty certainty = Certainty::shown;
};

/// The call of an allocation that cannot be taken as the log shows it: when only what it got is shown, or when what its
/// place depends on is not.
struct Direct {
    Op op;
    bool turns_up = false; // the search is turned upwards for this call
    std::string evidence;
    Certainty certainty = Certainty::shown;
    bool checked = true; // the arguments lead to the place; else the place is the argument
};

/// Decisions by the index of the item that they come before.
struct Plan {
    std::map<size_t, std::vector<Inserted>> before;
    std::map<size_t, Direct> direct;
    std::set<size_t> disputed;   // items that nothing explains
    std::set<size_t> unanswered; // allocations whose answer the log lost
    std::set<size_t> nodes_set;  // items before which the nodes have been dealt with
    std::set<size_t> nodes_open; // items from which on nodes are being set up, though no line says so

    void insert(size_t item, const Op &op, std::string evidence, Certainty certainty = Certainty::shown)
    {
        before[item].push_back({op, std::move(evidence), certainty});
    }
};

enum class ConflictKind : uint8_t {
    place,      // an allocation went elsewhere than the simulation says
    unanswered, // an allocation without an answer, which the simulation says can be met
    direct,     // an allocation whose call is not known yet
    nodes,      // nodes have been set up by here
    snapshot,   // the simulation is not what a dump shows
};

struct Conflict {
    ConflictKind kind;
    size_t item;
};

/// Where one part of a snapshot and of a simulation differ.
enum class Part : uint8_t { memory_cover, reserved_cover, nodes, flags, memory_size, count };
bool agrees(const Simulation &simulation, const Snapshot &snapshot, Part part);
bool agrees(const Simulation &simulation, const Snapshot &snapshot);

/// The call whose arguments are its place: for what cannot be checked.
Direct pinned(const Item &item, std::string why);

/// The call that an item shows.
Op op_of(const Item &item);

/// Follows the items with a plan, up to the first conflict or to the item stop. The simulation is then as it was before
/// that item.
std::optional<Conflict> walk(const std::vector<Item> &items, const Plan &plan, size_t stop, Simulation &simulation);

/// The same, not stopped by conflicts: each item does to the simulation what the log says.
void walk_on(const std::vector<Item> &items, const Plan &plan, size_t stop, Simulation &simulation);

} // namespace mblab::boot
