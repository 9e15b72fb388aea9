// SPDX-License-Identifier: GPL-2.0-or-later
// When the lab does not make a call, or ends a trace: each case is data, with an id and a reason.
#pragma once

#include "core/op/op.hpp"
#include "core/state/outcome.hpp"
#include "core/state/variant.hpp"

#include <cstdint>
#include <span>
#include <string_view>

namespace mblab {

/// Why a call is not made, or why nothing can be said after one.
struct Rule {
    std::string_view id;
    std::string_view why;
};

/// All rules, for tables; a Rule pointer that Rules gives out points in here.
std::span<const Rule> all_rules();

/// Remembers of a trace what the rules depend on. The state is that of the engine all others are compared with.
class Rules {
  public:
    explicit Rules(const Variant &variant) : variant_(variant) {}

    void reset() { discarded_ = false; }

    /// The rule that keeps this call from being made in this state; null when it may be.
    const Rule *refuses(const Op &op, const mblab_state &before) const;

    /// The rule that ends the trace after this call; null when it may go on.
    const Rule *ends_after(const Op &op, const Outcome &outcome);

    /// The rule by which an engine's arrays are no longer what they say, so that outcomes mean nothing from this call
    /// on; null when they are sound.
    const Rule *corrupted(const Outcome &outcome) const;

  private:
    Variant variant_;
    bool discarded_ = false;
};

} // namespace mblab
