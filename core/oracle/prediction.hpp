// SPDX-License-Identifier: GPL-2.0-or-later
// Whether a kernel does what its traits say: an outcome against the model in that kernel's dialect.
#pragma once

#include "core/oracle/model/model.hpp"
#include "core/state/difference.hpp"

#include <optional>

namespace mblab {

/// Keeps an engine's state, call by call.
class Prediction {
  public:
    explicit Prediction(const Engine &engine) : engine_(engine), model_(engine.variant()) {}

    /// From now on in the first moment of boot, or in this state.
    void reset() { load(State(engine_.variant())); }
    void load(const State &state);
    /// The first difference of the outcome from what is predicted; nothing where nothing is.
    std::optional<Difference> difference_of(const Op &op, const Outcome &outcome);
    /// Once for each call.
    void fold(const Op &op, const Outcome &outcome);

  private:
    const Engine &engine_;
    State state_;
    Model model_;
};

} // namespace mblab
