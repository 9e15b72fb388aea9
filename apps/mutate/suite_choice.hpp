// SPDX-License-Identifier: GPL-2.0-or-later
// Which checks kill which mutants, and few of them that kill all that they can.
#pragma once

#include "apps/mutate/mutated_tree.hpp"
#include "apps/mutate/suite_folder.hpp"

#include <functional>
#include <set>
#include <string>
#include <vector>

namespace mblab::mutate {

struct Kills {
    std::vector<NamedCheck> checks;       // those that pass on the tree itself
    std::vector<std::string> failing;     // names of those that do not
    std::vector<std::set<size_t>> killed; // by check: mutants, by number
    std::set<size_t> reached;             // by any of them

    std::set<size_t> all() const;
};

/// Runs all checks against each of these mutants, in a suite that has no others, NUMA and UMA.
Kills kills_of(const MutatedTree &tree, std::vector<exporting::SuiteCheck> checks, const std::vector<size_t> &numbers,
               unsigned jobs, const std::function<void(size_t)> &progress);

/// Checks, by index in ascending order, that kill all that the checks kill: each time the one that kills most of what
/// is left, until there is none, or so many are chosen; of those that others make superfluous none. And one for each
/// function that has none, as far as there is room.
std::vector<size_t> choose(const Kills &kills, size_t most);

} // namespace mblab::mutate
