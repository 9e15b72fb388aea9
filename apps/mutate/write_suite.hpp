// SPDX-License-Identifier: GPL-2.0-or-later
// Checks for a tree's own tools/testing/memblock, out of the traces that kill its mutants.
#pragma once

#include "apps/mutate/mutated_tree.hpp"
#include "apps/mutate/results.hpp"

#include <functional>
#include <string>
#include <vector>

namespace mblab::mutate {

struct SuiteWish {
    std::string folder;
    std::vector<size_t> numbers; // of the mutants that are meant
    std::vector<Trace> kept;     // traces that are tried besides those that kill
    bool is_whole = true;        // all mutants are meant: each function gets a check
    unsigned jobs = 1;
    size_t checks_max = 150;
    std::function<void(size_t)> progress;
};

/// Writes the folder: memblock/ is the suite with the checks, outcomes.patch makes it of the tree's own, outcomes.txt
/// says what they kill and what not, and why. The tree is built. Returns what there is to say in a few lines. Throws
/// Error.
std::string write_suite(const MutatedTree &tree, const Results::All &results, const SuiteWish &wish);

} // namespace mblab::mutate
