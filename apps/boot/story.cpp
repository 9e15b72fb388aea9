// SPDX-License-Identifier: GPL-2.0-or-later
#include "apps/boot/story.hpp"

#include "apps/boot/architecture.hpp"
#include "core/base/error.hpp"
#include "core/base/files.hpp"
#include "core/base/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
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

constexpr size_t text_max = 256u << 20; // any boot is a hundredth of this

std::string unpacked(const std::string &path)
{
    std::string text;
    stream_file(path, [&](std::string_view piece) {
        if (text.size() + piece.size() > text_max)
            throw Error(fmt::format("{}: larger than any boot's log", path));
        text += piece;
    });
    return text;
}

/// Whether a text is a trace: its first line that is no comment names a variant or makes a call.
bool is_trace(std::string_view text)
{
    std::string_view first;
    each_line(text, [&](std::string_view line) {
        if (first.empty() && line.find_first_not_of(" \t\r") != line.npos && !line.starts_with('#'))
            first = line;
    });
    const auto is_no_name = [](unsigned char letter) { return !std::isalnum(letter) && letter != '_'; };
    const auto end = std::ranges::find_if(first, is_no_name);
    const auto next = std::find_if(end, first.end(), [](char letter) { return letter != ' '; });
    return first.starts_with("variant ") || first.empty() ||
           (end != first.begin() && next != first.end() && *next == '(');
}

/// What a recording says at its beginning.
std::string kernel_of(std::string_view recording)
{
    constexpr std::string_view mark = "# Linux version ";
    const size_t at = recording.find(mark);
    if (at == recording.npos)
        return "";
    const std::string_view rest = recording.substr(at + mark.size());
    return std::string(rest.substr(0, rest.find_first_of(" \n")));
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

Told read_told(const std::string &path)
{
    const std::string text = unpacked(path);
    if (is_trace(text))
        return {view::read_story(text, path), kernel_of(text)};
    const Log log = read_log(text, path);
    Replay replay = build_replay(log, dialects_of(log, boot::variant_of(log).variant).front());
    view::Story story = story_of(log, replay);
    return {std::move(story), log.kernel, std::move(replay)};
}

} // namespace mblab
