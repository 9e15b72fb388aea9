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

// All witnesses are a hundred short traces; sanitizers and coverage cost ten times.
constexpr IsolationLimits limits_of_all{.processor = 2s, .wall_clock = 20s};

/// The answer, after a letter for whether there is one.
std::string told(const std::optional<std::string> &answer)
{
    return answer ? '+' + *answer : "-";
}

std::optional<std::string> heard(std::string_view text)
{
    return text.starts_with('+') ? std::optional(std::string(text.substr(1))) : std::nullopt;
}

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

Answers ask_isolated(Engine &engine)
{
    const auto ask_all = [&] {
        std::string text;
        for (size_t i = 0; i < traits().size(); i++)
            text.append(told(ask(engine, i))) += '\0';
        return text;
    };
    const IsolatedResult all = run_isolated(ask_all, limits_of_all);
    std::vector<std::optional<std::string>> answers;
    std::string_view rest = all.answer;
    for (size_t i = 0; i < traits().size(); i++) {
        if (all.death.empty()) {
            answers.push_back(heard(rest.substr(0, rest.find('\0'))));
            rest.remove_prefix(std::min(rest.find('\0'), rest.size() - 1) + 1);
            continue;
        }
        const IsolatedResult one = run_isolated([&] { return told(ask(engine, i)); }, limits);
        answers.push_back(one.death.empty() ? heard(one.answer) : one.death);
    }
    return Answers(std::move(answers), functions_of(engine));
}

} // namespace mblab
