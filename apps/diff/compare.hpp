// SPDX-License-Identifier: GPL-2.0-or-later
// Two sides compared in every way that the lab has.
#pragma once

#include "apps/diff/report.hpp"
#include "core/run/side.hpp"

#include <string>
#include <thread>
#include <vector>

namespace mblab {

struct CompareOptions {
    std::vector<std::string> variants = {"numa-4", "uma-4"};
    unsigned seconds = 60, jobs = std::thread::hardware_concurrency();
    uint64_t seed = 1;
    bool first = false, quiet = false, unexplained = false;
    std::vector<std::string> expected; // traits, fields and functions that are meant to differ
    bool boots = false;                // replay those of corpus/, too
    bool asks_more = false;            // about traits and lines, in more variants than those
};

/// Both engines of each variant, built two at a time.
std::vector<EnginePair> build_engines(const Side &base, const Side &head, const std::vector<std::string> &variants);

/// An engine that nobody can open is a difference, and the only one that can be seen.
std::vector<Change> changes_of_opening(const std::vector<EnginePair> &pairs, const std::vector<Introductions> &asked);

/// Throws Error for what the user can mend.
Comparison compare(const Side &base, const Side &head, const CompareOptions &options);

/// Nothing was found, and not all was looked at.
inline constexpr int status_incomplete = 3;

/// The exit status that the comparison comes to: 0, 1, or 3 where nothing was found and not all was looked at.
int status_of(const Comparison &comparison);

} // namespace mblab
