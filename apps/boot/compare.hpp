// SPDX-License-Identifier: GPL-2.0-or-later
// Runs a replay on an engine and counts where it agrees with the kernel that wrote the log.
#pragma once

#include "apps/boot/replay.hpp"
#include "core/engine/engine.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace mblab {

/// How many of what, and how many of them came out as in the log.
struct Score {
    uint64_t total = 0, equal = 0;

    void count(bool is_equal)
    {
        total++;
        equal += is_equal;
    }
    bool perfect() const { return total == equal; }
};

struct BootReport {
    std::string engine;
    /// Whether the engine speaks the dialect of the log's kernel; of one that does not only places are compared.
    bool speaks_as_log = true;
    Score allocations;    // placed where the kernel placed them; a failure must fail
    Score dumps, debugfs; // line for line
    Score doublings;      // in the same call
    /// Pages given to the buddy allocator by memblock_free_all, checked page by page; and the K that the log says.
    uint64_t buddy_pages = 0;
    bool buddy_ran = false;
    std::string buddy_trouble; // what is wrong with the pages, or with their sum; empty when nothing is
    /// The first disagreement, explained, several lines; empty when there is none.
    std::string disagreement;
    uint64_t disagreements = 0;
    /// What the log and the engine say of the sum, in K; empty when the log says nothing.
    std::string totals;

    uint64_t to_check = 0; // what the log shows, and lines that may have been some

    uint64_t checked() const { return allocations.total + dumps.total + debugfs.total; }
    bool agrees() const { return disagreements == 0; }
};

/// Run the replay from the first moment of boot.
BootReport compare_boot(const Replay &replay, Engine &engine);

} // namespace mblab
