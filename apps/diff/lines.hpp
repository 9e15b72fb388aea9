// SPDX-License-Identifier: GPL-2.0-or-later
// Which lines a change touched, and whether any input ran them: silence about a line that nothing reached proves
// nothing.
#pragma once

#include "apps/diff/report.hpp"
#include "apps/diff/side.hpp"

namespace mblab {

/// The lines of the head's two files that the base has not, with what the blocks of its engine say of each. Nothing for
/// the port, or when binutils' addr2line is not there.
std::vector<ChangedLine> changed_lines(const Side &base, const Side &head, const std::string &head_engine,
                                       const std::vector<std::pair<uint64_t, bool>> &blocks);

} // namespace mblab
