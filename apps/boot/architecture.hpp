// SPDX-License-Identifier: GPL-2.0-or-later
// What is known of the silent calls of each architecture's early boot, as tables.
#pragma once

#include "apps/boot/replay.hpp"

#include <span>

namespace mblab::boot {

/// The current limit, once boot has begun.
enum class LimitHabit : uint8_t {
    unknown, // it may be anything: what is placed shows it
    mapped,  // raised to the end of what is mapped, some time after that is mapped
    none,    // there is none
};

/// What a kernel of an architecture does without a line of its own in the log.
struct Architecture {
    Arch arch;
    std::string_view name, variant; // of variants.txt, for a kernel with NUMA
    LimitHabit limit;
    std::string_view memory_setup;    // the caller of the lines that add all memory in one go; empty: there is none
    bool may_turn_search;             // the direction is set for good at some time
    bool nodes_turn_down;             // setting up nodes turns the search down again
    bool sets_nodes_silently = false; // a kernel with NUMA need not say so
    unsigned zero_page_order = 0; // pages that are kept for reading zeroes from, once boot has given all away; at most
};

const Architecture &architecture(Arch arch);

/// The architecture that the banner of a kernel names: by its compiler, or by the end of its release.
Arch architecture_named_in(std::string_view banner);

/// The variant that stands for the log's kernel, and in what it is known to differ: empty, or a sentence.
struct Choice {
    std::string_view variant;
    std::string remark;
};
Choice variant_of(const Log &log);

/// Whether the log is of a kernel without NUMA: it has come past the place where nodes are told of, and tells of none.
bool lacks_nodes(const Log &log);

/// A call that is made where the log shows its conditions, and only its conditions.
struct SilentCall {
    std::string_view parameter, value; // on the command line, where not empty
    std::string_view caller;           // of some line, where not empty
    bool at_caller;                    // made before the first such line; else at the start
    mblab_op_kind op;
    uint64_t argument;
    std::string_view evidence;
    Certainty certainty;
};

std::span<const SilentCall> silent_calls();

/// Whether the allocations of a caller may be searched for in the other direction, for that one call.
bool turns_search_for_one_call(std::string_view caller);

} // namespace mblab::boot
