// SPDX-License-Identifier: GPL-2.0-or-later
// Whether a child is still getting on with the engine that it is in: seen from outside, so that no engine can prevent
// it.
#pragma once

#include "core/engine/black_box.hpp"

#include <chrono>
#include <string>
#include <sys/types.h>

namespace mblab {

class Watch {
  public:
    /// limit: processor time for one call of an engine.
    Watch(pid_t pid, const BlackBox &box, std::chrono::milliseconds limit);

    /// To be asked every now and then: whether the call that the child is in has used up its time, or waits for
    /// something, which no call of memblock does.
    bool is_stuck();

  private:
    struct Usage {
        std::chrono::milliseconds processor{0};
        bool is_runnable = true;
    };
    Usage usage() const;

    pid_t pid_;
    const BlackBox &box_;
    std::chrono::milliseconds limit_;
    uint64_t beats_ = 0;
    Usage at_beat_, earlier_;
    std::chrono::steady_clock::time_point waits_since_{};
};

} // namespace mblab
