// SPDX-License-Identifier: GPL-2.0-or-later
#include "apps/record/process.hpp"

#include "core/base/error.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstring>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

namespace mblab::record {
namespace {

constexpr int not_found_status = 127;
constexpr std::array interrupting = {SIGINT, SIGTERM, SIGHUP};

volatile std::sig_atomic_t interrupted = 0;
std::array<struct sigaction, interrupting.size()> former_actions;

void note_signal(int)
{
    interrupted = 1;
}

[[noreturn]] void fail(std::string_view what)
{
    throw Error(fmt::format("{}: {}", what, std::strerror(errno)));
}

/// In the child: keep what is inherited, die with the parent, and become the program.
[[noreturn]] void become(const std::vector<char *> &arguments, const std::vector<int> &inherited, int output,
                         pid_t parent)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) // it died before the line above
        _exit(1);
    const int nothing = open("/dev/null", O_RDONLY);
    dup2(nothing, STDIN_FILENO);
    dup2(output, STDOUT_FILENO);
    dup2(output, STDERR_FILENO);
    for (const int fd : inherited)
        fcntl(fd, F_SETFD, 0);
    execvp(arguments[0], arguments.data());
    _exit(not_found_status);
}

} // namespace

UniqueFd &UniqueFd::operator=(UniqueFd &&other) noexcept
{
    const UniqueFd old(std::exchange(fd_, std::exchange(other.fd_, -1)));
    return *this;
}

UniqueFd::~UniqueFd()
{
    if (fd_ >= 0)
        close(fd_);
}

NamelessFile::NamelessFile(std::string_view contents) : fd_(memfd_create("mblab", MFD_CLOEXEC))
{
    if (fd() < 0)
        fail("no memory for a file");
    while (!contents.empty()) {
        const ssize_t written = write(fd(), contents.data(), contents.size());
        if (written < 0)
            fail("no memory for a file");
        contents.remove_prefix(static_cast<size_t>(written));
    }
}

std::string NamelessFile::path() const
{
    return fmt::format("/dev/fd/{}", fd());
}

std::string NamelessFile::contents() const
{
    std::string text;
    std::array<char, 1 << 16> block;
    while (true) {
        const ssize_t got = pread(fd(), block.data(), block.size(), static_cast<off_t>(text.size()));
        if (got <= 0)
            return text;
        text.append(block.data(), static_cast<size_t>(got));
    }
}

std::pair<UniqueFd, UniqueFd> connected_sockets()
{
    std::array<int, 2> ends{};
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) < 0)
        fail("no socket");
    return {UniqueFd(ends[0]), UniqueFd(ends[1])};
}

Interruptible::Interruptible()
{
    struct sigaction action = {};
    action.sa_handler = note_signal;
    interrupted = 0;
    for (size_t i = 0; i < interrupting.size(); i++)
        sigaction(interrupting[i], &action, &former_actions[i]);
}

Interruptible::~Interruptible()
{
    for (size_t i = 0; i < interrupting.size(); i++)
        sigaction(interrupting[i], &former_actions[i], nullptr);
}

void Interruptible::check()
{
    if (interrupted)
        throw Error("interrupted");
}

Process::Process(const std::vector<std::string> &command, const std::vector<int> &inherited)
{
    std::vector<char *> arguments;
    for (const std::string &argument : command)
        arguments.push_back(const_cast<char *>(argument.c_str()));
    arguments.push_back(nullptr);
    const pid_t parent = getpid();
    pid_ = fork();
    if (pid_ < 0)
        fail("no new process");
    if (pid_ == 0)
        become(arguments, inherited, output_.fd(), parent);
}

Process::~Process()
{
    if (ended_)
        return;
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
}

bool Process::running()
{
    if (ended_)
        return false;
    int status = 0;
    ended_ = waitpid(pid_, &status, WNOHANG) == pid_;
    if (ended_ && WIFEXITED(status) && WEXITSTATUS(status) == not_found_status)
        throw Error("QEMU not found: install qemu-system-x86 and qemu-system-arm, or name it with --qemu");
    return !ended_;
}

bool Process::ends_soon()
{
    for (int tries = 10; tries > 0 && running(); tries--)
        pause_briefly();
    return !running();
}

std::string Process::complaint() const
{
    return last_line(output_.contents());
}

void pause_briefly()
{
    constexpr useconds_t microseconds = 100000;
    usleep(microseconds);
}

std::string last_line(std::string_view text)
{
    const size_t last = text.find_last_not_of("\r\n \t");
    if (last == std::string_view::npos)
        return {};
    text = text.substr(0, last + 1);
    const size_t before = text.find_last_of("\r\n");
    std::string line(before == std::string_view::npos ? text : text.substr(before + 1));
    std::replace_if(line.begin(), line.end(), [](char character) { return character < ' ' || character > '~'; }, ' ');
    return line;
}

} // namespace mblab::record
