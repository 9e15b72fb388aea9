// SPDX-License-Identifier: GPL-2.0-or-later
#include "apps/export/export.hpp"

#include "core/base/text.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace mblab::exporting {
namespace {

/// A report is read: what has more lines than this says how many are left out.
constexpr size_t outcome_lines_max = 48;

std::string shortened(std::string_view text)
{
    const std::string_view shown = first_lines(text, outcome_lines_max), rest = text.substr(shown.size());
    const auto left_out = std::count(rest.begin(), rest.end(), '\n') - 1;
    return std::string(shown) + '\n' + (left_out > 0 ? fmt::format("  ({} more lines)\n", left_out) : "");
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
    text += fmt::format("\n```\n{}```\n", shortened(play.outcome));
    if (!play.ended_by.empty())
        text += fmt::format("\nLater calls are not checked: {} (core/oracle/rules.cpp).\n", play.ended_by);
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
    return text + fmt::format("\nTo reproduce: `mblab run -v --variant {} -e {} {}`\n", plays.front().variant_name,
                              plays.front().engine, source.name);
}

} // namespace mblab::exporting
