// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/search/explore_apart.hpp"

#include "core/base/error.hpp"
#include "core/base/files.hpp"
#include "core/base/text.hpp"

#include <nlohmann/json.hpp>

namespace mblab {
namespace {

using Json = nlohmann::json;
using std::chrono::seconds;
using std::chrono::steady_clock;

std::string line_of(const Json &json)
{
    return json.dump(-1, ' ', false, Json::error_handler_t::replace) + '\n';
}

/// In the child: one world, as a line.
Json seen_of(const World &world, const std::vector<Engine *> &engines, const ExploreOptions &options)
{
    Json line = {{"world", world.name}};
    try {
        const Exploration all = explore(world, engines, options);
        line.update({{"closed", all.is_closed()}, {"calls", all.counts.calls}, {"findings", Json::array()}});
        for (const Met &met : all.findings)
            line["findings"].push_back({met.id, print_trace(met.trace)});
    } catch (const Error &error) {
        line["error"] = error.what();
    }
    return line;
}

WorldSeen parse(const Json &line, const std::string &variant)
{
    WorldSeen seen{line.at("world"),
                   line.value("closed", false),
                   line.value("calls", uint64_t{0}),
                   {},
                   line.value("error", ""),
                   {},
                   {}};
    for (const Json &met : line.value("findings", Json::array())) {
        seen.findings.push_back({met.at(0), parse_trace(met.at(1).get<std::string>(), seen.name)});
        seen.findings.back().trace.variant = variant;
    }
    return seen;
}

} // namespace

WorldsSeen explore_apart(const std::vector<const World *> &worlds,
                         const std::function<std::vector<Engine *>(const World &)> &open, ExploreOptions options,
                         seconds limit, std::chrono::milliseconds call_limit)
{
    const NamelessFile told; // a line for each world: what a child answers is lost when it dies
    const auto end = steady_clock::now() + limit;
    // Beyond what ends it by itself: a state that is being gone on from, and traces that are run again.
    const seconds processor = limit + seconds(10);
    const IsolatedResult run = run_isolated(
        [&]() -> std::string {
            for (const World *world : worlds) {
                const auto left = std::chrono::ceil<seconds>(end - steady_clock::now());
                if (left <= seconds(0))
                    break;
                options.seconds_max = static_cast<uint64_t>(left.count());
                const Json line = seen_of(*world, open(*world), options);
                told.append(line_of(line));
                if (options.first && (line.contains("error") || !line.at("findings").empty()))
                    break;
            }
            return "";
        },
        {.processor = processor, .wall_clock = processor * 10, .call = call_limit});
    WorldsSeen out;
    out.processor = run.processor;
    each_line(read_file(told.path()), [&](std::string_view text) {
        if (const Json line = Json::parse(text, nullptr, false); !line.is_discarded()) // half written
            out.all.push_back(parse(line, worlds[out.all.size()]->variant));
    });
    if (run.death.empty() || out.all.size() == worlds.size())
        return out;
    const World &last = *worlds[out.all.size()];
    out.all.push_back({.name = last.name, .death = run.death, .death_trace = run.calls});
    out.all.back().death_trace.variant = last.variant;
    return out;
}

} // namespace mblab
