// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/run/process.hpp"

#include "core/base/error.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
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

namespace {

int shell_status(int status)
{
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

std::vector<char *> pointers(const std::vector<std::string> &words)
{
    std::vector<char *> out;
    for (const std::string &word : words)
        out.push_back(const_cast<char *>(word.c_str()));
    out.push_back(nullptr);
    return out;
}

/// The environment of this program with some settings replaced.
std::vector<std::string> environment_with(const std::vector<std::string> &settings)
{
    std::vector<std::string> out = settings;
    for (char **entry = environ; *entry; entry++) {
        const std::string_view known = *entry;
        const std::string_view name = known.substr(0, known.find('=') + 1);
        const auto replaces = [&](const std::string &setting) { return setting.starts_with(name); };
        if (std::none_of(settings.begin(), settings.end(), replaces))
            out.emplace_back(known);
    }
    return out;
}

} // namespace

Child::Child(const std::vector<std::string> &command, const std::vector<std::string> &settings, const std::string &log)
{
    const std::vector<std::string> environment = environment_with(settings);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&actions, 1, log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0644);
    posix_spawn_file_actions_adddup2(&actions, 1, 2);
    const int failed = posix_spawnp(&pid_, command.front().c_str(), &actions, nullptr, pointers(command).data(),
                                    pointers(environment).data());
    posix_spawn_file_actions_destroy(&actions);
    if (failed)
        throw Error("cannot run " + command.front() + ": " + std::strerror(failed));
}

Child::~Child()
{
    if (is_running())
        stop(0);
}

bool Child::is_running()
{
    int status = 0;
    if (pid_ && waitpid(pid_, &status, WNOHANG) == pid_) {
        pid_ = 0;
        status_ = shell_status(status);
    }
    return pid_ != 0;
}

void Child::stop(unsigned patience)
{
    constexpr unsigned step = 10;
    kill(pid_, SIGTERM);
    for (unsigned waited = 0; is_running() && waited < patience; waited += step)
        usleep(step * 1000);
    if (!is_running())
        return;
    kill(pid_, SIGKILL);
    int status = 0;
    waitpid(pid_, &status, 0);
    status_ = shell_status(status);
    pid_ = 0;
}

ProcessResult run_process(const std::vector<std::string> &command)
{
    std::vector<char *> arguments = pointers(command);
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
    result.status = shell_status(status);
    return result;
}

std::string source_folder()
{
    namespace fs = std::filesystem;
    if (const char *home = std::getenv("MBLAB_HOME"))
        return home;
    std::error_code error;
    const fs::path program = fs::read_symlink("/proc/self/exe", error).parent_path();
    for (const fs::path &folder : {program / "../share/memblock-lab", fs::path(MBLAB_SOURCE_DIR)})
        if (fs::exists(folder / "core/engine/build-engine", error))
            return folder.lexically_normal().string();
    throw Error(
        "the sources that engines are built of are neither in ../share/memblock-lab from this program nor where it "
        "was built: name their folder by MBLAB_HOME");
}

} // namespace mblab
