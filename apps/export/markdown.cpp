// SPDX-License-Identifier: GPL-2.0-or-later
#include "apps/export/export.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace mblab::exporting {
namespace {

/// A report is read: what has more lines than this says how many are left out.
constexpr size_t outcome_lines_max = 48;

std::string first_lines(std::string_view text)
{
    size_t at = 0, lines = 0;
    while (at < text.size() && lines < outcome_lines_max) {
        at = text.find('\n', at) + 1;
        lines++;
    }
    const auto rest = std::count(text.begin() + static_cast<ptrdiff_t>(at), text.end(), '\n');
    return std::string(text.substr(0, at)) + (rest ? fmt::format("  ({} more lines)\n", rest) : "");
}

std::string title_of(const Source &source, std::span<const Play> plays, const std::optional<Divergence> &divergence)
{
    const std::string op = print_op(divergence ? source.trace.steps[divergence->step].op : plays.front().last().op);
    if (plays.size() == 1)
        return fmt::format("## `{}` on {}\n", op, plays[0].engine);
    return fmt::format("## `{}`: {} and {} {}\n", op, plays[0].engine, plays[1].engine,
                       divergence ? "differ" : "do the same");
}

std::string trace_section(const Source &source, const Play &play)
{
    return fmt::format("\nFrom the first moment of boot, variant {} ({} calls):\n\n```\n{}```\n", play.variant_name,
                       source.trace.steps.size(), print_trace(source.trace));
}

std::string engine_section(const Play &play)
{
    std::string text = fmt::format("\n### {}\n\n", play.engine);
    text += fmt::format("Step {}, `{}`:\n\n```\n{}```\n", play.steps.size(), print_op(play.last().op), play.picture());
    text += fmt::format("\n```\n{}```\n", first_lines(play.outcome));
    if (!play.ended_by.empty())
        text += fmt::format("\nNothing is said of later calls: {} (core/oracle/rules.cpp).\n", play.ended_by);
    return text;
}

} // namespace

std::string to_markdown(const Source &source, std::span<const Subject> subjects)
{
    std::vector<Play> plays;
    for (const Subject &subject : subjects)
        plays.push_back(play(source.trace, subject.engine, subject.variant_name));
    std::optional<Divergence> divergence;
    if (plays.size() == 2)
        divergence = first_divergence(source.trace, subjects[0].engine, subjects[1].engine);
    std::string text = title_of(source, plays, divergence);
    if (divergence)
        text += fmt::format("\nStep {}: {} ({} / {}).\n", divergence->step + 1, divergence->what, plays[0].engine,
                            plays[1].engine);
    text += trace_section(source, plays.front());
    for (const Play &one : plays)
        text += engine_section(one);
    return text + fmt::format("\nAgain with: `mblab run -v --variant {} -e {} {}`\n", plays.front().variant_name,
                              plays.front().engine, source.name);
}

} // namespace mblab::exporting
