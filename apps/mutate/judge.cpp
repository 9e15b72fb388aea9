// SPDX-License-Identifier: GPL-2.0-or-later
#include "apps/mutate/judge.hpp"

#include "apps/diff/change.hpp"
#include "apps/diff/search.hpp"
#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "core/run/catalog.hpp"
#include "core/run/executor.hpp"
#include "core/run/isolated.hpp"
#include "core/run/remote.hpp"
#include "core/search/explore_state.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <filesystem>

namespace mblab::mutate {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;
using namespace std::chrono_literals;

// A thousand times what a call takes; mutants that do not come back are common.
constexpr std::chrono::milliseconds call_limit = 600ms;
constexpr std::chrono::seconds traces_limit = 60s;  // for all kept traces, of which each takes milliseconds
constexpr std::chrono::seconds worlds_limit = 300s; // for worlds that are bounded by calls
constexpr uint64_t calls_of_reach = 1000000;        // of the unchanged code in a world
constexpr std::chrono::seconds small_limit = 8s;    // to make a trace small

constexpr IsolationLimits trace_limits{.processor = traces_limit, .wall_clock = traces_limit * 10, .call = call_limit};

} // namespace

/// Both engines of a variant, in the process that is to run them. The mutant is not asked what it means: it is to mean
/// what the tree does.
struct Judge::Engines {
    std::unique_ptr<Engine> base, mutant;

    Engines(const Judge &judge, const std::string &variant)
    {
        const auto &[one, other] = judge.tree_.engines(variant);
        for (const auto &[engine, path] : {std::pair(&base, &one), std::pair(&mutant, &other)}) {
            *engine = open_engine_file(*path);
            (*engine)->set_dialect(judge.dialects_.at(variant));
        }
    }
    std::vector<Engine *> both() const { return {base.get(), mutant.get()}; }
};

Judge::Judge(const MutatedTree &tree, const JudgeOptions &options)
    : tree_(tree), options_(options), switch_(tree.mutants().size())
{
    for (const std::string &variant : tree.variants())
        dialects_[variant] = introduce(tree.engines(variant).first).answers.dialect();
}

/// Worlds, each by engines of its variant.
WorldsSeen Judge::explore_all(const std::vector<const World *> &worlds, uint64_t calls,
                              std::chrono::seconds limit) const
{
    ExploreOptions options;
    options.calls_max = calls;
    options.laws = false;
    options.first = true;
    std::unique_ptr<Engines> engines;
    const auto open = [&](const World &world) {
        engines = std::make_unique<Engines>(*this, variant_name(world.variant));
        return engines->both();
    };
    return explore_apart(worlds, open, options, limit, call_limit);
}

WorldReach Judge::reach_of(const World &world)
{
    switch_.choose(0);
    const WorldsSeen seen = explore_all({&world}, calls_of_reach, worlds_limit);
    const WorldSeen none{.name = world.name, .death = "nothing was explored"};
    const WorldSeen &of = seen.all.empty() ? none : seen.all.front();
    if (const std::string how = of.how(); !how.empty())
        throw Error(fmt::format("{}: with all mutants disabled it differs from the tree: {}", world.name, how));
    return {world.name, fingerprint(world.text), of.calls, of.is_closed, switch_.reached()};
}

/// Explore them in this order until one shows the mutant. Which were closed is added to what is known of it.
bool Judge::in_worlds(Judgement &out, const std::vector<const World *> &worlds, uint64_t calls,
                      std::chrono::seconds limit)
{
    const WorldsSeen seen = explore_all(worlds, calls, limit);
    out.processor += seen.processor;
    for (const WorldSeen &world : seen.all) {
        out.how = world.how();
        if (out.how.empty()) {
            std::erase(out.open, world.name);
            (world.is_closed ? out.closed : out.open).push_back(world.name);
            continue;
        }
        out.by = "world " + world.name;
        const Trace *shown = !world.death.empty()      ? &world.death_trace
                             : !world.findings.empty() ? &world.findings.front().trace
                                                       : nullptr;
        out.calls = shown ? shown->steps.size() : 0;
        out.trace = shown && world.death.empty() ? print_trace(*shown) : "";
    }
    return out.is_killed();
}

