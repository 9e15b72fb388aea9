// SPDX-License-Identifier: GPL-2.0-or-later
// Arrays as a dump or a debugfs file of a log shows them.
#pragma once

#include "core/state/outcome.hpp"

#include <string>
#include <vector>

namespace mblab {

struct Snapshot {
    uint64_t line = 0;
    mblab_type file = MBLAB_TYPE_none; // of debugfs; none for a dump
    bool whole = false;                // no line of it is missing
    bool has_nodes = false;            // it says nodes and flags
    bool has_empty_region = false;     // kernels before 6.12 keep one region of no size in an array that is empty
    uint64_t memory_size = 0, reserved_size = 0;
    std::vector<Region> regions[3]; // by type; nid is -1 where none is printed

    /// Whether it is of the array.
    bool shows(mblab_type type) const { return file == MBLAB_TYPE_none || file == type; }
};

/// One region as a dump prints it, less the timestamp and the blank before it.
std::string dump_line(mblab_type type, uint64_t index, const Region &region);

} // namespace mblab
