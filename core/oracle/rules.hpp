// SPDX-License-Identifier: GPL-2.0-or-later
// When the lab does not make a call, or ends a trace: each case is data, with an id and a reason.
#pragma once

#include "core/op/op.hpp"
#include "core/state/outcome.hpp"
#include "core/state/state.hpp"

#include <span>
#include <string_view>

namespace mblab {

/// What follows from a rule.
enum class RuleKind : uint8_t {
    not_made,  // the call is not made in this state
    corrupted, // an engine's arrays are no longer what they say: outcomes mean nothing from this call on
    ends,      // the trace ends after this call
};

struct Rule {
    std::string_view id;
    std::string_view reason;
    RuleKind kind;
    /// Whether this is that case. The outcome is the call's, which for not_made is not made yet.
    bool (*applies)(const State &before, const Op &op, const Outcome &outcome);
    /// Whether the call that ends the trace was not checked itself.
    bool ends_unchecked = false;
};

/// All rules, for tables; a Rule pointer that the functions below return points in here.
std::span<const Rule> all_rules();

/// The rule that keeps this call from being made in this state; null when it may be.
const Rule *refuses(const State &before, const Op &op);

/// The rule by which the call has corrupted the arrays of the engine; null when they are sound.
const Rule *corrupted(const State &before, const Op &op, const Outcome &outcome);

/// The rule that ends the trace after this call; null when it may go on.
const Rule *ends_after(const State &before, const Op &op, const Outcome &outcome);

} // namespace mblab
