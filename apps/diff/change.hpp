// SPDX-License-Identifier: GPL-2.0-or-later
// Semantic changes: differences made small, and those that are one put together.
#pragma once

#include "apps/diff/search.hpp"
#include "core/run/isolated.hpp"

#include <chrono>
#include <functional>

namespace mblab {

/// One behaviour that changed, with the shortest trace that shows it.
struct Change {
    std::string op;                    // the call whose outcomes differ
    std::string what;                  // one line: what differs, base / head
    std::string signature;             // as Finding::signature, or how an engine died
    std::string trait;                 // the id of the one that explains it; empty where none does
    std::string field;                 // of a trait: what of the outcomes it changes
    std::vector<std::string> variants; // in which it was seen
    Trace trace;
    uint64_t inputs = 0; // that showed it, over all variants
    std::string before;  // the state that the last op met, on the base
    /// What one side makes of the trace; empty when an engine did not survive.
    struct Shown {
        std::string outcome;   // of the last op
        std::string picture;   // both arrays before the last op and after it; empty where there is nothing to draw
        std::string judged;    // the law that it violates, or how it departs from the model of its own traits; or empty
        bool is_known = false; // and that is a known issue: what these traits mean
    } base, head;
    std::vector<std::string> through; // changed lines and branches that the last call ran
    std::vector<Trace> examples;      // which show the same through others of them

    /// The lines alone, in order: "HEAD mm/memblock.c:624-631, 640".
    std::string through_lines() const;

    /// What a trait explains, and yet is not what the head's own answers to the traits mean: the base keeps to its own.
    bool is_wrong() const
    {
        return base.judged.empty() && !head.judged.empty() && !head.is_known && !is_expected_field(trait);
    }
};

/// How far making differences small is: groups done, of how many.
using MinimizeProgress = std::function<void(size_t done, size_t all)>;

/// A trace on both engines of a pair, which are opened in a child.
IsolatedRun run_pair(const EnginePair &pair, const Trace &trace);

/// Make every difference small on its pair of engines, and put those together that are of one op and differ in the same
/// thing, or that one trait explains and are in the same field. After the deadline they stay as long as they are.
/// Sorted: the shortest trace first.
std::vector<Change> find_changes(const std::vector<EnginePair> &pairs, const SearchResult &found,
                                 std::chrono::steady_clock::time_point deadline, const MinimizeProgress &progress);

/// Note the watched blocks that the last calls of the changes ran, and add one change for each block of the pairs that
/// none of them ran: of the differences the plainest, made small.
void add_examples(std::vector<Change> &changes, const std::vector<EnginePair> &covered,
                  const std::vector<FoundDifference> &differences, std::chrono::steady_clock::time_point deadline);

} // namespace mblab
