// SPDX-License-Identifier: GPL-2.0-or-later
// Child processes: run one, collect what it writes. And where the lab's own source is, for what it compiles at run
// time.
#pragma once

#include <string>
#include <sys/types.h>
#include <vector>

namespace mblab {

struct ProcessResult {
    /// Exit status; 128 + n when signal n ended it.
    int status = 0;
    std::string output;
    std::string errors;
};

/// Run a program without a shell and wait for it. Throws Error when it cannot be started.
ProcessResult run_process(const std::vector<std::string> &command);

/// A program that runs beside this one, for as long as it is wanted.
class Child {
  public:
    /// Start it without a shell, with these settings (NAME=VALUE) on top of the environment; what it writes goes to the
    /// end of a log file. Throws Error when it cannot be started.
    Child(const std::vector<std::string> &command, const std::vector<std::string> &settings, const std::string &log);
    ~Child();
    Child(const Child &) = delete;
    Child &operator=(const Child &) = delete;

    /// Whether it has not ended yet.
    bool is_running();
    /// Ask it to end, and wait; after so many milliseconds it is killed.
    void stop(unsigned patience);
    /// As ProcessResult::status; of a child that is not running any more.
    int status() const { return status_; }

  private:
    pid_t pid_ = 0;
    int status_ = 0;
};

/// The folder with core/, shim/ and memblock/: $MBLAB_HOME, else ../share/memblock-lab from this program, else where it
/// was built from. Throws Error when neither is there.
std::string source_folder();

} // namespace mblab
