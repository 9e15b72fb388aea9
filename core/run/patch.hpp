// SPDX-License-Identifier: GPL-2.0-or-later
// A patch as people have them: git diff with or without prefixes, diff -u, format-patch, the mails of a series.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace mblab {

/// What a patch does to one file, in its order.
struct FilePatch {
    std::string path;  // in the tree, as far as it can be told
    std::string hunks; // each with its header; empty of a file that is renamed, has its mode changed or is binary
    bool removes = false;
};

/// known: paths by which those of the patch are recognised, however many folders they begin with or lack. Throws Error
/// with the name and the line when it ends within a hunk, or when it is none.
std::vector<FilePatch> read_patch(std::string_view text, const std::string &name,
                                  std::span<const std::string_view> known);

/// As one patch that git apply takes.
std::string print_patch(const FilePatch &patch);

} // namespace mblab