bool Judge::in_traces(Judgement &out)
{
    const NamelessFile begun;
    const IsolatedResult run = run_isolated(
        [&] {
            for (const std::string &variant : tree_.variants_of(tree_.mutants()[out.number - 1])) {
                const Engines engines(*this, variant);
                Executor executor(engines.both(), {.laws = false, .expectations = false, .shared_calls_only = true});
                for (size_t i = 0; i < options_.traces.size(); i++) {
                    begun.append(options_.names[i] + '\n');
                    if (const std::optional<Finding> finding = executor.run(options_.traces[i])) {
                        Trace shown = options_.traces[i];
                        shown.steps.resize(finding->step + 1);
                        shown.variant = variant;
                        return Json{{"how", finding->signature(shown)},
                                    {"steps", shown.steps.size()},
                                    {"trace", print_trace(shown)}}
                            .dump(-1, ' ', false, Json::error_handler_t::replace);
                    }
                }
            }
            return std::string();
        },
        trace_limits);
    out.processor += run.processor;
    std::string last;
    each_line(read_file(begun.path()), [&](std::string_view line) { last = line; });
    if (run.death.empty() && run.answer.empty())
        return false;
    out.by = "trace " + last;
    out.how = run.death;
    out.calls = run.calls.steps.size();
    if (run.death.empty()) {
        const Json said = Json::parse(run.answer);
        out.how = said.at("how");
        out.calls = said.at("steps");
        out.trace = said.at("trace");
    }
    return true;
}

bool Judge::in_search(Judgement &out)
{
    const TemporaryFolder work;
    fs::create_directory_symlink(options_.seeds, work.file("seeds"));
    std::vector<std::string> variants = tree_.variants_of(tree_.mutants()[out.number - 1]);
    variants.resize(std::min<size_t>(variants.size(), 2));
    std::vector<EnginePair> pairs;
    for (const std::string &variant : variants)
        pairs.push_back({variant, build_side(tree_.tree(), "base", variant), tree_.engines(variant).second});
    const auto nothing = [](auto...) {};
    const SearchResult found = search_differences(
        pairs,
        {.seconds = options_.search_seconds, .jobs = 1, .first = true, .seed = options_.seed, .work = work.path()},
        nothing);
    out.processor += found.processor;
    out.inputs = found.inputs;
    if (found.differences.empty())
        return false;
    const auto until = std::chrono::steady_clock::now() + small_limit;
    SearchResult first = found;
    first.differences.resize(1);
    const Change change = find_changes(pairs, first, until, nothing).front();
    out.by = "search " + first.differences.front().variant;
    out.how = change.signature;
    out.calls = change.trace.steps.size();
    out.trace = print_trace(change.trace);
    return true;
}

Judgement Judge::judge(size_t number, const std::vector<WorldReach> &worlds)
{
    switch_.choose(number);
    Judgement out;
    out.number = number;
    if (options_.only_search) {
        in_search(out);
        out.is_reached = switch_.reached().contains(number);
        return out;
    }
    std::vector<std::pair<uint64_t, const World *>> reaching; // small ones first
    for (const WorldReach &reach : worlds)
        if (reach.mutants.contains(number))
            reaching.emplace_back(reach.calls, &*std::ranges::find(options_.worlds, reach.world, &World::name));
    std::ranges::stable_sort(reaching, {}, &std::pair<uint64_t, const World *>::first);
    std::vector<const World *> order;
    for (const auto &[calls, world] : reaching)
        order.push_back(world);
    if (!in_worlds(out, order, options_.calls, worlds_limit) && !in_traces(out) &&
        (options_.search_seconds == 0 || !in_search(out))) {
        std::vector<const World *> open;
        std::ranges::copy_if(order, std::back_inserter(open), [&](const World *world) {
            return std::ranges::find(out.open, world->name) != out.open.end();
        });
        if (options_.proof_seconds && !open.empty())
            in_worlds(out, open, 0, std::chrono::seconds(options_.proof_seconds));
    }
    out.is_reached = switch_.reached().contains(number);
    return out;
}

} // namespace mblab::mutate
