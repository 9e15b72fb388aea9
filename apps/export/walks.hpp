// SPDX-License-Identifier: GPL-2.0-or-later
// Loops over ranges as the single steps that they are made of, which C can call.
#pragma once

#include "core/engine/engine.hpp"
#include "core/trace/trace.hpp"

namespace mblab::exporting {

/// The trace with each for_each_... as the calls of __next_... that it makes on this engine, as far as it goes.
Trace with_single_steps(const Trace &trace, Engine &engine);

} // namespace mblab::exporting
