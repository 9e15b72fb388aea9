// SPDX-License-Identifier: GPL-2.0-or-later
// A boot as what it asks of any allocator.
#pragma once

#include "apps/boot/story.hpp"
#include "core/state/region_set.hpp"
#include "core/trace/trace.hpp"

#include <string>
#include <vector>

namespace mblab::history {

enum class DemandKind : uint8_t {
    keep,  // this range is somebody's: firmware's, the kernel's, a device's
    block, // memory of a size
    back,  // what was got is given back, or a part of it
};

struct Demand {
    DemandKind kind{};
    size_t step = 0; // of the trace
    /// What is kept or given back, and where the kernel had the block: empty when it got none.
    Interval range;
    // ---- of a block ----
    uint64_t size = 0, align = 0;
    uint64_t goal = 0;  // the lowest address wanted
    uint64_t limit = 0; // the end of what can be used
    int32_t nid = -1;
    bool exact_nid = false;
    bool keeps_goal = false; // nothing below it will do
};

struct Boot {
    std::string name;
    std::string kernel; // empty when nothing says it
    view::Story story;  // its trace: up to the end of boot memory
    std::vector<Demand> demands;
    /// The memory at the end, without what may not be mapped, each range on its node.
    std::vector<Region> memory;

    const Trace &trace() const { return story.trace; }
    uint64_t memory_bytes() const { return total_size(memory); }
};

/// What a file tells as a boot, under the file's name. Throws Error.
Boot as_boot(const std::string &path, Told told);
/// The same, of a log or a recording.
Boot read_boot(const std::string &path);

} // namespace mblab::history
