// SPDX-License-Identifier: GPL-2.0-or-later
// How far a long command is, on standard error.
#pragma once

#include <fmt/format.h>

#include <cstdio>
#include <string>
#include <unistd.h>

namespace mblab {

/// One line that is redrawn on a terminal; a line every ten seconds elsewhere.
class ProgressLine {
  public:
    explicit ProgressLine(bool quiet) : quiet_(quiet), terminal_(isatty(2)) {}
    ~ProgressLine()
    {
        if (terminal_ && !quiet_)
            fmt::print(stderr, "\r\033[K");
    }

    void show(unsigned seconds, const std::string &text)
    {
        if (quiet_ || (!terminal_ && seconds < next_))
            return;
        next_ = seconds + 10;
        const char *before = terminal_ ? "\r\033[K" : "", *after = terminal_ ? "" : "\n";
        fmt::print(stderr, "{}{}{}", before, text, after);
        std::fflush(stderr);
    }

  private:
    bool quiet_, terminal_;
    unsigned next_ = 0;
};

} // namespace mblab
