// SPDX-License-Identifier: GPL-2.0-or-later
#include "apps/explore/report.hpp"

#include "core/base/text.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace mblab {

std::string summary(const World &world, const std::vector<Engine *> &engines, const Exploration &all,
                    const SummaryOptions &options)
{
    const ExploreCounts &counts = all.counts;
    std::string text = fmt::format("{}: {} calls in each state, on", world.name, world.calls.size());
    for (const Engine *engine : engines)
        text += fmt::format(" {}", engine->name());
    text += fmt::format(" ({})\n", world.variant);
    if (all.resumed.done)
        text += fmt::format("  continued from a checkpoint of {} states, {} of them done\n", all.resumed.distinct,
                            all.resumed.done);
    text += fmt::format("  {} states generated, {} distinct, depth {}, {} left on queue\n  {} calls on all engines, {} "
                        "not made because of a rule or a missing function, {} that end the trace\n",
                        counts.generated, counts.distinct, all.depth, all.left_on_queue(), counts.calls, counts.refused,
                        counts.ended);
    if (options.shard.of > 1)
        text += fmt::format("  shard {} of {}: calls from {} of the states\n", options.shard.number, options.shard.of,
                            counts.checked);
    if (counts.cut)
        text +=
            fmt::format("  not continued: {} states with a total_size above {:#x}\n", counts.cut, world.total_size_max);
    if (counts.not_loadable)
        text += fmt::format("  not continued: {} states that cannot be loaded\n", counts.not_loadable);
    text += fmt::format("  chance of a fingerprint collision: {:.1e}; {:.1f} MB of states\n", all.collision_chance(),
                        static_cast<double>(all.bytes) / 1e6);
    if (const uint64_t calls = counts.calls - all.resumed.calls; calls && options.seconds > 0)
        text += fmt::format("  {:.0f} calls a second, {:.1f} s\n", static_cast<double>(calls) / options.seconds,
                            options.seconds);
    for (const Met &met : all.known) {
        text += fmt::format("  met: {} after {} calls\n", met.id, met.trace.steps.size());
        if (options.traces)
            text += prefixed(print_trace(met.trace), "    ");
    }
    return text;
}

std::string verdict(const World &world, const Exploration &all, Shard shard)
{
    std::string text;
    for (const Met &met : all.findings)
        text +=
            fmt::format("{}: finding\nvariant {}\n{}", world.name, world.variant, reproducer(met.trace, *met.finding));
    if (!all.findings.empty())
        return text;
    if (!all.is_closed())
        return "  not closed: no finding so far\n";
    return fmt::format("  closed: no finding in any call of {}{}\n", shard.of > 1 ? "this shard of " : "", world.name);
}

nlohmann::ordered_json facts_of(const World &world, const std::vector<Engine *> &engines, const Exploration &all)
{
    using Json = nlohmann::ordered_json;
    const ExploreCounts &counts = all.counts;
    Json facts = {{"world", world.name}, {"variant", world.variant}, {"engines", Json::array()}};
    for (const Engine *engine : engines)
        facts["engines"].push_back(engine->name());
    facts.update(Json{{"calls_in_each_state", world.calls.size()},
                      {"generated", counts.generated},
                      {"distinct", counts.distinct},
                      {"depth", all.depth},
                      {"left_on_queue", all.left_on_queue()},
                      {"calls", counts.calls},
                      {"not_made", counts.refused},
                      {"ended", counts.ended},
                      {"beyond_total_size", counts.cut},
                      {"not_loadable", counts.not_loadable},
                      {"collision_chance", all.collision_chance()},
                      {"closed", all.is_closed()},
                      {"met", Json::array()},
                      {"findings", Json::array()}});
    for (const Met &met : all.known)
        facts["met"].push_back({{"id", met.id}, {"trace", print_trace(met.trace)}});
    for (const Met &met : all.findings)
        facts["findings"].push_back({{"signature", met.id}, {"trace", reproducer(met.trace, *met.finding)}});
    return facts;
}

int status_of(const Exploration &all)
{
    return !all.findings.empty() ? 1 : all.is_closed() ? 0 : status_open;
}

} // namespace mblab
