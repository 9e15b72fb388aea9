// SPDX-License-Identifier: GPL-2.0-or-later
#include "apps/run/not_made.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace mblab {

std::string known_issues_met(const Executor &executor)
{
    std::string text;
    for (size_t i = 0; i < known_issues().size(); i++)
        if (std::any_of(executor.checkers().begin(), executor.checkers().end(),
                        [=](const Checker &checker) { return checker.known()[i] != 0; }))
            text += fmt::format("{}{}", text.empty() ? "" : ", ", known_issues()[i].id);
    return text.empty() ? "" : " (known issues: " + text + ")";
}

std::string not_made(const Executor &executor, const std::vector<Engine *> &engines, std::string_view indent)
{
    const Statistics &statistics = executor.statistics();
    std::string text;
    for (uint16_t kind = 0; kind < MBLAB_OP_COUNT; kind++) {
        if (!statistics.absent[kind])
            continue;
        std::string lacking;
        for (const Engine *engine : engines)
            if (!engine->has(kind))
                lacking += fmt::format("{}{}", lacking.empty() ? "" : ", ", engine->name());
        text += fmt::format("{}not made: {} x {} on {}, which {} no such function", indent, op_info(kind).name,
                            statistics.absent[kind], lacking, lacking.find(',') == lacking.npos ? "has" : "have");
        if (const uint64_t alone = statistics.alone[kind])
            text += fmt::format("; {} of them on one engine alone, compared with nothing", alone);
        text += '\n';
    }
    if (statistics.left_out)
        text += fmt::format("{}left out of the rest of a trace, after a call that they lack: {} engines\n", indent,
                            statistics.left_out);
    for (const Rule &rule : all_rules())
        if (const auto met = statistics.rules.find(rule.id); met != statistics.rules.end())
            text += fmt::format("{}{} x {}: {}\n", indent, rule.id, met->second, rule.reason);
    return text;
}

} // namespace mblab
