// SPDX-License-Identifier: GPL-2.0-or-later
// The main program of every binary of properties: PROGRAM [--list | NAME...].
#include "support.hpp"

#include "core/base/error.hpp"
#include "core/run/catalog.hpp"
#include "core/run/executor.hpp"

#include <fmt/format.h>
#include <rapidcheck.h>

#include <algorithm>
#include <bit>
#include <cstdlib>
#include <memory>
#include <span>

namespace mblab::property {
namespace {

constexpr int inputs_per_variant = 1000;
constexpr int status_good = 0, status_failed = 1, status_usage = 2;

struct Property {
    std::string_view family, name;
    MakePlan make;
};

std::vector<Property> &properties()
{
    static std::vector<Property> list;
    return list;
}

/// The port first: its outcomes are the ones held against the laws. A kernel that was not built is left out.
std::vector<std::unique_ptr<Engine>> open_engines(std::string_view variant)
{
    std::vector<std::unique_ptr<Engine>> engines;
    for (const std::string_view name : {"port", "model", MBLAB_KERNEL})
        if (name != MBLAB_KERNEL || has_engine(name, variant))
            engines.push_back(open_engine(name, variant));
        else
            fmt::print("without {}@{}, which is not built\n", name, variant);
    return engines;
}

/// How often the array that grew most has doubled.
uint64_t growth(const Engine &engine, const mblab_state &state)
{
    const uint64_t initial[] = {engine.variant().memory_regions, engine.variant().reserved_regions};
    uint64_t most = 0;
    for (const mblab_type type : {MBLAB_TYPE_memory, MBLAB_TYPE_reserved})
        most = std::max<uint64_t>(most, state.type[type].max / initial[type]);
    return most ? static_cast<uint64_t>(std::countr_zero(std::bit_floor(most))) : 0;
}

/// Whether every figure is within its bounds; all are printed, so that a change of one can be seen before it fails.
bool reaches_subject(const Plan &plan, const Run &run)
{
    const Statistics &statistics = run.executor.statistics();
    const uint64_t unmade = (run.drawn - statistics.ops) * 100 / std::max<uint64_t>(1, run.drawn);
    fmt::print("  {} traces, {} calls, {} % of those drawn not made\n", statistics.traces, statistics.ops, unmade);
    for (const auto &[id, count] : statistics.rules)
        fmt::print("  {} times {}\n", count, id);
    bool good = statistics.traces >= inputs_per_variant && unmade <= plan.most_unmade_percent;
    if (!good)
        fmt::print("  TOO MANY DISCARDS: wanted {} traces, at most {} % not made\n", inputs_per_variant,
                   plan.most_unmade_percent);
    for (const Reach &reach : plan.reaches) {
        const uint64_t figure = reach.measure(run);
        const bool within = figure >= reach.least && figure <= reach.most;
        good &= within;
        fmt::print("  {}: {}{}\n", reach.what, figure,
                   within ? "" : fmt::format(" MISSES ITS SUBJECT: wanted {} to {}", reach.least, reach.most));
    }
    return good;
}

bool holds(const Property &property, std::string_view variant, bool whole_run)
{
    const Plan plan = property.make();
    const std::vector<std::unique_ptr<Engine>> engines = open_engines(variant);
    std::vector<Engine *> pointers;
    for (const std::unique_ptr<Engine> &engine : engines)
        pointers.push_back(engine.get());
    Executor executor(pointers);
    Run run{executor};
    const std::string name = fmt::format("property.{}.{} on {}", property.family, property.name, variant);
    const bool good = rc::check(name, [&] {
        const Input input = *plan.input;
        run.drawn += input.trace.steps.size();
        if (const std::optional<Finding> finding = executor.run(input.trace))
            RC_FAIL(fmt::format("\nvariant {}\n{}", variant, reproducer(input.trace, *finding)));
        run.deepest_doubling = std::max(run.deepest_doubling, growth(*pointers[0], pointers[0]->state()));
    });
    return good && (!whole_run || reaches_subject(plan, run));
}

/// RapidCheck reads its parameters from RC_PARAMS: a default seed in there makes every run the same.
/// Returns whether all inputs are run, so that their distribution means something.
bool set_parameters()
{
    const std::string given = std::getenv("RC_PARAMS") ? std::getenv("RC_PARAMS") : "";
    const char *const seed = std::getenv("MBLAB_SEED");
    std::string parameters = given;
    if (given.find("seed=") == given.npos)
        parameters += fmt::format(" seed={}", seed ? seed : "1");
    if (given.find("max_success=") == given.npos)
        parameters += fmt::format(" max_success={}", inputs_per_variant);
    setenv("RC_PARAMS", parameters.c_str(), 1);
    return given.find("max_success=") == given.npos && given.find("reproduce=") == given.npos;
}

bool holds_everywhere(const Property &property, bool whole_run)
{
    bool good = true;
    for (const std::string_view variant : property.make().variants)
        good &= holds(property, variant, whole_run);
    return good;
}

int run_named(std::span<const std::string_view> names)
{
    const bool whole_run = set_parameters();
    size_t found = 0;
    bool good = true;
    for (const Property &property : properties()) {
        if (!names.empty() && std::find(names.begin(), names.end(), property.name) == names.end())
            continue;
        found++;
        good &= holds_everywhere(property, whole_run);
    }
    if (found == 0 || (!names.empty() && found != names.size())) {
        fmt::print(stderr, "no such property; --list shows all\n");
        return status_usage;
    }
    return good ? status_good : status_failed;
}

} // namespace

Reach evaluated(std::string law, uint64_t least)
{
    const auto measure = [law](const Run &run) {
        const bool family = law.ends_with(".*");
        const std::string_view stem = std::string_view(law).substr(0, law.size() - family);
        uint64_t fewest = ~uint64_t{0};
        for (size_t i = 0; i < laws().size(); i++)
            if (family ? laws()[i].id.starts_with(stem) : laws()[i].id == stem)
                fewest = std::min(fewest, run.executor.checkers()[0].evaluations()[i]);
        return fewest == ~uint64_t{0} ? 0 : fewest; // a law that there is not was never evaluated
    };
    return {"evaluations of " + law, measure, least};
}

Reach called(mblab_op_kind kind, uint64_t least)
{
    return {fmt::format("calls of {}", op_info(static_cast<uint16_t>(kind)).name),
            [kind](const Run &run) { return run.executor.statistics().calls[kind]; }, least};
}

Reach answered(Family family, uint64_t least_percent, uint64_t most_percent)
{
    const auto measure = [family](const Run &run) {
        const Statistics &statistics = run.executor.statistics();
        uint64_t calls = 0, nonzero = 0;
        for (uint16_t kind = 0; kind < MBLAB_OP_COUNT; kind++) {
            if (op_info(kind).family != family)
                continue;
            calls += statistics.calls[kind];
            nonzero += statistics.nonzero[kind];
        }
        return calls ? nonzero * 100 / calls : 0;
    };
    return {fmt::format("percent of {} calls that gave other than 0", family_name(family)), measure, least_percent,
            most_percent};
}

Reach doubled(uint64_t least)
{
    return {"arrays doubled", [](const Run &run) { return run.executor.statistics().doublings; }, least};
}

Reach doubled_deep(uint64_t least)
{
    return {"most doublings of one array", [](const Run &run) { return run.deepest_doubling; }, least};
}

Reach stopped(uint64_t least)
{
    return {"calls that ended in BUG or panic",
            [](const Run &run) {
                const auto &exits = run.executor.statistics().exits;
                return exits[MBLAB_BUG] + exits[MBLAB_PANIC];
            },
            least};
}

Registration::Registration(std::string_view family, std::string_view name, MakePlan make)
{
    properties().push_back({family, name, make});
}

} // namespace mblab::property

int main(int argc, char **argv)
{
    using namespace mblab::property;
    const std::vector<std::string_view> names(argv + 1, argv + argc);
    if (names.size() == 1 && names[0] == "--list") {
        for (const Property &property : properties())
            fmt::print("{}\n", property.name);
        return status_good;
    }
    try {
        return run_named(names);
    } catch (const mblab::Error &error) {
        fmt::print(stderr, "{}\n", error.what());
        return status_usage;
    }
}
