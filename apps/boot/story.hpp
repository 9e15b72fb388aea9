// SPDX-License-Identifier: GPL-2.0-or-later
// A boot told step by step: who called, where in the log, and why a silent call was inferred; and whatever a file
// tells.
#pragma once

#include "apps/boot/replay.hpp"
#include "apps/view/view.hpp"

namespace mblab {

/// The replay of this log as what a page shows.
view::Story story_of(const Log &log, const Replay &replay);

/// What a file tells: a trace, a recording, or a boot.
struct Told {
    view::Story story;
    std::string kernel;             // empty when nothing says it
    std::optional<Replay> replay{}; // of a log
};

/// Of a file, plain or packed; "-" is standard input. Of several boots in a log the one that has most to say, as the
/// likeliest of the kernels that may have written it. Throws Error.
Told read_told(const std::string &path);

} // namespace mblab
