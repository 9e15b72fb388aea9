// SPDX-License-Identifier: GPL-2.0-or-later
// Makes a trace smaller while it still shows something: fewer ops first, then simpler numbers.
#pragma once

#include "core/trace/trace.hpp"

#include <functional>

namespace mblab {

/// Whether a trace still shows what it is kept for. Must be the same for the same trace.
using Shows = std::function<bool(const Trace &)>;

/// How many traces to ask about at most. Whoever has less time answers no once it is over.
inline constexpr size_t many_questions = 20000;

/// The smallest trace found: no single op of it can be left out, and no number be replaced by a simpler one. Returns
/// the trace unchanged when it does not show anything to begin with. Asks about at most `questions` traces.
Trace minimize(Trace trace, const Shows &shows, size_t questions = many_questions);

} // namespace mblab
