// SPDX-License-Identifier: GPL-2.0-or-later
// What an exploration says, as text and as an exit status.
#pragma once

#include "core/search/explore.hpp"

#include <nlohmann/json_fwd.hpp>

#include <string>
#include <vector>

namespace mblab {

/// Not closed within its budget.
inline constexpr int status_open = 3;

struct SummaryOptions {
    Shard shard{};
    double seconds = 0;  // that it took; 0 where nobody asks
    bool traces = false; // to the known issues that were met
};

/// What was closed: states, calls, what is left, what was met.
std::string summary(const World &world, const std::vector<Engine *> &engines, const Exploration &all,
                    const SummaryOptions &options = {});

/// The findings, or that there is none, or that it is not closed.
std::string verdict(const World &world, const Exploration &all, Shard shard = {});

/// The same as JSON: the counts, what was met, the findings.
nlohmann::ordered_json facts_of(const World &world, const std::vector<Engine *> &engines, const Exploration &all);

int status_of(const Exploration &all);

} // namespace mblab
