// SPDX-License-Identifier: GPL-2.0-or-later
// A boot as a trace: the calls that the log shows with the kernel's answers, and the silent ones that had to be
// inferred.
#pragma once

#include "apps/boot/log.hpp"
#include "apps/boot/log_dialect.hpp"
#include "apps/boot/snapshot.hpp"
#include "core/trace/trace.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace mblab {

/// What a step of the trace is to the log.
enum class StepKind : uint8_t {
    world,    // prepares the laboratory; no call of the kernel
    shown,    // a line of the log
    inferred, // not in the log
    dump,     // the log shows what it prints
    debugfs,  // the log shows what the file holds
    free_all, // the log shows at most its total
};

enum class Certainty : uint8_t {
    shown,     // something that the log shows does not follow without it
    customary, // what this kind of kernel does there; nothing in the log depends on it
    ambiguous, // another reading satisfies the log as well
};

struct StepNote {
    StepKind kind = StepKind::world;
    uint64_t line = 0; // of the log; for an inferred step the line that it comes before, 0 for the end
    /// That the log shows inside the call; nothing when calls that are lost may have filled the arrays.
    std::optional<uint64_t> doublings = 0;
    Snapshot snapshot; // of a dump or of debugfs
};

struct Inference {
    uint64_t line = 0; // the call is made before this line; 0: at the end
    std::string call;
    std::string evidence;
    Certainty certainty = Certainty::shown;
};

struct Replay {
    std::string log_name, kernel;
    LogDialect spoken;
    Arch arch = Arch::unknown;
    Trace trace;                 // its variant is a name of variants.txt
    std::vector<StepNote> notes; // one for each step
    std::vector<Inference> inferences;
    /// What the log cannot prove, or what could not be made sense of, a line each.
    std::vector<std::string> ambiguities;

    /// In what the variant is known to differ from the log's machine; empty where it stands for it.
    std::string stand_in;

    uint64_t lines = 0, memblock_lines = 0, unreadable = 0;
    /// Allocations, dumps and debugfs files that the log shows, and lines that may have been some.
    uint64_t to_check = 0;
    /// Lines are missing that no dump makes up for, at the start or later: a disagreement may come from what they did.
    bool incomplete = false;
    /// Allocations whose place is taken from the log because no arguments that lead there are known.
    uint64_t unchecked = 0;

    /// The "Memory:" line, in K: what the machine has, and what was not given to the buddy allocator by then.
    struct Totals {
        uint64_t line = 0, physical = 0, reserved = 0, cma = 0, highmem = 0;
        /// Given to the buddy allocator by others than memblock_free_all before the line was printed, as the log says;
        /// or managed by others from then on, as huge pages are.
        uint64_t freed_before = 0;
        /// Huge pages whose reservation does not say so: some kernels manage them by then, others do not yet.
        uint64_t huge = 0;
    };
    std::optional<Totals> totals;
};

/// Of a kernel that speaks so. Throws Error when the log has no line of memblock's.
Replay build_replay(const Log &log, const LogDialect &spoken);
/// The same, without any engine at hand.
Replay build_replay(const Log &log);

/// How many results of the log an engine that runs the replay is compared with.
uint64_t checks_of(const Replay &replay);

/// Throws Error when there are none: which lines could not be read, and why.
void require_checks(const Replay &replay, const Log &log);

} // namespace mblab
