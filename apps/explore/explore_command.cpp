// SPDX-License-Identifier: GPL-2.0-or-later
#include "apps/cli/command.hpp"
#include "apps/cli/options.hpp"
#include "apps/cli/output.hpp"

#include "apps/explore/report.hpp"
#include "core/base/error.hpp"
#include "core/run/catalog.hpp"
#include "core/search/explore.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <chrono>

namespace mblab {
namespace {

using Json = nlohmann::ordered_json;

struct Options {
    std::vector<std::string> worlds, engines, merged;
    std::string shard;
    ExploreOptions explore;
    bool list = false, by_traits = false, known = false;
};

int explore_one(const std::string &name, const Options &options)
{
    const World world = read_world(name);
    const std::string variant = variant_name(world.variant);
    const OpenEngines engines(options.engines.empty() ? usual_engines(variant) : options.engines, variant);
    const auto begin = std::chrono::steady_clock::now();
    ExploreOptions explored = options.explore;
    if (!options.shard.empty())
        explored.shard = parse_shard(options.shard);
    if (options.by_traits)
        explored.explanation = explanation_for(engines.list());
    const Exploration all = options.merged.empty() ? explore(world, engines.list(), explored)
                                                   : merge(world, engines.list(), options.merged);
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
    const double seconds = options.merged.empty() ? took.count() : 0;
    Json facts = facts_of(world, engines.list(), all);
    facts["seconds"] = seconds;
    output().facts()["worlds"].push_back(std::move(facts));
    say("{}{}", summary(world, engines.list(), all, {explored.shard, seconds, options.known}),
        verdict(world, all, explored.shard));
    return status_of(all);
}

int run_explore(const Options &options)
{
    if (options.list) {
        for (const std::string &name : world_names()) {
            const std::string sentence = read_world(name).sentence;
            say("{:<20} {}\n", name, sentence);
            output().facts()["worlds"].push_back({{"world", name}, {"about", sentence}});
        }
        return status_good;
    }
    if (options.worlds.empty())
        throw Error("explore: name a world, or --list");
    if (options.worlds.size() > 1 && (!options.explore.checkpoint.empty() || !options.merged.empty()))
        throw Error("explore: a checkpoint is of one world");
    int status = status_good;
    for (const std::string &name : options.worlds) {
        const int one = explore_one(name, options);
        if (status != status_finding && one != status_good)
            status = one;
    }
    return status;
}

} // namespace

void add_explore(CLI::App &app, int &status)
{
    auto options = std::make_shared<Options>();
    CLI::App *command = app.add_subcommand(
        "explore", "Explore a small world whole: every state, every call, on all engines, with all laws");
    command->add_option("WORLD", options->worlds, "Names of corpus/worlds, or files (docs/closed-worlds.md)");
    command->add_flag("--list", options->list, "List the worlds of corpus/worlds");
    add_engines(*command, options->engines,
                "Engine to run on, may be repeated: " + engine_names +
                    ". Default: port, the kernels with its dialect, model");
    const CLI::Range count(uint64_t{1}, uint64_t{1} << 48);
    command->add_option("--calls", options->explore.calls_max, "Stop after so many calls")->check(count);
    command->add_option("--states", options->explore.states_max, "Stop at so many states")->check(count);
    command->add_option("--time", options->explore.seconds_max, "Stop after so many seconds")->check(count);
    command->add_option("--checkpoint", options->explore.checkpoint,
                        "File for the states; an existing one is continued");
    command->add_option("--shard", options->shard, "K/N: make the calls from one of N shares of the states");
    command
        ->add_option("--merge", options->merged, "The checkpoints of all shards, in their order, to report on together")
        ->expected(1, -1);
    command->add_flag(
        "--by-traits", options->by_traits,
        "Do not report differences that are explained by traits in which the engines differ (mblab semantics)");
    command->add_flag("--known", options->known, "Show the shortest trace to each known issue and rule that was met");
    command->footer(
        "Exit status: 0 closed and nothing found, 1 a finding, 2 bad usage, 3 not closed within its budget.\n"
        "Example: mblab explore sets --checkpoint sets.states");
    command->callback([options, &status] { status = run_explore(*options); });
}

} // namespace mblab
