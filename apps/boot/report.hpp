// SPDX-License-Identifier: GPL-2.0-or-later
// Replays and comparisons as text for people.
#pragma once

#include "apps/boot/compare.hpp"
#include "apps/boot/replay.hpp"

#include <string>

namespace mblab {

/// What was read from a log: the calls that it shows, those that were inferred, and what it cannot prove.
std::string describe(const Replay &replay);

/// How an engine did, and its first disagreement.
std::string describe(const BootReport &report);

} // namespace mblab
