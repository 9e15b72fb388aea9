// SPDX-License-Identifier: GPL-2.0-or-later
// Traces that checks for a tree's own suite are made of.
#pragma once

#include "core/engine/engine.hpp"
#include "core/trace/trace.hpp"

#include <vector>

namespace mblab::mutate {

/// One call of each kind of op, in a small memory of which a part is reserved, and in one that is mirrored in part.
std::vector<Trace> plain_calls();

/// The suite's arrays have 128 entries. Of a trace that fills smaller ones in a variant, and lets them grow, those that
/// fill the greater before, so that there they do the same; none of other traces.
std::vector<Trace> filled_up(const Trace &trace, Engine &engine);

} // namespace mblab::mutate
