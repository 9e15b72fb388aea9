// SPDX-License-Identifier: GPL-2.0-or-later
// A boot told step by step: who called, where in the log, and why a silent call was inferred.
#pragma once

#include "apps/boot/replay.hpp"
#include "apps/view/view.hpp"

namespace mblab {

/// The replay of this log as what a page shows.
view::Story story_of(const Log &log, const Replay &replay);

} // namespace mblab
