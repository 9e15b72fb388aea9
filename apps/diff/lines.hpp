// SPDX-License-Identifier: GPL-2.0-or-later
// Which lines a change touched, and whether any input ran them: silence about a line that nothing reached proves
// nothing.
#pragma once

#include "apps/diff/report.hpp"
#include "core/run/side.hpp"

namespace mblab {

/// The lines of code that only one side's files have. Nothing for the port.
std::vector<ChangedLine> changed_lines(const Side &base, const Side &head);

/// Whether the files that the lab runs are the same, or both sides are the port.
bool has_same_files(const Side &base, const Side &head);

/// How the files that the lab runs differ, as a patch. Nothing for the port.
std::string patch_between(const Side &base, const Side &head);

/// Note which of them the variant compiles.
void note_compiled(std::vector<ChangedLine> &lines, const Side &base, const Side &head, const std::string &variant);

/// Those of the given variants, and behind them as many of all others as are needed for each line to be compiled in one
/// of them, where that can be.
std::vector<std::string> variants_for(std::vector<ChangedLine> &lines, const Side &base, const Side &head,
                                      std::vector<std::string> variants);

/// Note which lines of one side are code of its engine, and in a block that was reached.
void note_reached(std::vector<ChangedLine> &lines, bool in_base, const std::string &engine, const Blocks &blocks);

/// The blocks of the changed lines that were reached; of what only the base has, where the head has nothing in its
/// place. A line with branches has several.
std::vector<WatchedBlock> watched_blocks(const std::vector<ChangedLine> &lines, const EnginePair &covered,
                                         const std::array<Blocks, 2> &blocks);

/// Whether binutils' objdump is here, which tells them.
bool can_tell_lines();

} // namespace mblab
