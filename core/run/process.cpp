// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/run/process.hpp"

#include "core/base/error.hpp"
#include "core/engine/black_box.hpp"
#include "core/run/integrity.hpp"
#include "core/run/watch.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <fcntl.h>
#include <filesystem>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>

namespace mblab {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds tick{100}; // between two looks at what is not told: whether it is stopped, or stuck
constexpr int killed_by = 128;    // and the signal's number, as shells have it

[[noreturn]] void fail(std::string_view what)
{
    throw Error(fmt::format("{}: {}", what, std::strerror(errno)));
}

/// 0 in the child, which dies with the thread that made it.
pid_t fork_child()
{
    std::fflush(stdout); // else an engine that calls exit() writes it once more
    const pid_t parent = getpid(), child = fork();
    if (child < 0)
        fail("cannot start a process");
    if (child == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (getppid() != parent) // it died before the line above
            _exit(1);
        setsid();
    }
    return child;
}

/// In the child: become the program. Returns errno when that fails.
int execute(const Command &command)
{
    std::vector<char *> arguments;
    for (const std::string &word : command.words)
        arguments.push_back(const_cast<char *>(word.c_str()));
    arguments.push_back(nullptr);
    for (const std::string &setting : command.settings)
        putenv(const_cast<char *>(setting.c_str()));
    const int nothing = open("/dev/null", O_RDONLY);
    for (const auto &[from, to] : {std::pair(nothing, STDIN_FILENO), std::pair(command.output, STDOUT_FILENO),
                                   std::pair(command.errors, STDERR_FILENO)})
        if (from >= 0)
            dup2(from, to);
    for (const int fd : command.inherited)
        fcntl(fd, F_SETFD, 0);
    const rlimit largest{command.largest_file, command.largest_file};
    if (command.largest_file)
        setrlimit(RLIMIT_FSIZE, &largest);
    execvp(arguments[0], arguments.data());
    return errno;
}

/// In the child: how it ends when it takes longer, whatever it is at. No core file.
void limit_this_process(IsolationLimits limits)
{
    const auto start = [](decltype(ITIMER_REAL) which, milliseconds limit) {
        itimerval timer{};
        timer.it_value = {limit.count() / 1000, limit.count() % 1000 * 1000};
        setitimer(which, &timer, nullptr);
    };
    start(ITIMER_PROF, limits.processor);  // SIGPROF
    start(ITIMER_REAL, limits.wall_clock); // SIGALRM
    const rlimit none{0, 0};
    setrlimit(RLIMIT_CORE, &none);
}

/// In the child: what an engine or a sanitizer prints is nobody's answer.
void silence_this_process()
{
    const UniqueFd nothing(open("/dev/null", O_WRONLY | O_CLOEXEC));
    dup2(nothing.get(), STDOUT_FILENO);
    dup2(nothing.get(), STDERR_FILENO);
}

} // namespace

std::pair<UniqueFd, UniqueFd> connected_sockets()
{
    std::array<int, 2> ends{};
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) < 0)
        fail("cannot make a socket");
    return {UniqueFd(ends[0]), UniqueFd(ends[1])};
}

Child::Child(const Command &command)
{
    // The child tells why it could not run the program; its end of this pipe closes when it can.
    std::array<int, 2> ends{};
    if (pipe2(ends.data(), O_CLOEXEC) != 0)
        fail("cannot make a pipe");
    const UniqueFd reader(ends[0]);
    UniqueFd writer(ends[1]);
    pid_ = fork_child();
    if (pid_ == 0) {
        const int problem = execute(command);
        const ssize_t told = write(writer.get(), &problem, sizeof problem);
        _exit(told > 0 ? 127 : 126);
    }
    writer.reset();
    int problem = 0;
    if (read(reader.get(), &problem, sizeof problem) > 0) {
        wait();
        throw Error(fmt::format("cannot run {}: {}{}{}", command.words.front(), std::strerror(problem),
                                command.hint.empty() ? "" : ": ", command.hint));
    }
}

Child::Child(const std::function<void()> &function) : pid_(fork_child())
{
    if (pid_ != 0)
        return;
    try {
        function();
    } catch (const std::exception &) {
        _exit(1);
    }
    _exit(0);
}

Child::~Child()
{
    if (is_running())
        stop(milliseconds(0));
}

