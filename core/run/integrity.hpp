// SPDX-License-Identifier: GPL-2.0-or-later
// Whether an engine left the process as it was: memblock is a calculation, and touches nothing of the kind.
#pragma once

#include <csignal>
#include <string>
#include <sys/types.h>
#include <vector>

namespace mblab {

class Integrity {
  public:
    /// What the process has now. Of a process that has no children when it asks.
    Integrity();

    /// The handlers of signals are what they are to be from now on.
    void take_handlers();

    /// What is no longer as it was, in words; empty when all is. A copy of the process that an engine made ends here.
    std::string broken() const;

  private:
    struct Descriptor {
        int number;
        dev_t device;
        ino_t node;
    };

    bool has_copies() const;

    pid_t pid_;
    mutable pid_t helper_ = 0; // another program that is a child of this process, and no engine's doing
    std::vector<Descriptor> descriptors_;
    std::vector<struct sigaction> handlers_;
    sigset_t mask_;
};

} // namespace mblab
