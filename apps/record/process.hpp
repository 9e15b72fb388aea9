// SPDX-License-Identifier: GPL-2.0-or-later
// Child processes that never outlive us, files without names, and deadlines that a signal cuts short.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <sys/types.h>

namespace mblab::record {

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

/// A file that has no name and goes with its last descriptor, so that no exit path has to remove it.
/// A child that inherits it opens it by path().
class NamelessFile {
  public:
    explicit NamelessFile(std::string_view contents = {});

    int fd() const { return fd_.get(); }
    std::string path() const;
    std::string contents() const;

  private:
    UniqueFd fd_;
};

/// Two connected sockets; one is for a child.
std::pair<UniqueFd, UniqueFd> connected_sockets();

/// While one exists, SIGINT, SIGTERM and SIGHUP make check() throw instead of ending the process on the spot.
class Interruptible {
  public:
    Interruptible();
    ~Interruptible();
    Interruptible(const Interruptible &) = delete;
    Interruptible &operator=(const Interruptible &) = delete;

    /// Throws Error("interrupted") after such a signal.
    static void check();
};

/// A moment after which waiting is pointless.
class Deadline {
  public:
    explicit Deadline(std::chrono::seconds limit) : end_(std::chrono::steady_clock::now() + limit), limit_(limit) {}

    bool passed() const { return std::chrono::steady_clock::now() >= end_; }
    std::chrono::seconds limit() const { return limit_; }

  private:
    std::chrono::steady_clock::time_point end_;
    std::chrono::seconds limit_;
};

/// A child that dies with us, however we end. It inherits the descriptors given and nothing else.
class Process {
  public:
    /// Throws Error when the program is not found.
    Process(const std::vector<std::string> &command, const std::vector<int> &inherited);
    ~Process();
    Process(const Process &) = delete;
    Process &operator=(const Process &) = delete;

    bool running();
    /// Give it a second to end by itself, as it does after a complaint. Whether it has ended.
    bool ends_soon();
    /// What it wrote to its standard output and error, last line that is not empty.
    std::string complaint() const;

  private:
    NamelessFile output_;
    pid_t pid_ = -1;
    bool ended_ = false;
};

/// Wait a fraction of a second, less when a signal comes.
void pause_briefly();

/// The last line of a text that is not empty, without control characters.
std::string last_line(std::string_view text);

} // namespace mblab::record
