// SPDX-License-Identifier: GPL-2.0-or-later
// How long to wait for a guest.
#pragma once

#include <chrono>

namespace mblab::recording {

/// A moment after which waiting is pointless. While one exists, SIGINT, SIGTERM and SIGHUP do not end the process on
/// the spot: what was seen until then is kept.
class Deadline {
  public:
    explicit Deadline(std::chrono::seconds limit);
    ~Deadline();
    Deadline(const Deadline &) = delete;
    Deadline &operator=(const Deadline &) = delete;

    /// Throws Error("interrupted") after such a signal.
    bool passed() const;
    /// From now on it is as far away as at first.
    void restart() { end_ = std::chrono::steady_clock::now() + limit_; }
    std::chrono::seconds limit() const { return limit_; }

  private:
    std::chrono::steady_clock::time_point end_;
    std::chrono::seconds limit_;
};

} // namespace mblab::recording
