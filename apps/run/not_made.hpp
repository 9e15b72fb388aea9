// SPDX-License-Identifier: GPL-2.0-or-later
// What a run left out: nothing is dropped in silence.
#pragma once

#include "core/run/executor.hpp"

#include <string>

namespace mblab {

/// Known issues that the run met, as " (known issues: a, b)"; empty when none.
std::string known_issues_met(const Executor &executor);

/// Which calls were not made, how often and why; and the rules that ended a trace. A line each, after the indent.
std::string not_made(const Executor &executor, const std::vector<Engine *> &engines, std::string_view indent);

} // namespace mblab
