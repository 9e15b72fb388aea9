// SPDX-License-Identifier: GPL-2.0-or-later
// What the lab notices of a mutant: closed worlds, kept traces, a search, each against the tree itself.
#pragma once

#include "apps/mutate/mutated_tree.hpp"
#include "apps/mutate/switch.hpp"
#include "core/search/explore_apart.hpp"
#include "core/state/dialect.hpp"
#include "core/trace/trace.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace mblab::mutate {

struct JudgeOptions {
    std::vector<World> worlds;
    std::vector<Trace> traces;      // that are kept: regressions and seeds, with their names as notes
    std::vector<std::string> names; // of the traces
    uint64_t calls = 100000;        // in a world, before the search
    unsigned search_seconds = 10;   // for all variants of a search
    unsigned proof_seconds = 60;    // to close the worlds that a survivor is reached in
    bool only_search = false;
    uint64_t seed = 1;
    std::string seeds; // a folder for the search
};

/// What a mutant can be reached in, and how far the unchanged code was explored there.
struct WorldReach {
    std::string world;
    uint64_t text = 0; // fingerprint of the world's
    uint64_t calls = 0;
    bool is_closed = false;
    std::set<size_t> mutants; // numbers, from 1
};

struct Judgement {
    size_t number = 0;  // of the mutant, from 1
    std::string by;     // what killed it: "world sets", "trace boot-numa.trace", "search numa-4"; empty of a survivor
    std::string how;    // as Finding::signature, or how the engine died
    uint64_t calls = 0; // of the shortest trace; 0 where there is none
    std::string trace;  // that shows it
    bool is_reached = false;
    std::vector<std::string> closed, open; // worlds that reach a survivor: seen whole without a difference, or in part
    uint64_t inputs = 0;                   // of the search
    std::chrono::milliseconds processor{0};

    bool is_killed() const { return !by.empty(); }
};

class Judge {
  public:
    /// Both must outlive it; the engines of the tree are built.
    Judge(const MutatedTree &tree, const JudgeOptions &options);

    /// The code with all mutants switched off, in one world: throws Error where it is not the tree's own.
    WorldReach reach_of(const World &world);
    /// worlds: what reach_of() said of all of them.
    Judgement judge(size_t number, const std::vector<WorldReach> &worlds);

  private:
    struct Engines;
    WorldsSeen explore_all(const std::vector<const World *> &worlds, uint64_t calls, std::chrono::seconds limit) const;
    bool in_worlds(Judgement &out, const std::vector<const World *> &worlds, uint64_t calls,
                   std::chrono::seconds limit);
    bool in_traces(Judgement &out);
    bool in_search(Judgement &out);

    const MutatedTree &tree_;
    const JudgeOptions &options_;
    std::map<std::string, Dialect> dialects_; // by variant
    Switch switch_;
};

} // namespace mblab::mutate
