// SPDX-License-Identifier: GPL-2.0-or-later
// Which lines a change touched, and whether any input ran them: silence about a line that nothing reached proves
// nothing.
#pragma once

#include "apps/diff/report.hpp"
#include "apps/diff/side.hpp"

namespace mblab {

/// The lines of the head's memblock.c that the base has not. Nothing for the port.
std::vector<ChangedLine> changed_lines(const Side &base, const Side &head);

/// Note which of them are code of the engine, and in a block that was reached. Nothing where binutils' objdump is
/// missing.
void note_reached(std::vector<ChangedLine> &lines, const std::string &engine, const Blocks &blocks);

} // namespace mblab
