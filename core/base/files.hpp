// SPDX-License-Identifier: GPL-2.0-or-later
// Files, with errors that say which and why; what exists is never overwritten.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>

namespace mblab {

/// A file descriptor, closed at the end of its scope.
class UniqueFd {
  public:
    UniqueFd() = default;
    explicit UniqueFd(int fd) : fd_(fd) {}
    UniqueFd(UniqueFd &&other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
    UniqueFd &operator=(UniqueFd &&other) noexcept;
    ~UniqueFd();

    int get() const { return fd_; }
    void reset() { *this = UniqueFd(); }

  private:
    int fd_ = -1;
};

/// A file in memory that has no name and goes with its last descriptor, so that no exit path has to remove it.
/// A child that inherits it opens it by path(), or writes to its end.
class NamelessFile {
  public:
    /// Throws Error.
    explicit NamelessFile(std::string_view content = {});
    /// One that a parent left us, by its descriptor.
    static NamelessFile adopt(int descriptor) { return NamelessFile(UniqueFd(descriptor)); }

    int fd() const { return fd_.get(); }
    std::string path() const;
    /// Throws Error.
    void append(std::string_view content) const;

  private:
    explicit NamelessFile(UniqueFd fd) : fd_(std::move(fd)) {}

    UniqueFd fd_;
};

/// The whole file; "-" is standard input. Throws Error.
std::string read_file(const std::string &path);

/// Write a file that does not exist yet, whole or not at all. Throws Error when it exists or cannot be written.
void write_new_file(const std::string &path, std::string_view content);

/// A number of 64 bits that stands for the content: the same on any machine.
uint64_t content_hash(std::string_view content);

/// Write content into folder under a name made of prefix, its content_hash and suffix. What is there already
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

/// Where what takes long to make is kept (engines, files of git revisions, symbols of kernels): $MBLAB_CACHE, else
/// memblock-lab in the user's cache folder.
std::string cache_folder();

} // namespace mblab
