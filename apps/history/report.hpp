// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "apps/history/demand.hpp"
#include "apps/history/figures.hpp"

#include <nlohmann/json_fwd.hpp>

#include <string>
#include <vector>

namespace mblab::history {

/// A title and a line for each allocator. The same for the same boot, but for the times, which are only in it if asked
/// for.
std::string describe(const Boot &boot, const std::vector<Figures> &all, bool with_times);

/// One allocator's figures as a sentence.
std::string in_words(const Figures &figures);

nlohmann::ordered_json to_json(const Boot &boot, const std::vector<Figures> &all, bool with_times);

} // namespace mblab::history
