// SPDX-License-Identifier: GPL-2.0-or-later
// Plain text for a mail: lines of at most 75 columns, which one can read, quote and paste from.
#pragma once

#include "core/trace/trace.hpp"

#include <string>
#include <string_view>

namespace mblab::exporting {

inline constexpr size_t mail_width = 75;

/// A paragraph, broken between words; every line but the first as far in as the text behind `first` is.
std::string paragraph(const std::string &first, std::string_view text, size_t width = mail_width);

/// Lines as they are, but for tabs, which are blanks, and what is beyond the last column.
std::string cut(std::string_view text, const std::string &indent);

/// A line that is too long goes on in others, indented further: mblab run and a compiler read it so. A tab is 8
/// columns.
std::string folded(std::string_view line, std::string_view indent, std::string_view further);

/// A trace, indented, so that mblab run reads it from the mail. Of one of more than `most` lines, both ends.
std::string calls(const Trace &trace, size_t most = 40);

/// A picture of regions made as narrow as a mail.
std::string narrowed(const std::string &picture, size_t width = mail_width);

/// The picture with a line above that says on what. It is as wide as a mail, and not indented; empty where it is.
std::string drawn(std::string_view side, const std::string &picture);

} // namespace mblab::exporting
