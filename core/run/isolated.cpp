// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/run/isolated.hpp"

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
    return std::find(signatures.begin(), signatures.end(), signature) != signatures.end();
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
                lines += finding.signature(trace) + '\n';
            return lines;
        },
        limits);
    IsolatedRun run;
    run.died = !result.death.empty();
    const std::string &text = result.answer;
    for (size_t start = 0, end; (end = text.find('\n', start)) != text.npos; start = end + 1)
        run.signatures.push_back(text.substr(start, end - start));
    if (run.died)
        run.signatures.push_back(result.death);
    return run;
}

} // namespace mblab
