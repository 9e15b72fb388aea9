// SPDX-License-Identifier: GPL-2.0-or-later
#include "apps/boot/report.hpp"

#include "apps/boot/architecture.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace mblab {
namespace {

std::string_view certainty_name(Certainty certainty)
{
    switch (certainty) {
    case Certainty::shown:
        return "";
    case Certainty::customary:
        return " (nothing in the log depends on it)";
    case Certainty::ambiguous:
        return " (AMBIGUOUS)";
    }
    return "";
}

/// What the log shows, by kind of call.
std::string shown_calls(const Replay &replay)
{
    std::map<uint16_t, uint64_t> calls;
    uint64_t allocations = 0, failed = 0, dumps = 0, files = 0, doublings = 0;
    for (size_t i = 0; i < replay.notes.size(); i++) {
        const Step &step = replay.trace.steps[i];
        const StepNote &note = replay.notes[i];
        dumps += note.kind == StepKind::dump;
        files += note.kind == StepKind::debugfs;
        doublings += note.doublings.value_or(0);
        if (note.kind != StepKind::shown)
            continue;
        if (op_info(step.op.kind).family == Family::alloc) {
            allocations++;
            failed += step.expected && *step.expected == 0;
        } else
            calls[step.op.kind]++;
    }
    std::string text = fmt::format("{} allocations", allocations);
    if (failed)
        text += fmt::format(" ({} failed)", failed);
    for (const auto &[kind, count] : calls)
        text += fmt::format(", {} {}", count, op_info(kind).name);
    text += fmt::format(", {} dumps", dumps);
    if (files)
        text += fmt::format(", {} debugfs files", files);
    if (doublings)
        text += fmt::format(", {} doublings", doublings);
    return text;
}

/// The inferred calls, a line each; of many with one evidence the first few.
std::string inferred_calls(const Replay &replay)
{
    constexpr size_t alike_max = 8;
    std::string text;
    size_t alike = 0;
    for (size_t i = 0; i < replay.inferences.size(); i++) {
        const Inference &inference = replay.inferences[i];
        const bool first = i == 0 || replay.inferences[i - 1].evidence != inference.evidence;
        const bool last = i + 1 == replay.inferences.size() || replay.inferences[i + 1].evidence != inference.evidence;
        alike = first ? 1 : alike + 1;
        if (alike <= alike_max)
            text += fmt::format("    {:<11} {}: {}{}\n",
                                inference.line ? fmt::format("line {}", inference.line) : std::string("at the end"),
                                inference.call, inference.evidence, certainty_name(inference.certainty));
        else if (last)
            text += fmt::format("    {:<11} and {} more with this evidence\n", "", alike - alike_max);
    }
    return text;
}

} // namespace

std::string describe(const Replay &replay)
{
    std::string text =
        fmt::format("{}: Linux {}, {}, variant {}; {} lines, {} of memblock", replay.log_name,
                    replay.kernel.empty() ? "(version not in the log)" : replay.kernel,
                    boot::architecture(replay.arch).name, replay.trace.variant, replay.lines, replay.memblock_lines);
    if (replay.unreadable)
        text += fmt::format(", {} unreadable", replay.unreadable);
    text +=
        fmt::format("\n  dialect   {}: {}", replay.spoken.engine.empty() ? "no engine's" : replay.spoken.engine + "'s",
                    replay.spoken.reason);
    if (!replay.stand_in.empty())
        text += "\n  " + replay.stand_in;
    text += fmt::format("\n  shown     {}\n  inferred  {} calls\n", shown_calls(replay), replay.inferences.size());
    text += inferred_calls(replay);
    const auto doubtful = static_cast<uint64_t>(
        std::count_if(replay.inferences.begin(), replay.inferences.end(),
                      [](const Inference &inference) { return inference.certainty == Certainty::ambiguous; }));
    text += fmt::format("  ambiguous {} calls above, {} remarks\n", doubtful, replay.ambiguities.size());
    for (const std::string &remark : replay.ambiguities)
        text += "    " + remark + '\n';
    if (replay.incomplete)
        text += "    the log lacks lines, which may explain disagreements\n";
    if (replay.unchecked)
        text +=
            fmt::format("    {} allocations are taken from the log without a check of their place\n", replay.unchecked);
    return text;
}

std::string describe(const BootReport &report)
{
    std::string text = fmt::format("  {:<10} {}/{} allocations placed", report.engine, report.allocations.equal,
                                   report.allocations.total);
    if (report.speaks_as_log)
        text += fmt::format(", {}/{} dumps equal", report.dumps.equal, report.dumps.total);
    else
        text += "; it has another dialect than the log: nothing else is compared";
    if (report.debugfs.total)
        text += fmt::format(", {}/{} debugfs files equal", report.debugfs.equal, report.debugfs.total);
    if (report.doublings.total)
        text += fmt::format(", {}/{} doublings", report.doublings.equal, report.doublings.total);
    if (report.speaks_as_log)
        text += report.buddy_ran ? fmt::format("; {} pages to buddy, each once", report.buddy_pages)
                                 : "; no pages to buddy";
    if (report.checked() < report.to_check)
        text += fmt::format("; checked {} of {} that the log shows", report.checked(), report.to_check);
    if (!report.totals.empty())
        text += fmt::format("\n  {:<10} given away: {}{}{}", "", report.totals,
                            report.buddy_trouble.empty() ? "" : "; ", report.buddy_trouble);
    text += '\n';
    if (!report.agrees())
        text += fmt::format("  {:<10} {} disagreements, the first:\n{}", "", report.disagreements, report.disagreement);
    return text;
}

} // namespace mblab
