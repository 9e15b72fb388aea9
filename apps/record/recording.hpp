// SPDX-License-Identifier: GPL-2.0-or-later
// What was seen of a boot, as data. (A record, on the other hand, is a line of a kernel's log: apps/boot.)
#pragma once

#include "apps/record/entry_points.hpp"
#include "core/trace/trace.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace mblab::recording {

struct RecordingCounts {
    uint64_t calls = 0;       // outermost calls, each a step
    uint64_t results = 0;     // of them, those with a result that a replay is held against
    uint64_t nested = 0;      // calls that memblock made of itself: no step
    uint64_t unrecorded = 0;  // outermost calls that no op can express; each is a remark
    uint64_t corrections = 0; // calls that were not seen but whose effect was
    uint64_t checks = 0;      // regions and sizes read from memory, as queries
    uint64_t doublings = 0;
};

/// How a recording was made.
struct Origin {
    std::string command;      // mblab's, without the folders of this machine
    std::string version;      // of the kernel, as its console says it
    std::string architecture; // as Machine::name
    std::string image;        // its fingerprint
};

struct Remark {
    size_t step; // which it stands before
    std::string text;
};

struct Recording {
    Origin origin;
    int32_t max_nodes = 0; // MAX_NUMNODES of the kernel; 0 for one without nodes
    RecordingCounts counts;
    bool reached_init = false;
    /// Why the recording stops before the init process; empty when that was reached.
    std::string cut_short;
    std::vector<Skipped> skipped;
    std::map<std::string, uint64_t> calls_by_function;
    Trace trace;
    std::vector<std::string> notes; // one a step: the caller, or where it was seen
    std::vector<Remark> remarks;
};

/// The text form of its trace, with all the rest as comments.
std::string print_recording(const Recording &recording);

} // namespace mblab::recording
