// SPDX-License-Identifier: GPL-2.0-or-later
#include "apps/diff/change.hpp"

#include "apps/export/play.hpp"
#include "core/engine/engine.hpp"
#include "core/run/catalog.hpp"
#include "core/run/executor.hpp"
#include "core/run/isolated.hpp"
#include "core/search/minimize.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <memory>

namespace mblab {
namespace {

/// The two engines, open, and how they are compared.
struct Opened {
    std::unique_ptr<Engine> base, head;
    ExecutorOptions checks{.compare = true, .laws = false, .expectations = false, .shared_calls_only = true};

    explicit Opened(const EnginePair &pair)
        : base(open_engine(pair.base, pair.variant)), head(open_engine(pair.head, pair.variant))
    {
        checks.explanation = std::make_shared<const Explanation>(pair.traits);
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
        change.what = finding.difference ? finding.difference->text() : finding.id;
    }
    change.base = shown_by(*engines.base, change.trace);
    change.head = shown_by(*engines.head, change.trace);
    Trace earlier = change.trace;
    earlier.steps.pop_back();
    if (!earlier.steps.empty())
        change.before = shown_by(*engines.base, earlier).outcome;
}

Change make_change(const FoundDifference &difference, const Opened &engines)
{
    const std::vector<Engine *> both = engines.both();
    const IsolatedRun first = run_isolated(both, engines.checks, difference.trace, true);
    Change change;
    change.inputs = difference.inputs;
    change.variants = {difference.variant};
    change.signature = difference.signature;
    // What killed the fuzzer is named by how it kills a child.
    if (change.signature.empty())
        change.signature =
            first.findings.empty() ? "an input that the fuzzer did not survive" : first.findings.back().signature;
    const auto shows = [&](const Trace &smaller) {
        return run_isolated(both, engines.checks, smaller, true).has(change.signature);
    };
    change.trace = minimize(difference.trace, shows, change.signature == "hang" ? few_questions : many_questions);
    change.trace.variant = difference.variant;
    change.op = change.trace.steps.empty() ? "" : op_info(change.trace.steps.back().op.kind).name;
    change.what = change.signature;
    constexpr std::string_view of_trait = "trait ";
    if (change.signature.starts_with(of_trait)) {
        const size_t blank = change.signature.find(' ', of_trait.size());
        change.trait = change.signature.substr(of_trait.size(), blank - of_trait.size());
        change.field = change.signature.substr(std::min(blank, change.signature.size() - 1) + 1);
    }
    if (!change.trace.steps.empty() && !run_isolated(both, engines.checks, change.trace, true).died)
        fill_in(change, engines);
    return change;
}

} // namespace

std::vector<Change> find_changes(const std::vector<EnginePair> &pairs, const SearchResult &found,
                                 const std::function<void(size_t done, size_t all)> &progress)
{
    std::vector<Change> changes;
    size_t done = 0;
    for (const EnginePair &pair : pairs) {
        const Opened engines(pair);
        for (const FoundDifference &difference : found.differences) {
            if (difference.variant != pair.variant)
                continue;
            progress(done++, found.differences.size());
            const auto known = std::find_if(changes.begin(), changes.end(), [&](const Change &change) {
                return !difference.signature.empty() && change.signature == difference.signature;
            });
            if (known == changes.end()) {
                changes.push_back(make_change(difference, engines));
                continue;
            }
            known->inputs += difference.inputs;
            if (known->variants.back() != pair.variant)
                known->variants.push_back(pair.variant);
        }
    }
    std::stable_sort(changes.begin(), changes.end(), [](const Change &a, const Change &b) {
        return a.trace.steps.size() != b.trace.steps.size() ? a.trace.steps.size() < b.trace.steps.size() : a.op < b.op;
    });
    return changes;
}

} // namespace mblab
