// SPDX-License-Identifier: GPL-2.0-or-later
// How kernels are known to differ where it is no finding: each a row that makes such outcomes comparable again.
#pragma once

#include "core/state/outcome.hpp"

#include <span>
#include <string_view>

namespace mblab {

struct KnownDifference {
    std::string_view id;
    std::string_view why;        // one sentence
    std::string_view applies_to; // kernels, and what of an outcome
    /// The outcome in the form that both kernels share. Its spans stay those of the engine.
    Outcome (*canonical)(Outcome outcome);
};

std::span<const KnownDifference> known_differences();

/// The outcome in the form that all rows make.
Outcome canonical(Outcome outcome);

} // namespace mblab
