// SPDX-License-Identifier: GPL-2.0-or-later
// Child processes: run one and collect what it writes, keep one beside us, or call a function in one. None outlives us.
// And where the lab's own source is, for what it compiles at run time.
#pragma once

#include "core/base/files.hpp"
#include "core/trace/trace.hpp"

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <sys/types.h>
#include <utility>
#include <vector>

namespace mblab {

struct Command {
    /// The program, looked for in PATH, and its arguments. No shell.
    std::vector<std::string> words;
    /// NAME=VALUE, on top of our environment.
    std::vector<std::string> settings{};
    /// Descriptors that it keeps, besides the three standard ones.
    std::vector<int> inherited{};
    /// Where standard output and error go; -1: where ours go. Standard input is empty.
    int output = -1, errors = -1;
    /// Bytes of the largest file that it can write; 0 for any.
    uint64_t largest_file = 0;
    /// What to do where there is no such program: a part of the error's line.
    std::string hint{};
};

/// Two connected sockets, to speak with a child that inherits one. Throws Error.
std::pair<UniqueFd, UniqueFd> connected_sockets();

/// A process beside this one, in a session of its own. It is killed with this object, and with the thread that made it,
/// however that ends; what it started and left behind is killed with it. One that is stopped is killed.
class Child {
  public:
    /// Throws Error when the program cannot be run.
    explicit Child(const Command &command);
    /// Call a function in a copy of this process, which ends by _exit(0) after it: without destructors, which are the
    /// parent's.
    explicit Child(const std::function<void()> &function);
    ~Child();
    Child(const Child &) = delete;
    Child &operator=(const Child &) = delete;

    /// Whether it has not ended yet.
    bool is_running();
    /// Wait for its end, for so long at most. Whether it has ended.
    bool ends_within(std::chrono::milliseconds limit);
    /// Wait for its end.
    void wait();
    /// Ask it to end, and wait; after so long it is killed.
    void stop(std::chrono::milliseconds patience);
    /// 0 once it has ended.
    pid_t pid() const { return pid_; }
    /// Of a child that has ended: the processor time of it and of those that it waited for.
    std::chrono::milliseconds processor() const { return processor_; }
    /// Of a child that has ended: its exit status, or 128 + n when signal n ended it.
    int status() const { return status_; }

  private:
    void collect(int options);

    pid_t pid_ = 0; // 0 once it has ended
    int status_ = 0;
    std::chrono::milliseconds processor_{0};
};

struct ProcessResult {
    int status = 0; // as Child::status()
    std::string output;
    std::string errors;
};

/// Run a program to its end. Throws Error when it cannot be run.
ProcessResult run_process(const std::vector<std::string> &words);

/// How long a function in isolation may take.
struct IsolationLimits {
    std::chrono::milliseconds processor;
    std::chrono::milliseconds wall_clock;
    /// Processor time of one call of an engine; none: as much as all may take.
    std::optional<std::chrono::milliseconds> call{};
};

struct IsolatedResult {
    std::string answer; // whole, or empty
    /// Empty when the function returned, else how the child died: "hang", "killed by signal 11", "exit status 1"; or
    /// what an engine did to it ("the engine closed file descriptor 1").
    std::string death;
    /// Where an engine was the cause: as BlackBox::doing(), and the calls that led there.
    std::string doing;
    Trace calls;
    std::chrono::milliseconds processor{0}; // that it took
};

/// How a child ended that was not to end, by Child::status(): "killed by signal 11", "exit status 1".
std::string death_of(int status);

/// Call a function in a child process, so that a crash, a hang or ruined memory is only an answer. Throws Error when
/// there is no child to be made.
IsolatedResult run_isolated(const std::function<std::string()> &function, IsolationLimits limits);

/// The path of this program; empty where /proc does not say it.
std::string own_program();

/// The folder with core/, shim/ and memblock/: $MBLAB_HOME, else ../share/memblock-lab from this program, else where it
/// was built from. Throws Error when neither is there.
std::string source_folder();

} // namespace mblab
