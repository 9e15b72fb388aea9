// SPDX-License-Identifier: GPL-2.0-or-later
// A trace played on one engine, kept as values: what the exported texts are written from.
#pragma once

#include "core/engine/engine.hpp"
#include "core/oracle/laws/laws.hpp"
#include "core/state/picture.hpp"
#include "core/state/state.hpp"
#include "core/trace/trace.hpp"

#include <optional>
#include <string>
#include <vector>

namespace mblab::exporting {

struct PlayedStep {
    Op op{};
    mblab_result result{};
    /// The rule by which the lab does not make this call (core/oracle/rules.cpp); the call was not made. Else empty.
    std::string_view refused_by;
    /// The memory that the call wrote to: zeroed blocks and moved arrays. Empty when none.
    Interval touched;
    /// Whether an array moved.
    bool moved_array = false;
    /// The laws that the call violates, by known issues or by none.
    std::vector<Violation> violations{};

    bool returned() const { return result.exit == MBLAB_RETURNED; }
};

struct Play {
    std::string engine, variant_name;
    Variant variant;
    std::vector<PlayedStep> steps;
    State before; // the last step; arrays, limit and direction
    State after;
    /// The outcome of the last step as `mblab run -v` shows it.
    std::string outcome;
    /// Why nothing can be said after the last step; empty when one could go on.
    std::string_view ended_by;
    /// Two arrays lie on one another after the last step: what they hold is no list of regions.
    bool corrupted = false;

    const PlayedStep &last() const { return steps.back(); }
    /// Both arrays before the last step and after it.
    std::string picture(size_t width = picture_width) const;
    /// All that was written to, from the lowest address to the highest.
    Interval touched() const;
};

/// Play the trace from the first moment of boot. Stops early where a rule ends a trace. Throws Error for an empty
/// trace.
Play play(const Trace &trace, Engine &engine, std::string_view variant_name);

/// The first step of which two engines' outcomes differ, and how; nothing when all are equal. Both are played again.
struct Divergence {
    size_t step;
    std::string what;
};
std::optional<Divergence> first_divergence(const Trace &trace, Engine &a, Engine &b);

} // namespace mblab::exporting
