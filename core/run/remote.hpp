// SPDX-License-Identifier: GPL-2.0-or-later
// Engines in files of any kind: shared objects, which are loaded, and programs, each a process of its own.
#pragma once

#include "core/engine/engine.hpp"

#include <memory>
#include <string>

namespace mblab {

/// Open an engine's file. Throws Error with one line saying what is wrong with it.
std::unique_ptr<Engine> open_engine_file(const std::string &path);

} // namespace mblab
