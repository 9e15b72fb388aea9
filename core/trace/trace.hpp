// SPDX-License-Identifier: GPL-2.0-or-later
// A trace: a list of ops, run from the first moment of boot. The text form is for people, the binary form for fuzzers.
#pragma once

#include "core/op/op.hpp"
#include "core/state/difference.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace mblab {

/// What a step is expected to give: its first result, when the trace says so ("= value").
struct Step {
    Op op{};
    std::optional<uint64_t> expected{};
};

struct Trace {
    /// Options of the variant that the trace is meant for, as build-engine takes them; empty when any will do.
    std::string variant{};
    std::vector<Step> steps{};
    /// The engines that it is about, as mblab run takes them; empty when any will do.
    std::vector<std::string> engines{};

    void add(const Op &op) { steps.push_back({op, std::nullopt}); }
};

/// Longest trace that normalize keeps, in ops, where input comes from a fuzzer.
inline constexpr size_t fuzz_steps_max = 512;

// ---- text (docs/trace-format.md) ----

/// A comment in the text form, without its # and a blank.
struct Comment {
    /// In the head: before the variant and all steps. Else on a line of its own before a step, or behind it on its
    /// line.
    enum class Place : uint8_t { head, before, behind } place;
    size_t step;
    std::string text;
};

/// Read the text form, and its comments where they are wanted. Throws Error: "file:line: what was expected".
Trace parse_trace(std::string_view text, std::string_view file_name, std::vector<Comment> *comments = nullptr);

/// The text form: what parse_trace reads back to the same trace.
std::string print_trace(const Trace &trace);

/// One step in the text form: memblock_add(0x0, 0x100000) = 0.
std::string print_step(const Step &step);

/// One op in the text form: memblock_add(0x0, 0x100000).
std::string print_op(const Op &op);

/// One number in the text form of its kind: 0x1000, NUMA_NO_NODE, MEMBLOCK_HOTPLUG|MEMBLOCK_NOMAP, reserved, -ENOMEM...
std::string print_value(ParameterKind kind, uint64_t value);

/// What the op did as text, several lines, as findings show it: how the call ended, its results, effects, state.
/// max_nodes is the variant's, where MAX_NUMNODES is to be known by it.
std::string describe(uint16_t kind, const Outcome &outcome, uint32_t max_nodes = 0);
/// The first line of it: how the call ended, and its results.
std::string describe_result(uint16_t kind, const mblab_result &result, uint32_t max_nodes = 0);

/// In what outcomes of this kind of op differ: one line for people.
std::string print_difference(uint16_t kind, const Difference &difference, uint32_t max_nodes = 0);

// ---- binary ----

/// Any bytes are a trace: decoding is total. The result is normalized.
Trace decode_trace(std::span<const uint8_t> bytes);

/// Bytes that decode to the same ops (expectations are not kept).
std::vector<uint8_t> encode_trace(const Trace &trace);

/// Make any list of ops one that every engine can be given: text is printable and ended, booleans are 0 or 1, types
/// exist, unused arguments are 0. Idempotent; leaves a normalized trace alone.
void normalize(Trace &trace);
void normalize(Op &op);

} // namespace mblab
