// SPDX-License-Identifier: GPL-2.0-or-later
#include "apps/diff/boots.hpp"

#include "apps/boot/replay.hpp"
#include "apps/diff/change.hpp"
#include "core/base/error.hpp"
#include "core/base/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

namespace mblab {
namespace {

namespace fs = std::filesystem;

/// The files of a folder, by name; none where it is not there.
std::vector<std::string> files_of(const std::string &folder)
{
    std::vector<std::string> files;
    std::error_code none;
    for (const fs::directory_entry &entry : fs::directory_iterator(folder, none))
        if (entry.path().filename().string().find(".log") != std::string::npos ||
            entry.path().filename().string().find(".trace") != std::string::npos)
            files.push_back(entry.path().string());
    std::ranges::sort(files);
    return files;
}

void add_logs(const std::string &path, std::vector<BootTrace> &out)
{
    for (const Log &log : read_log_file(path))
        if (log.memblock_lines)
            out.push_back({fs::path(path).filename().string(), build_replay(log).trace});
}

void add_recording(const std::string &path, std::vector<BootTrace> &out)
{
    std::string text;
    stream_file(path, [&](std::string_view piece) { text += piece; });
    out.push_back({fs::path(path).filename().string(), parse_trace(text, path)});
}

} // namespace

std::vector<BootTrace> read_boots(const std::string &folder)
{
    std::vector<BootTrace> boots;
    for (const auto &[sub, add] : {std::pair{"/boots", &add_logs}, std::pair{"/recordings", &add_recording}})
        for (const std::string &path : files_of(folder + sub))
            try {
                add(path, boots);
            } catch (const Error &) { // no log of memblock
            }
    return boots;
}

BootsCompared compare_boots(const std::vector<BootTrace> &boots, const std::vector<EnginePair> &pairs,
                            const std::function<bool(const std::string &cause)> &counts)
{
    BootsCompared out;
    for (const BootTrace &boot : boots) {
        const auto pair = std::ranges::find(pairs, boot.trace.variant, &EnginePair::variant);
        if (pair == pairs.end())
            continue;
        out.boots++;
        const IsolatedRun run = run_pair(*pair, boot.trace);
        size_t number = 0;
        bool differs = false;
        for (const IsolatedRun::Found &found : run.findings) {
            const bool is_death = run.died && ++number == run.findings.size();
            FoundDifference difference{is_death ? "" : found.signature, pair->variant, boot.trace, 1,
                                       is_death ? found.call : ""};
            if (!counts(difference.cause()))
                continue;
            differs = true;
            out.differences.push_back(std::move(difference));
        }
        if (differs)
            out.differing.push_back(boot.name);
    }
    out.text = out.differing.empty()
                   ? counted(out.boots, "boot") + ": placement identical"
                   : fmt::format("{}: {}, the first is {}: {}", counted(out.boots, "boot"),
                                 counted(out.differing.size(), "differs", "differ"), out.differing.front(),
                                 out.differences.front().signature.empty() ? out.differences.front().death
                                                                           : out.differences.front().signature);
    return out;
}

} // namespace mblab
