// SPDX-License-Identifier: GPL-2.0-or-later
// Before the search: kept traces and small worlds, in which most changes show within milliseconds.
#pragma once

#include "apps/diff/search.hpp"

#include <chrono>

namespace mblab {

/// The files of corpus/regressions and corpus/seeds, in one order.
std::vector<std::string> kept_traces();

/// Run all kept traces on each pair; what they show is added to what was found. first: up to a difference.
void try_traces(const std::vector<EnginePair> &pairs, bool first, SearchResult &out);

/// Explore the worlds of corpus/worlds (docs/closed-worlds.md) that are of the variant of one of the pairs: first a
/// little of each, then more, for so long at most. What they show is added to what was found; first: up to a
/// difference. Returns how many were closed without one.
unsigned try_worlds(const std::vector<EnginePair> &pairs, std::chrono::milliseconds limit, bool first,
                    SearchResult &out);

/// The variants of all worlds.
std::vector<std::string> variants_of_worlds();

} // namespace mblab
