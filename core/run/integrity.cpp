// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/run/integrity.hpp"

#include "core/base/files.hpp"
#include "core/engine/engine.hpp"
#include "core/run/process.hpp"

#include <fmt/format.h>

#include <chrono>
#include <filesystem>
#include <sstream>
#include <sys/stat.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

namespace mblab {
namespace {

namespace fs = std::filesystem;

constexpr int descriptors_looked_at = 64;
constexpr int signals[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE,  SIGTRAP, SIGALRM, SIGPROF, SIGABRT,
                           SIGTERM, SIGINT, SIGHUP, SIGXCPU, SIGUSR1, SIGUSR2, SIGCHLD, SIGPIPE};

struct sigaction handler_of(int number)
{
    struct sigaction action = {};
    sigaction(number, nullptr, &action);
    return action;
}

/// Whoever starts another program is a copy of this one for a moment; a copy that ended has no program any more.
bool stays_a_copy(pid_t child)
{
    std::error_code error;
    const fs::path ours = own_program();
    for (int i = 0; i < 50; i++) {
        const fs::path program = fs::read_symlink(fmt::format("/proc/{}/exe", child), error);
        if (!error && program != ours)
            return false;
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    return true;
}

} // namespace

Integrity::Integrity() : pid_(getpid())
{
    catch_faults(); // which the first engine would do
    for (int number = 0; number < descriptors_looked_at; number++) {
        struct stat is = {};
        if (fstat(number, &is) == 0)
            descriptors_.push_back({number, is.st_dev, is.st_ino});
    }
    take_handlers();
    sigprocmask(SIG_BLOCK, nullptr, &mask_);
}

void Integrity::take_handlers()
{
    handlers_.clear();
    for (const int number : signals)
        handlers_.push_back(handler_of(number));
}

std::string Integrity::broken() const
{
    if (getpid() != pid_)
        _exit(1);
    for (const Descriptor &was : descriptors_) {
        struct stat is = {};
        if (fstat(was.number, &is) != 0 || is.st_dev != was.device || is.st_ino != was.node)
            return fmt::format("the engine closed file descriptor {}", was.number);
    }
    for (size_t i = 0; i < std::size(signals); i++)
        if (handler_of(signals[i]).sa_handler != handlers_[i].sa_handler)
            return fmt::format("the engine changed the handler of signal {}", signals[i]);
    sigset_t mask;
    sigprocmask(SIG_BLOCK, nullptr, &mask);
    for (const int number : signals)
        if (sigismember(&mask, number) != sigismember(&mask_, number))
            return fmt::format("the engine blocked signal {}", number);
    return has_copies() ? "the engine started a process" : "";
}

/// A sanitizer has a child as well, which makes its messages readable: another program than this one.
bool Integrity::has_copies() const
{
    siginfo_t ended = {};
    if (waitid(P_ALL, 0, &ended, WEXITED | WNOHANG | WNOWAIT) != 0)
        return false;
    if (ended.si_pid && ended.si_pid != helper_)
        return true;
    std::istringstream children(read_file(fmt::format("/proc/self/task/{}/children", pid_)));
    for (pid_t child = 0; children >> child;) {
        if (child != helper_ && stays_a_copy(child))
            return true;
        helper_ = child;
    }
    return false;
}

} // namespace mblab
