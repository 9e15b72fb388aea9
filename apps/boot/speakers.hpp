// SPDX-License-Identifier: GPL-2.0-or-later
// The engines that speak as the kernel of a log does.
#pragma once

#include "apps/boot/replay.hpp"
#include "core/engine/engine.hpp"

#include <memory>
#include <string>
#include <vector>

namespace mblab {

/// Who speaks the dialect of the log's kernel: the port, if it does; a tree; the model, which always does. Adds a line
/// to remarks for each of the first two that does not.
std::vector<std::string> speakers_of(const Replay &replay, std::string &remarks);

/// Open an engine for a replay. The model stands for any kernel: it speaks as the log does.
std::unique_ptr<Engine> open_for(const std::string &name, const Replay &replay);

} // namespace mblab
