// SPDX-License-Identifier: GPL-2.0-or-later
// Files, with errors that say which and why; what exists is never overwritten.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

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

/// A folder that goes away with the object, in another one (the system's for temporary files) that is made if need be.
class TemporaryFolder {
  public:
    TemporaryFolder() : TemporaryFolder(std::filesystem::temp_directory_path()) {}
    explicit TemporaryFolder(const std::filesystem::path &parent);
    ~TemporaryFolder();
    TemporaryFolder(const TemporaryFolder &) = delete;
    TemporaryFolder &operator=(const TemporaryFolder &) = delete;

    const std::string &path() const { return path_; }
    std::string file(std::string_view name) const { return path_ + '/' + std::string(name); }

  private:
    std::string path_;
};

} // namespace mblab
