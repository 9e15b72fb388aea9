// SPDX-License-Identifier: GPL-2.0-or-later
#include "apps/boot/story.hpp"

#include <fmt/format.h>

#include <map>

namespace mblab {
namespace {

/// What the log says of its own calls, by line.
std::map<uint64_t, std::string> callers_of(const Log &log)
{
    std::map<uint64_t, std::string> callers;
    for (const Event &event : log.events)
        if (event.kind == EventKind::allocation || event.kind == EventKind::change)
            callers.try_emplace(event.line, event.text);
    return callers;
}

std::string about(const Log &log, const Replay &replay)
{
    return fmt::format("Linux {}, replayed from {}: {} lines, {} of them memblock's. Calls that the log does not show "
                       "were inferred, each with its evidence.\n\nCommand line: {}",
                       log.kernel.empty() ? "of unknown release" : log.kernel, replay.log_name, replay.lines,
                       replay.memblock_lines, log.command_line.empty() ? "not in the log" : log.command_line);
}

} // namespace

view::Story story_of(const Log &log, const Replay &replay)
{
    view::Story story{log.kernel.empty() ? replay.log_name : "Linux " + log.kernel,
                      about(log, replay),
                      replay.trace.variant,
                      replay.trace,
                      {},
                      {}};
    const std::map<uint64_t, std::string> callers = callers_of(log);
    auto inference = replay.inferences.begin();
    for (size_t i = 0; i < replay.trace.steps.size(); i++) {
        const StepNote &note = replay.notes[i];
        std::string &remark = story.remarks.emplace_back(), &caller = story.callers.emplace_back();
        if (note.line && note.kind != StepKind::inferred) {
            const auto found = callers.find(note.line);
            caller = fmt::format("{}line {}", found == callers.end() ? "" : found->second + ", ", note.line);
        }
        if (inference != replay.inferences.end() && inference->call == print_op(replay.trace.steps[i].op))
            remark = fmt::format("Inferred: {}.", (inference++)->evidence);
        else if (note.kind == StepKind::world)
            remark = "Prepares the laboratory: no call of the kernel.";
    }
    return story;
}

} // namespace mblab
