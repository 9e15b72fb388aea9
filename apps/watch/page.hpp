// SPDX-License-Identifier: GPL-2.0-or-later
// Nights as people and machines read them.
#pragma once

#include "apps/watch/night.hpp"

#include <string>

namespace mblab::watch {

/// What a night came to, for a terminal or a mail of a cron job. Traces are named with the folder of the baseline, as
/// the user named that.
std::string night_text(const Night &night, const std::string &folder);
std::string night_json(const Night &night);
/// A case for each part, under the same names each night, and one for each finding.
std::string night_junit(const Night &night);
/// The page of a night, which lies two folders below that of the baseline.
std::string night_page(const Night &night);

/// All nights, the newest first: one file, which links to the reports beside it.
std::string nights_page(const Baseline &baseline, const std::string &title);

} // namespace mblab::watch
