// SPDX-License-Identifier: GPL-2.0-or-later
// Looks for differences between two engines: one fuzzer process for each variant, watched from outside.
#pragma once

#include "core/run/executor.hpp"
#include "core/trace/trace.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace mblab {

/// The two engines of a variant.
struct EnginePair {
    std::string variant;
    std::string base, head;   // files
    std::string traits{};     // ids of those by which their outcomes differ or may differ, a blank between them
    std::vector<bool> told{}; // by trait: whether the variant can tell
    std::vector<WatchedBlock> watched{}; // in builds that count
};

struct SearchOptions {
    unsigned seconds = 60; // in all
    unsigned jobs = 1;     // processes at a time
    bool first = false;    // end with the first difference
    /// Which differences count, by what explains them; all where it is empty.
    std::function<bool(const std::string &cause)> counts{};
    uint64_t seed = 1;
    std::string work; // a folder for the fuzzer's files, which exists
};

/// An input that shows a difference, as the fuzzer found it.
struct FoundDifference {
    std::string signature; // as Finding::signature; empty for an input that an engine did not survive
    std::string variant;
    Trace trace;
    uint64_t inputs = 0; // that showed it
    std::string death{}; // where an engine did not survive it: how

    /// The trait or the field that explains it; empty for none.
    std::string cause() const;
};

/// What the search did and found.
struct SearchResult {
    uint64_t inputs = 0, ops = 0;
    std::vector<FoundDifference> differences;
    std::chrono::milliseconds processor{0}; // that the fuzzers took
};

/// The blocks of an engine's code: by offset in its file, whether some input reached it.
using Blocks = std::map<uint64_t, bool>;

/// Called a few times a second: seconds so far, inputs, ops, differences.
using Progress = std::function<void(unsigned seconds, uint64_t inputs, uint64_t ops, size_t differences)>;

/// Make the folder "seeds" of options.work, without which a search takes longer.
void make_seeds(const std::string &work);

/// Throws Error when the fuzzer (diff-engines, built by ci/build fuzz) is not to be found or does not start.
SearchResult search_differences(const std::vector<EnginePair> &pairs, const SearchOptions &options,
                                const Progress &progress);

/// What the inputs that a search kept do in other builds of a pair.
struct Covered {
    std::array<Blocks, 2> blocks;             // of its base, of its head
    std::vector<FoundDifference> differences; // whose last calls ran watched blocks
};
Covered run_again(const EnginePair &covered, const SearchOptions &options);

} // namespace mblab
