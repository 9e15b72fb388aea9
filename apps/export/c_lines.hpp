// SPDX-License-Identifier: GPL-2.0-or-later
// C source as the kernel's suite has it, no wider than a mail: 75 columns, tabs of eight, arguments below the
// parenthesis that they are in.
#pragma once

#include <string>
#include <string_view>

namespace mblab::exporting {

inline constexpr size_t c_columns = 75;

/// Statements that are longer are broken behind a comma, or a | between flags. Comments stay as they are.
std::string broken_lines(std::string_view source);

/// Words, from the second line on after the same prefix, with no line longer than that.
std::string filled(std::string_view words, std::string_view prefix, size_t columns);

} // namespace mblab::exporting
