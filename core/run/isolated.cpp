// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/run/isolated.hpp"

#include "core/base/text.hpp"
#include "core/run/process.hpp"

#include <algorithm>

namespace mblab {
namespace {

using namespace std::chrono_literals;

// Fifty times the processor time that a long trace takes; and what no busy machine makes of that.
constexpr IsolationLimits limits{.processor = 250ms, .wall_clock = 20s};

} // namespace

bool IsolatedRun::has(const std::string &signature) const
{
    return std::any_of(findings.begin(), findings.end(),
                       [&](const Found &found) { return found.signature == signature; });
}

IsolatedRun run_isolated(const std::vector<Engine *> &engines, const ExecutorOptions &options, const Trace &trace,
                         bool go_on)
{
    const IsolatedResult result = run_isolated(
        [&] {
            Executor executor(engines, options);
            std::vector<Finding> findings;
            if (go_on)
                findings = executor.run_on(trace);
            else if (std::optional<Finding> finding = executor.run(trace))
                findings.push_back(std::move(*finding));
            std::string lines;
            for (const Finding &finding : findings)
                lines += finding.call(trace) + '\t' + finding.signature(trace) + '\n';
            return lines;
        },
        limits);
    IsolatedRun run;
    run.died = !result.death.empty();
    each_line(result.answer, [&](std::string_view line) {
        if (const size_t tab = line.find('\t'); tab != line.npos)
            run.findings.push_back({std::string(line.substr(0, tab)), std::string(line.substr(tab + 1))});
    });
    if (run.died)
        run.findings.push_back({result.death, result.death});
    return run;
}

} // namespace mblab
