// SPDX-License-Identifier: GPL-2.0-or-later
// What is measured: calls that leave the state as they found it, at an exact number of regions.
#pragma once

#include "bare_engine.hpp"

#include <cstdint>
#include <string_view>
#include <vector>

namespace mblab::bench {

/// A name, and the calls of one round.
struct Workload {
    std::string_view name;
    std::vector<Op> calls;
};

/// The calls that bring an engine from the first moment of boot to so many memory regions, and a few less reserved.
std::vector<Op> layout(uint64_t regions);

/// The workloads for a layout of so many regions. Each round ends in the state in which it began.
std::vector<Workload> workloads(uint64_t regions);

/// Lookups all over the regions, half of them in one, in no order that a processor could learn: a question about always
/// the same place measures how well it has learnt the way there. They are not among workloads(), where 512 cheap calls
/// would outweigh all others.
std::vector<Workload> many_places(uint64_t regions);

/// Adds so many reserved regions, one by one, from the first moment of boot: every array on the way is outgrown.
std::vector<Op> doublings(uint64_t regions);

/// Throws Error unless there are so many regions before and after rounds of the workload.
void expect_steady(BareEngine &engine, const Workload &workload, uint64_t regions);

} // namespace mblab::bench
