// SPDX-License-Identifier: GPL-2.0-or-later
// The calls of a trace one after the other, for people: what came back from each, and what it changed.
#pragma once

#include "core/engine/engine.hpp"
#include "core/trace/trace.hpp"

#include <string>

namespace mblab {

struct Shown {
    bool states = false;   // the whole state after each call, instead of what the call changed of it
    bool pictures = false; // memory and reserved before and after each call that changed them
};

/// Plays the trace from the first moment of boot. A call that the engine cannot be asked is there with the reason.
std::string show(const Trace &trace, Engine &engine, Shown what = {});

} // namespace mblab
