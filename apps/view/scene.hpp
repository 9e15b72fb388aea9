// SPDX-License-Identifier: GPL-2.0-or-later
// A chapter as the data that page/*.js draws: bounds, where they lie, and of each call what it changed.
#pragma once

#include "apps/view/player.hpp"
#include "apps/view/view.hpp"

#include <nlohmann/json.hpp>

#include <set>

namespace mblab::view {

using Json = nlohmann::json;

/// What makes one list of regions of another: so many of the first give way, from a place on, to others.
struct Splice {
    size_t at = 0, removed = 0;
    std::vector<Region> inserted;

    bool empty() const { return !removed && inserted.empty(); }
};
Splice splice(Regions before, Regions after);

/// The data of a chapter. Adds to counts.
Json scene(const Chapter &chapter, Counts &counts);

/// A search for room, as data: what was asked for, which free ranges were passed over, each with the reason. Its
/// addresses are added to bounds.
Json search_data(const Search &search, const State &before, std::set<uint64_t> &bounds);

/// A number of 64 bits, which JavaScript's own cannot hold.
std::string hex(uint64_t number);

} // namespace mblab::view
