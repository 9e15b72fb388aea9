// SPDX-License-Identifier: GPL-2.0-or-later
#include "apps/suite/suite.hpp"

#include "core/base/error.hpp"
#include "core/base/files.hpp"
#include "core/base/text.hpp"
#include "core/run/process.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <csignal>

namespace mblab {
namespace {

/// "alloc: simple_check" of "not ok 50 : alloc: simple_check: failed".
std::string name_of(std::string_view line)
{
    line.remove_prefix(std::min(line.size(), line.find(" : ") + 3));
    return std::string(line.substr(0, line.rfind(": ")));
}

} // namespace

void build_suite(const std::string &tree, std::string_view subject, const std::string &variant,
                 const std::string &program, bool go_on)
{
    std::vector<std::string> command = {source_folder() + "/apps/suite/build-suite",
                                        tree,
                                        "--subject",
                                        std::string(subject),
                                        "--variant",
                                        variant,
                                        "--out",
                                        program};
    if (go_on)
        command.insert(command.end(), {"--go-on", "yes"});
    const ProcessResult result = run_process(command);
    if (result.status != 0)
        throw Error(result.errors.empty() ? "build-suite failed" : std::string(first_lines(result.errors, 2)));
}

/// Its TAP lines are "ok N : name: passed" and "not ok N : name: failed".
Checks run_suite(const std::string &program, const SuiteConfig &config, unsigned seconds)
{
    std::vector<std::string> command = {
        "sh",    "-c", R"(test "$1" = 0 || ulimit -t "$1"; shift; exec "$@")", "sh", std::to_string(seconds),
        program, "-v"};
    if (config.movable_node)
        command.emplace_back("-m");
    const NamelessFile output, errors;
    Child child(Command{.words = command, .output = output.fd(), .errors = errors.fd()});
    child.wait();
    Checks checks;
    std::string last_line;
    checks.finished = child.status() == 0;
    checks.processor = child.processor();
    each_line(read_file(output.path()), [&](std::string_view line) {
        if (!line.starts_with("ok ") && !line.starts_with("not ok "))
            return;
        // A check that goes on behind its failure passes in the end.
        const bool known = !checks.failed.empty() && checks.failed.back() == name_of(line);
        if (line.starts_with("ok "))
            checks.passed += !known;
        else if (!known)
            checks.failed.push_back(name_of(line));
        checks.lines.append(line) += '\n';
        last_line = line;
    });
    if (checks.finished)
        return checks;
    checks.end = child.status() == 128 + SIGXCPU || child.status() == 128 + SIGKILL ? "hang" : death_of(child.status());
    checks.lines +=
        fmt::format("# the suite stopped after '{}': {}\n", last_line, first_lines(read_file(errors.path())));
    return checks;
}

} // namespace mblab
