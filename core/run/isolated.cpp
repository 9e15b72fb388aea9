// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/run/isolated.hpp"

#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "core/run/process.hpp"
#include "core/run/remote.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bitset>
#include <sstream>

namespace mblab {
namespace {

using namespace std::chrono_literals;

// Fifty times the processor time that a long trace takes; and what no busy machine makes of that.
constexpr IsolationLimits limits{.processor = 250ms, .wall_clock = 20s};

// All witnesses are a hundred short traces; sanitizers and coverage cost ten times.
constexpr IsolationLimits limits_of_all{.processor = 2s, .wall_clock = 20s};

// It waits for all those.
constexpr IsolationLimits limits_of_introduction{.processor = 5s, .wall_clock = 120s};

// An engine that died of so many witnesses is asked no more.
constexpr size_t deaths_asked = 4;

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
    return run_isolated([&] { return engines; }, options, trace, go_on);
}

IsolatedRun run_isolated(const std::function<std::vector<Engine *>()> &open, const ExecutorOptions &options,
                         const Trace &trace, bool go_on)
{
    // A call costs as much as there are regions, and of those there may be one for each call.
    const auto more = std::chrono::microseconds(trace.steps.size() * trace.steps.size() / 2);
    const auto longer = std::chrono::ceil<std::chrono::milliseconds>(more);
    const IsolatedResult result = run_isolated(
        [&] {
            Executor executor(open(), options);
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
        {.processor = limits.processor + longer, .wall_clock = limits.wall_clock + longer});
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
    const size_t count = traits().size();
    const auto ask_all = [&] {
        std::string text;
        for (size_t i = 0; i < count; i++)
            text.append(told(ask(engine, i))) += '\0';
        return text;
    };
    const IsolatedResult all = run_isolated(ask_all, limits_of_all);
    std::vector<std::optional<std::string>> answers;
    std::string_view rest = all.answer;
    size_t deaths = 0;
    for (size_t i = 0; i < count; i++) {
        if (all.death.empty()) {
            answers.push_back(heard(rest.substr(0, rest.find('\0'))));
            rest.remove_prefix(std::min(rest.find('\0'), rest.size() - 1) + 1);
            continue;
        }
        if (deaths == deaths_asked) {
            answers.push_back(std::nullopt);
            continue;
        }
        const IsolatedResult one = run_isolated([&] { return told(ask(engine, i)); }, limits);
        answers.push_back(one.death.empty() ? heard(one.answer) : one.death);
        deaths += !one.death.empty();
    }
    return Answers(std::move(answers), functions_of(engine));
}

Introduction introduce(const std::string &path)
{
    const auto ask_engine = [&]() -> std::string {
        try {
            const std::unique_ptr<Engine> engine = open_engine_file(path);
            const Answers answers = ask_isolated(*engine);
            const Variant &is = engine->variant();
            std::string text = fmt::format("{} {} {} {} {}", is.config, is.max_nodes, is.memory_regions,
                                           is.reserved_regions, answers.functions().to_string());
            for (size_t i = 0; i < traits().size(); i++)
                text.append(1, '\0').append(told(answers[i]));
            return text;
        } catch (const Error &error) {
            return '\0' + std::string(error.what());
        }
    };
    const IsolatedResult asked = run_isolated(ask_engine, limits_of_introduction);
    Introduction out;
    out.death = asked.death;
    out.doing = asked.doing;
    if (!out.death.empty())
        return out;
    std::string_view rest = asked.answer;
    if (rest.starts_with('\0'))
        throw Error(asked.answer.substr(1));
    std::istringstream head{std::string(rest.substr(0, rest.find('\0')))};
    std::bitset<256> functions;
    head >> out.variant.config >> out.variant.max_nodes >> out.variant.memory_regions >> out.variant.reserved_regions >>
        functions;
    std::vector<std::optional<std::string>> answers;
    while (answers.size() < traits().size()) {
        rest.remove_prefix(rest.find('\0') + 1);
        answers.push_back(heard(rest.substr(0, rest.find('\0'))));
    }
    out.answers = Answers(std::move(answers), functions);
    return out;
}

} // namespace mblab
