// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/run/isolated.hpp"

#include "core/base/error.hpp"
#include "core/base/text.hpp"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

namespace mblab {
namespace {

/// What the child says: call and signature of each finding, a line each. It ends without destructors, which belong to
/// the parent.
[[noreturn]] void answer(int out, const std::vector<Engine *> &engines, const ExecutorOptions &options,
                         const Trace &trace, bool go_on, unsigned milliseconds)
{
    // When the time is over SIGPROF ends the child, whatever it is at.
    itimerval limit{};
    limit.it_value = {milliseconds / 1000, static_cast<suseconds_t>(milliseconds % 1000) * 1000};
    setitimer(ITIMER_PROF, &limit, nullptr);
    const rlimit none{0, 0};
    setrlimit(RLIMIT_CORE, &none);
    Executor executor(engines, options);
    std::vector<Finding> findings;
    if (go_on)
        findings = executor.run_on(trace);
    else if (std::optional<Finding> finding = executor.run(trace))
        findings.push_back(std::move(*finding));
    std::string text;
    for (const Finding &finding : findings)
        text += finding.call(trace) + '\t' + finding.signature(trace) + '\n';
    for (size_t done = 0; done < text.size();) {
        const ssize_t written = write(out, text.data() + done, text.size() - done);
        if (written <= 0)
            _exit(1);
        done += static_cast<size_t>(written);
    }
    _exit(0);
}

std::string read_all(int in)
{
    std::string text;
    char buffer[4096];
    for (ssize_t got; (got = read(in, buffer, sizeof buffer)) > 0 || (got < 0 && errno == EINTR);)
        if (got > 0)
            text.append(buffer, static_cast<size_t>(got));
    return text;
}

} // namespace

bool IsolatedRun::has(const std::string &signature) const
{
    return std::any_of(findings.begin(), findings.end(),
                       [&](const Found &found) { return found.signature == signature; });
}

IsolatedRun run_isolated(const std::vector<Engine *> &engines, const ExecutorOptions &options, const Trace &trace,
                         bool go_on, unsigned milliseconds)
{
    int ends[2];
    if (pipe(ends) != 0)
        throw Error(fmt::format("cannot make a pipe: {}", std::strerror(errno)));
    const pid_t child = fork();
    if (child < 0)
        throw Error(fmt::format("cannot start a process: {}", std::strerror(errno)));
    if (child == 0) {
        close(ends[0]);
        answer(ends[1], engines, options, trace, go_on, milliseconds);
    }
    close(ends[1]);
    const std::string text = read_all(ends[0]);
    close(ends[0]);
    int status = 0;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    IsolatedRun run;
    each_line(text, [&](std::string_view line) {
        if (const size_t tab = line.find('\t'); tab != line.npos)
            run.findings.push_back({std::string(line.substr(0, tab)), std::string(line.substr(tab + 1))});
    });
    std::string death;
    if (WIFSIGNALED(status)) {
        const int number = WTERMSIG(status);
        death = number == SIGPROF ? "hang" : fmt::format("killed by signal {}", number);
    } else if (WEXITSTATUS(status) != 0) {
        death = fmt::format("exit status {}", WEXITSTATUS(status));
    }
    run.died = !death.empty();
    if (run.died)
        run.findings.push_back({death, death});
    return run;
}

} // namespace mblab
