// SPDX-License-Identifier: GPL-2.0-or-later
#include "lab/process/process.hpp"

#include "lab/error.hpp"

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

namespace mblab {
namespace {

/// A pipe whose ends are closed when they have had their use.
class Pipe {
  public:
    Pipe()
    {
        if (pipe2(ends_.data(), O_CLOEXEC) != 0)
            throw Error(std::string("cannot make a pipe: ") + std::strerror(errno));
    }
    ~Pipe()
    {
        close_end(0);
        close_end(1);
    }
    Pipe(const Pipe &) = delete;
    Pipe &operator=(const Pipe &) = delete;

    int reader() const { return ends_[0]; }
    int writer() const { return ends_[1]; }
    void close_end(size_t end)
    {
        if (ends_[end] >= 0)
            close(ends_[end]);
        ends_[end] = -1;
    }

  private:
    std::array<int, 2> ends_{-1, -1};
};

/// Reads both pipes until both are at their end, so that neither can fill and stop the child.
void collect(Pipe &output, Pipe &errors, ProcessResult &result)
{
    std::array<pollfd, 2> waiting{{{output.reader(), POLLIN, 0}, {errors.reader(), POLLIN, 0}}};
    std::array<std::string *, 2> texts{&result.output, &result.errors};
    int open_ends = 2;
    char buffer[1 << 15];
    while (open_ends > 0 && poll(waiting.data(), waiting.size(), -1) > 0) {
        for (size_t i = 0; i < waiting.size(); i++) {
            if (!waiting[i].revents)
                continue;
            const ssize_t got = read(waiting[i].fd, buffer, sizeof buffer);
            if (got > 0) {
                texts[i]->append(buffer, static_cast<size_t>(got));
                continue;
            }
            waiting[i].fd = -1;
            open_ends--;
        }
    }
}

} // namespace

ProcessResult run_process(const std::vector<std::string> &command)
{
    std::vector<char *> arguments;
    for (const std::string &word : command)
        arguments.push_back(const_cast<char *>(word.c_str()));
    arguments.push_back(nullptr);
    Pipe output, errors;
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, output.writer(), 1);
    posix_spawn_file_actions_adddup2(&actions, errors.writer(), 2);
    pid_t child = 0;
    const int failed = posix_spawnp(&child, arguments[0], &actions, nullptr, arguments.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    if (failed)
        throw Error("cannot run " + command.front() + ": " + std::strerror(failed));
    output.close_end(1);
    errors.close_end(1);
    ProcessResult result;
    collect(output, errors, result);
    int status = 0;
    waitpid(child, &status, 0);
    result.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    return result;
}

std::string source_folder()
{
    const char *home = std::getenv("MBLAB_HOME");
    return home ? home : MBLAB_SOURCE_DIR;
}

} // namespace mblab
