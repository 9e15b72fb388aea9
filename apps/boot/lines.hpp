// SPDX-License-Identifier: GPL-2.0-or-later
// From bytes to lines of text: the first stage of the reader.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace mblab::boot {

/// Cuts a stream into lines. What is longer than any line of memblock is cut, so that a file without newlines costs
/// nothing.
class LineCutter {
  public:
    using Sink = std::function<void(std::string_view line)>;

    void feed(std::string_view piece, const Sink &sink);
    /// The last line may lack its newline.
    void finish(const Sink &sink);

  private:
    std::string partial_; // of a line that goes on in the next piece
};

/// Undoes what terminals, mail and journals do to the text of a line: escape sequences, NULs (and with them UTF-16),
/// no-break spaces, quoted-printable, a journal's record in JSON.
class Cleaner {
  public:
    /// The text is good until the next call; none where a line of mail goes on in the next one.
    std::string_view clean(std::string_view line);
    /// Of the last line, which promised another.
    std::string_view rest() const { return held_; }

  private:
    bool unquote(std::string_view line);
    bool read_journal(std::string_view line);

    std::string cleaned_, message_, held_;
    bool quoted_printable_ = false; // some line before was
    size_t cut_lines_ = 0;          // since a line that mail has not
};

/// A time in front of a message: "[    1.234567]", with as many digits as there are.
struct Stamp {
    size_t at = 0, length = 0; // length 0: there is none
    uint64_t microseconds = 0;
};
/// The first at or behind an offset.
Stamp find_stamp(std::string_view line, size_t from);

/// Without marks of quotation and of differences, whatever their depth.
std::string_view without_quotes(std::string_view line);

} // namespace mblab::boot
