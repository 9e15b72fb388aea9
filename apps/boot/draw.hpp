// SPDX-License-Identifier: GPL-2.0-or-later
// Layouts as ASCII pictures.
#pragma once

#include "core/state/region_set.hpp"

#include <span>
#include <string>
#include <string_view>

namespace mblab::boot {

/// A range to point at, with the letter that fills it.
struct Mark {
    Interval range;
    char letter;
    std::string_view label;
};

/// The memory around the marks: one bar for memory, one for what is reserved, one for each mark; all to one
/// scale.
std::string draw(Regions memory, Regions reserved, std::span<const Mark> marks);

} // namespace mblab::boot