void Child::collect(int options)
{
    int status = 0;
    pid_t ended = 0;
    rusage used{};
    while (pid_ && (ended = wait4(pid_, &status, options | WUNTRACED, &used)) < 0 && errno == EINTR) {
    }
    if (!pid_ || ended == 0)
        return;
    if (ended < 0) { // another process's: this one is a copy of its parent
        pid_ = 0;
        return;
    }
    status_ = WIFEXITED(status)    ? WEXITSTATUS(status)
              : WIFSTOPPED(status) ? killed_by + WSTOPSIG(status)
                                   : killed_by + WTERMSIG(status);
    if (WIFSTOPPED(status)) {
        kill(pid_, SIGKILL);
        wait4(pid_, &status, 0, &used);
    }
    for (const timeval &time : {used.ru_utime, used.ru_stime})
        processor_ += milliseconds(time.tv_sec * 1000 + time.tv_usec / 1000);
    kill(-std::exchange(pid_, 0), SIGKILL); // whom it left behind
}

bool Child::is_running()
{
    collect(WNOHANG);
    return pid_ != 0;
}

void Child::wait()
{
    collect(0);
}

bool Child::ends_within(milliseconds limit)
{
    const auto end = steady_clock::now() + limit;
    const UniqueFd ended(is_running() ? static_cast<int>(syscall(SYS_pidfd_open, pid_, 0)) : -1);
    while (is_running() && steady_clock::now() < end) {
        const auto left = std::chrono::duration_cast<milliseconds>(end - steady_clock::now()) + milliseconds(1);
        pollfd waiting{ended.get(), POLLIN, 0};
        poll(&waiting, 1, static_cast<int>(std::min(left, tick).count()));
    }
    return !is_running();
}

void Child::stop(milliseconds patience)
{
    if (!is_running())
        return;
    kill(pid_, patience.count() ? SIGTERM : SIGKILL);
    if (ends_within(patience))
        return;
    kill(pid_, SIGKILL);
    wait();
}

ProcessResult run_process(const std::vector<std::string> &words)
{
    const NamelessFile output, errors;
    Child child(Command{.words = words, .output = output.fd(), .errors = errors.fd()});
    child.wait();
    return {child.status(), read_file(output.path()), read_file(errors.path())};
}

std::string death_of(int status)
{
    return status > killed_by ? fmt::format("killed by signal {}", status - killed_by)
                              : fmt::format("exit status {}", status);
}

IsolatedResult run_isolated(const std::function<std::string()> &function, IsolationLimits limits)
{
    const NamelessFile answer;
    BlackBox box;
    Child child([&] {
        limit_this_process(limits);
        silence_this_process();
        BlackBox::use(&box);
        const Integrity integrity;
        const std::string text = function();
        const std::string broken = integrity.broken();
        BlackBox::note(broken);
        if (!broken.empty())
            return;
        answer.append(text);
        BlackBox::finish(0);
    });
    Watch watch(child.pid(), box, limits.call.value_or(limits.processor));
    const auto end = steady_clock::now() + limits.wall_clock + tick;
    bool stuck = false;
    while (!child.ends_within(tick)) {
        stuck = watch.is_stuck() || steady_clock::now() > end;
        if (stuck)
            child.stop(milliseconds(0));
    }
    if (box.is_finished())
        return {read_file(answer.path()), {}, {}, {}, child.processor()};
    const int status = child.status();
    stuck = stuck || status == killed_by + SIGPROF || status == killed_by + SIGALRM;
    return {{},
            stuck                  ? "hang"
            : !box.noted().empty() ? box.noted()
                                   : death_of(status),
            box.doing(),
            box.trace(),
            child.processor()};
}

std::string own_program()
{
    std::error_code error;
    return std::filesystem::read_symlink("/proc/self/exe", error).string();
}

std::string source_folder()
{
    namespace fs = std::filesystem;
    if (const char *home = std::getenv("MBLAB_HOME"))
        return home;
    std::error_code error;
    const fs::path program = fs::path(own_program()).parent_path();
    for (const fs::path &folder : {program / "../share/memblock-lab", program / "../../..", fs::path(MBLAB_SOURCE_DIR)})
        if (fs::exists(folder / "core/engine/build-engine", error))
            return fs::canonical(folder).string();
    throw Error("no sources to build engines from: neither ../share/memblock-lab beside this program nor the folder in "
                "which it was built has them: set MBLAB_HOME to their folder");
}

} // namespace mblab
