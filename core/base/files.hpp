// SPDX-License-Identifier: GPL-2.0-or-later
// Files, with errors that say which and why; what exists is never overwritten.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace mblab {

/// The whole file; "-" is standard input. Throws Error.
std::string read_file(const std::string &path);

/// Write a file that does not exist yet, whole or not at all. Throws Error when it exists or cannot be written.
void write_new_file(const std::string &path, std::string_view content);

/// A number of 64 bits that stands for the content: the same on any machine.
uint64_t content_hash(std::string_view content);

/// Write content into folder under a name made of prefix, a hash of the content and suffix. What is there already
/// stays. Returns the path.
std::string keep_file(const std::string &folder, std::string_view prefix, std::string_view suffix,
                      std::string_view content);

} // namespace mblab
