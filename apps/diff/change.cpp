// SPDX-License-Identifier: GPL-2.0-or-later
#include "apps/diff/change.hpp"

#include "apps/export/play.hpp"
#include "core/engine/engine.hpp"
#include "core/run/executor.hpp"
#include "core/run/isolated.hpp"
#include "core/search/minimize.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <memory>

namespace mblab {
namespace {

constexpr ExecutorOptions checks{.compare = true, .laws = false, .expectations = false, .dummy_is_empty = true};

/// The two engines, open.
struct Opened {
    std::unique_ptr<Engine> base, head;

    explicit Opened(const EnginePair &pair) : base(load_engine(pair.base)), head(load_engine(pair.head)) {}
    std::vector<Engine *> both() const { return {base.get(), head.get()}; }
};

/// What the last op of a trace met and did. Only for a trace that both engines are known to survive.
std::string outcome_text(Engine &engine, const Trace &trace)
{
    engine.reset();
    const Outcome *last = nullptr;
    for (const Step &step : trace.steps)
        if (engine.has(step.op.kind))
            last = &engine.run(step.op);
    return last ? describe(trace.steps.back().op.kind, *last) : "";
}

std::string picture_of(Engine &engine, const Trace &trace)
{
    const exporting::Play play = exporting::play(trace, engine, trace.variant);
    return play.corrupted || !play.ended_by.empty() ? "" : play.picture();
}

void fill_in(Change &change, const Opened &engines)
{
    Executor executor(engines.both(), checks);
    for (const Finding &finding : executor.run_on(change.trace))
        if (finding.signature(change.trace) == change.signature)
            change.what = finding.what.empty() ? finding.id : finding.what;
    change.base = outcome_text(*engines.base, change.trace);
    change.head = outcome_text(*engines.head, change.trace);
    change.base_picture = picture_of(*engines.base, change.trace);
    change.head_picture = picture_of(*engines.head, change.trace);
    Trace earlier = change.trace;
    earlier.steps.pop_back();
    change.before = earlier.steps.empty() ? "" : outcome_text(*engines.base, earlier);
}

Change make_change(const Difference &difference, const Opened &engines)
{
    const std::vector<Engine *> both = engines.both();
    const IsolatedRun first = run_isolated(both, checks, difference.trace, true);
    Change change;
    change.inputs = difference.inputs;
    change.variants = {difference.variant};
    change.signature = difference.signature;
    // What killed the fuzzer is named by how it kills a child.
    if (change.signature.empty())
        change.signature =
            first.signatures.empty() ? "an input that the fuzzer did not survive" : first.signatures.back();
    const auto shows = [&](const Trace &smaller) {
        return run_isolated(both, checks, smaller, true).has(change.signature);
    };
    change.trace = minimize(difference.trace, shows, change.signature == "hang" ? few_questions : many_questions);
    change.trace.variant = difference.variant;
    change.op = change.trace.steps.empty() ? "" : op_info(change.trace.steps.back().op.kind).name;
    const IsolatedRun last = run_isolated(both, checks, change.trace, true);
    const bool survives =
        std::none_of(last.signatures.begin(), last.signatures.end(), [](const std::string &signature) {
            return signature == "hang" || signature.starts_with("killed") || signature.starts_with("exit status");
        });
    change.what = change.signature;
    if (survives && !change.trace.steps.empty())
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
        for (const Difference &difference : found.differences) {
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
