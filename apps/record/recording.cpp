// SPDX-License-Identifier: GPL-2.0-or-later
#include "apps/record/recording.hpp"

#include "apps/record/arrays.hpp"

#include <fmt/format.h>

namespace mblab::recording {
namespace {

std::string header(const Recording &recording)
{
    const auto &[command, version, architecture, image] = recording.origin;
    const RecordingCounts &counts = recording.counts;
    std::string text =
        "# Every call of memblock that a booting kernel made, its arguments, its result and its caller.\n";
    text += fmt::format("# {}\n# {} on {}, image {}\n", command, version, architecture, image);
    text +=
        fmt::format("# {} calls, {} with a result; {} nested calls are not lines; {} calls that no op can express\n",
                    counts.calls, counts.results, counts.nested, counts.unrecorded);
    text += fmt::format("# {} corrections; {} answers read from memory; {} doublings; {}\n", counts.corrections,
                        counts.checks, counts.doublings,
                        recording.reached_init ? "up to the init process" : "cut short before the init process");
    text += fmt::format("# node {} is MAX_NUMNODES, which is {} in this kernel; a node between is written as {}\n",
                        engine_max_nodes, recording.max_nodes, engine_empty_node);
    for (const Skipped &skipped : recording.skipped)
        text += fmt::format("# not stopped at: {}: {}\n", skipped.name, skipped.why);
    for (const auto &[function, calls] : recording.calls_by_function)
        text += fmt::format("# {:6} {}\n", calls, function);
    return text;
}

} // namespace

std::string print_recording(const Recording &recording)
{
    std::string text = header(recording);
    if (!recording.trace.variant.empty())
        text += "variant " + recording.trace.variant + '\n';
    auto remark = recording.remarks.begin();
    for (size_t i = 0; i <= recording.trace.steps.size(); i++) {
        for (; remark != recording.remarks.end() && remark->step == i; ++remark)
            text += "# " + remark->text + '\n';
        if (i < recording.trace.steps.size())
            text += fmt::format("{} # {}\n", print_step(recording.trace.steps[i]), recording.notes[i]);
    }
    return text;
}

} // namespace mblab::recording
