// SPDX-License-Identifier: GPL-2.0-or-later
// Worlds explored in a child process, by engines that may not survive it.
#pragma once

#include "core/run/process.hpp"
#include "core/search/explore.hpp"

#include <functional>
#include <string>
#include <vector>

namespace mblab {

/// What one world came to.
struct WorldSeen {
    std::string name;
    bool is_closed = false;
    uint64_t calls = 0;
    struct Shown {
        std::string signature; // as Finding::signature
        Trace trace;
    };
    std::vector<Shown> findings{}; // each signature once, with the shortest trace
    std::string error{};           // why it was not explored: its first calls are a finding, or a state is not loaded
    std::string death{};           // how the child died in it, and the calls that led there
    Trace death_trace{};

    /// What was first noticed, in a line; empty where nothing was.
    std::string how() const
    {
        return !death.empty() ? death : !error.empty() || findings.empty() ? error : findings.front().signature;
    }
};

struct WorldsSeen {
    std::vector<WorldSeen> all; // those that were begun, in their order; a death ends them
    std::chrono::milliseconds processor{0};
};

/// Explore them one after another, each as far as the options say, and all for so long at most; a call that takes
/// longer than its limit is a death. open: the engines of a world, called in the child. options.first: a finding or an
/// error is the end.
WorldsSeen explore_apart(const std::vector<const World *> &worlds,
                         const std::function<std::vector<Engine *>(const World &)> &open, ExploreOptions options,
                         std::chrono::seconds limit, std::chrono::milliseconds call_limit);

} // namespace mblab
