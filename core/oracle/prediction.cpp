// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/oracle/prediction.hpp"

#include "core/engine/fold.hpp"

namespace mblab {

void Prediction::load(const State &state)
{
    state_ = state;
    state_.dialect = engine_.dialect();
    model_.set_dialect(state_.dialect);
}

std::optional<Difference> Prediction::difference_of(const Op &op, const Outcome &outcome)
{
    if (!model_.has(op.kind))
        return std::nullopt;
    model_.load(state_);
    model_.follow(&outcome);
    return difference(model_.run(op), outcome, model_.predicted_effects() & engine_.predicted_effects());
}

void Prediction::fold(const Op &op, const Outcome &outcome)
{
    mblab::fold(state_, op, outcome);
}

} // namespace mblab
