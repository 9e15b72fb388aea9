// SPDX-License-Identifier: GPL-2.0-or-later
// The dialect of the kernel that wrote a log: that of its own release where an engine of it is at hand, else of the
// newest engine that does not contradict what the log shows.
#pragma once

#include "apps/boot/log.hpp"
#include "core/state/dialect.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace mblab {

struct LogDialect {
    Dialect dialect;
    std::string engine; // that speaks so; empty when none at hand does
    std::string reason; // for people
};

/// From the log alone: what it does not show is as in the newest kernel.
LogDialect dialect_shown_by(const Log &log);

/// Of the engines that are built for the variant those that do not contradict the log, the likeliest first: that of the
/// log's own release alone, else the newer before the older. Where there is none, dialect_shown_by().
std::vector<LogDialect> dialects_of(const Log &log, std::string_view variant);

} // namespace mblab
