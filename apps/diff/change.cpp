// SPDX-License-Identifier: GPL-2.0-or-later
#include "apps/diff/change.hpp"

#include "apps/export/play.hpp"
#include "core/engine/engine.hpp"
#include "core/run/catalog.hpp"
#include "core/run/executor.hpp"
#include "core/run/process.hpp"
#include "core/search/minimize.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <memory>

namespace mblab {
namespace {

using Json = nlohmann::json;
using std::chrono::duration_cast;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds least_share{300}; // for one difference, however many there are
constexpr milliseconds grace{10000};     // to open engines and to look once more at what came out

/// The two engines, open, and how they are compared.
struct Opened {
    std::unique_ptr<Engine> base, head;
    ExecutorOptions checks;

    explicit Opened(const EnginePair &pair)
        : base(open_engine(pair.base, pair.variant)), head(open_engine(pair.head, pair.variant)),
          checks(checks_for(pair))
    {
    }
    static ExecutorOptions checks_for(const EnginePair &pair)
    {
        return {.laws = false,
                .expectations = false,
                .explanation = std::make_shared<const Explanation>(pair.traits),
                .shared_calls_only = true};
    }
    std::vector<Engine *> both() const { return {base.get(), head.get()}; }
};

/// What an engine makes of a trace that it is known to survive.
Change::Shown shown_by(Engine &engine, const Trace &trace)
{
    const exporting::Play play = exporting::play(trace, engine, trace.variant);
    if (play.steps.size() != trace.steps.size())
        return {};
    return {play.outcome, play.corrupted || !play.ended_by.empty() ? "" : play.picture()};
}

void fill_in(Change &change, const Opened &engines)
{
    Executor executor(engines.both(), engines.checks);
    for (const Finding &finding : executor.run_on(change.trace)) {
        if (finding.signature(change.trace) != change.signature)
            continue;
        change.what = finding.what();
    }
    change.base = shown_by(*engines.base, change.trace);
    change.head = shown_by(*engines.head, change.trace);
    Trace earlier = change.trace;
    earlier.steps.pop_back();
    if (!earlier.steps.empty())
        change.before = shown_by(*engines.base, earlier).outcome;
}

/// Between a child and us.
Json as_json(const Change &change)
{
    return {{"signature", change.signature}, {"what", change.what},
            {"before", change.before},       {"trace", print_trace(change.trace)},
            {"base", change.base.outcome},   {"base_picture", change.base.picture},
            {"head", change.head.outcome},   {"head_picture", change.head.picture}};
}

void take(Change &change, const Json &json)
{
    change.signature = json.at("signature");
    change.what = json.at("what");
    change.before = json.at("before");
    change.trace = parse_trace(json.at("trace").get<std::string>(), "a trace made small");
    change.base = {json.at("base"), json.at("base_picture")};
    change.head = {json.at("head"), json.at("head_picture")};
}

/// In a child: the engines are opened in it, and asked in children of its own.
void make_small(Change &change, const EnginePair &pair, steady_clock::time_point deadline)
{
    const Opened engines(pair);
    const std::vector<Engine *> both = engines.both();
    // What killed the fuzzer is named by how it kills a child.
    if (change.signature.empty()) {
        const IsolatedRun first = run_isolated(both, engines.checks, change.trace, true);
        if (first.findings.empty())
            return;
        change.signature = change.what = first.findings.back().signature;
    }
    const auto shows = [&](const Trace &smaller) {
        return steady_clock::now() < deadline &&
               run_isolated(both, engines.checks, smaller, true).has(change.signature);
    };
    change.trace = minimize(change.trace, shows);
    change.trace.variant = pair.variant;
    if (!change.trace.steps.empty() && !run_isolated(both, engines.checks, change.trace, true).died)
        fill_in(change, engines);
}

void name_trait(Change &change)
{
    constexpr std::string_view of_trait = "trait ";
    if (!change.signature.starts_with(of_trait))
        return;
    const size_t blank = change.signature.find(' ', of_trait.size());
    change.trait = change.signature.substr(of_trait.size(), blank - of_trait.size());
    change.field = change.signature.substr(std::min(blank, change.signature.size() - 1) + 1);
}

Change make_change(const FoundDifference &difference, const EnginePair &pair, steady_clock::time_point deadline)
{
    Change change;
    change.inputs = difference.inputs;
    change.variants = {difference.variant};
    change.signature = difference.signature;
    change.what = difference.signature.empty() ? "an input that an engine did not survive: " + difference.death
                                               : difference.signature;
    change.trace = difference.trace;
    const auto left = duration_cast<milliseconds>(deadline - steady_clock::now()) + grace;
    const IsolatedResult made = run_isolated(
        [&] {
            make_small(change, pair, deadline);
            return as_json(change).dump(-1, ' ', false, Json::error_handler_t::replace);
        },
        {.processor = left, .wall_clock = left});
    if (made.death.empty())
        take(change, Json::parse(made.answer));
    if (change.signature.empty())
        change.signature = difference.death;
    change.op = change.trace.steps.empty() ? "" : op_info(change.trace.steps.back().op.kind).name;
    name_trait(change);
    return change;
}

} // namespace

IsolatedRun run_pair(const EnginePair &pair, const Trace &trace)
{
    std::unique_ptr<Opened> opened;
    const auto open = [&] {
        opened = std::make_unique<Opened>(pair);
        return opened->both();
    };
    return run_isolated(open, Opened::checks_for(pair), trace, true);
}

std::vector<Change> find_changes(const std::vector<EnginePair> &pairs, const SearchResult &found,
                                 steady_clock::time_point deadline, const MinimizeProgress &progress)
{
    std::vector<Change> changes;
    size_t done = 0;
    for (const EnginePair &pair : pairs)
        for (const FoundDifference &difference : found.differences) {
            if (difference.variant != pair.variant)
                continue;
            const auto left = std::max(duration_cast<milliseconds>(deadline - steady_clock::now()), milliseconds(0));
            const auto share = left / static_cast<int64_t>(found.differences.size() - done);
            progress(done++, found.differences.size());
            const auto known = std::find_if(changes.begin(), changes.end(), [&](const Change &change) {
                return !difference.signature.empty() && change.signature == difference.signature;
            });
            if (known == changes.end()) {
                changes.push_back(make_change(difference, pair, steady_clock::now() + std::max(share, least_share)));
                continue;
            }
            known->inputs += difference.inputs;
            if (known->variants.back() != pair.variant)
                known->variants.push_back(pair.variant);
        }
    std::stable_sort(changes.begin(), changes.end(), [](const Change &a, const Change &b) {
        return a.trace.steps.size() != b.trace.steps.size() ? a.trace.steps.size() < b.trace.steps.size() : a.op < b.op;
    });
    return changes;
}

} // namespace mblab
