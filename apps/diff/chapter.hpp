// SPDX-License-Identifier: GPL-2.0-or-later
// A difference as a chapter of a page: its trace on both sides, beside one another.
#pragma once

#include "apps/diff/search.hpp"
#include "apps/view/view.hpp"

#include <string>

namespace mblab {

/// The chapter as view::page takes it. It is played in a child, by the sides that survive that, and by the model where
/// none does. Empty where there is nothing to play.
std::string tell_apart(const EnginePair &pair, view::Story story, const std::string &group);

} // namespace mblab
