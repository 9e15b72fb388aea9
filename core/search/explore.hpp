// SPDX-License-Identifier: GPL-2.0-or-later
// A world explored whole: breadth-first over its states, every call in every state, on all engines, with all laws.
#pragma once

#include "core/run/executor.hpp"
#include "core/search/explore_log.hpp"
#include "core/search/explore_world.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace mblab {

/// One of several independent jobs: each finds all states by the first engine alone, and makes the calls from its own
/// share of them on all engines.
struct Shard {
    uint64_t number = 1, of = 1;
};

struct ExploreOptions {
    std::string checkpoint; // a file; empty for none
    Shard shard;
    /// Where to stop; 0 for nowhere.
    uint64_t calls_max = 0, states_max = 0, seconds_max = 0;
    std::shared_ptr<const Explanation> explanation{};
    bool laws = true;   // checked on the first engine
    bool first = false; // stop at the first finding
};

/// What was met first in a world, with the shortest way there.
struct Met {
    std::string id; // of a known issue or a rule, or the signature of a finding
    Trace trace;
    std::optional<Finding> finding{}; // of the trace, run from the first moment of boot
};

struct Exploration {
    ExploreCounts counts, resumed; // of all, and what of it a checkpoint held
    uint32_t depth = 0;
    uint64_t bytes = 0;        // of the states
    std::vector<Met> findings; // one for each signature
    std::vector<Met> known;    // known issues, rules, and what cannot be loaded
    Statistics statistics;     // of the calls on all engines

    uint64_t left_on_queue() const { return counts.distinct - counts.done; }
    bool is_closed() const { return left_on_queue() == 0 && counts.not_loadable == 0; }
    /// That two different states were taken for one, if fingerprints are as good as random.
    double collision_chance() const;
};

/// Explore. Throws Error where an engine cannot be put into a state, or the checkpoint is of something else.
Exploration explore(const World &world, const std::vector<Engine *> &engines, const ExploreOptions &options = {});

/// The results of all shards of one exploration, which are closed, as one: out of their checkpoints. Throws Error where
/// one is missing, not closed, or of another exploration.
Exploration merge(const World &world, const std::vector<Engine *> &engines,
                  const std::vector<std::string> &checkpoints);

} // namespace mblab
