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
#include <map>
#include <memory>
#include <set>

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
                .shared_calls_only = true,
                .watched = pair.watched};
    }
    std::vector<Engine *> both() const { return {base.get(), head.get()}; }
};

/// What is wrong with an engine's outcomes by the laws, and by the model of its own answers to the traits.
std::string judged(Engine &engine, const Trace &trace, bool known_issues)
{
    const auto run = [&](std::vector<Engine *> engines, bool laws) {
        return Executor(std::move(engines),
                        {.laws = laws, .known_issues = known_issues, .expectations = false, .shared_calls_only = true})
            .run(trace);
    };
    if (const std::optional<Finding> violation = run({&engine}, true))
        return fmt::format("violates {}", violation->title.substr(violation->title.find(" violates ") + 10));
    const std::unique_ptr<Engine> model = open_engine("model", trace.variant);
    const std::optional<Finding> departure = run({&engine, model.get()}, false);
    if (!departure || !departure->difference)
        return departure ? departure->title : "";
    const uint16_t kind = trace.steps[departure->step].op.kind;
    return fmt::format("differs from the model: {}",
                       print_difference(kind, *departure->difference, engine.variant().max_nodes));
}

/// What an engine makes of a trace that it is known to survive.
Change::Shown shown_by(Engine &engine, const Trace &trace)
{
    const exporting::Play play = exporting::play(trace, engine, trace.variant);
    if (play.steps.size() != trace.steps.size())
        return {};
    // What is a known issue on one side may be mended on the other.
    const std::string all = judged(engine, trace, false);
    return {play.outcome, play.corrupted || !play.ended_by.empty() ? "" : play.picture(), all,
            !all.empty() && judged(engine, trace, true).empty()};
}

void fill_in(Change &change, const Opened &engines)
{
    Executor executor(engines.both(), engines.checks);
    for (const Finding &finding : executor.run_on(change.trace)) {
        if (finding.signature(change.trace) != change.signature)
            continue;
        change.what = finding.what(change.trace.steps[finding.step].op.kind, engines.base->variant().max_nodes);
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
    return {{"signature", change.signature},
            {"what", change.what},
            {"before", change.before},
            {"trace", print_trace(change.trace)},
            {"base", change.base.outcome},
            {"base_picture", change.base.picture},
            {"head", change.head.outcome},
            {"head_picture", change.head.picture},
            {"base_judged", change.base.judged},
            {"head_judged", change.head.judged},
            {"base_is_known", change.base.is_known},
            {"head_is_known", change.head.is_known}};
}

void take(Change &change, const Json &json)
{
    change.signature = json.at("signature");
    change.what = json.at("what");
    change.before = json.at("before");
    change.trace = parse_trace(json.at("trace").get<std::string>(), "a minimized trace");
    change.base = {json.at("base"), json.at("base_picture"), json.at("base_judged"), json.at("base_is_known")};
    change.head = {json.at("head"), json.at("head_picture"), json.at("head_judged"), json.at("head_is_known")};
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
    change.trait = FoundDifference{change.signature, {}, {}}.cause();
    if (change.trait.empty())
        return;
    const size_t end = change.signature.find(Finding::through_mark);
    change.field =
        change.signature.substr(0, end).substr(change.signature.find(change.trait) + change.trait.size() + 1);
}

Change make_change(const FoundDifference &difference, const EnginePair &pair, steady_clock::time_point deadline)
{
    Change change;
    change.inputs = difference.inputs;
    change.variants = {difference.variant};
    change.signature = difference.signature;
    change.what =
        difference.signature.empty() ? "an input on which an engine fails: " + difference.death : difference.signature;
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

std::string Change::through_lines() const
{
    std::map<std::string, std::set<unsigned>> files; // "HEAD mm/memblock.c"
    for (const std::string &block : through) {
        const size_t side = block.find(':'), line = block.rfind(':');
        files[block.substr(0, side) + ' ' + block.substr(side + 1, line - side - 1)].insert(
            static_cast<unsigned>(std::stoul(block.substr(line + 1))));
    }
    std::string text;
    for (const auto &[file, lines] : files) {
        text += (text.empty() ? "" : "; ") + file;
        const char *separator = ":";
        for (auto at = lines.begin(); at != lines.end();) {
            const unsigned first = *at;
            unsigned last = first;
            while (++at != lines.end() && *at == last + 1)
                last++;
            text +=
                first == last ? fmt::format("{}{}", separator, first) : fmt::format("{}{}-{}", separator, first, last);
            separator = ", ";
        }
    }
    return text;
}

IsolatedRun run_pair(const EnginePair &pair, const Trace &trace)
{
    std::unique_ptr<Opened> opened;
    const auto open = [&] {
        opened = std::make_unique<Opened>(pair);
        return opened->both();
    };
    return run_isolated(open, Opened::checks_for(pair), trace, true);
}

namespace {

/// The names of the watched blocks that the last call runs while it shows the difference.
std::vector<std::string> blocks_run(const EnginePair &covered, const Change &change)
{
    const std::string plain = change.signature.substr(0, change.signature.find(Finding::through_mark)),
                      mark = plain + std::string(Finding::through_mark);
    std::vector<std::string> names;
    for (const IsolatedRun::Found &found : run_pair(covered, change.trace).findings)
        if (found.signature.starts_with(mark))
            names.push_back(found.signature.substr(mark.size()));
    return names;
}

/// What shows the same as a change that is there already, and is judged alike, is an example of it.
void add_example(std::vector<Change> &changes, Change &&example)
{
    example.signature.resize(std::min(example.signature.find(Finding::through_mark), example.signature.size()));
    const auto same = std::ranges::find_if(changes, [&](const Change &change) {
        return change.signature == example.signature && change.is_wrong() == example.is_wrong();
    });
    if (same == changes.end()) {
        changes.push_back(std::move(example));
        return;
    }
    same->examples.push_back(std::move(example.trace));
    std::ranges::copy_if(example.through, std::back_inserter(same->through), [&](const std::string &block) {
        return std::ranges::find(same->through, block) == same->through.end();
    });
}

void sort(std::vector<Change> &changes)
{
    std::ranges::stable_sort(changes, {},
                             [](const Change &change) { return std::tuple(change.trace.steps.size(), change.op); });
}

bool ran(const std::vector<Change> &changes, const std::string &block)
{
    return std::ranges::any_of(changes, [&](const Change &change) {
        return std::ranges::find(change.through, block) != change.through.end();
    });
}

} // namespace

void add_examples(std::vector<Change> &changes, const std::vector<EnginePair> &covered,
                  const std::vector<FoundDifference> &differences, steady_clock::time_point deadline)
{
    const auto pair_of = [&](const std::string &variant) {
        return std::ranges::find(covered, variant, &EnginePair::variant);
    };
    for (Change &change : changes)
        if (const auto pair = pair_of(change.trace.variant); pair != covered.end())
            change.through = blocks_run(*pair, change);
    // What no trait explains is the plainest, then what is shortest.
    std::vector<FoundDifference> plainest = differences;
    std::ranges::stable_sort(plainest, {}, [](const FoundDifference &difference) {
        return std::pair(!difference.cause().empty(), difference.trace.steps.size());
    });
    for (const EnginePair &pair : covered)
        for (const WatchedBlock &block : pair.watched) {
            const auto example = std::ranges::find_if(plainest, [&](const FoundDifference &difference) {
                return difference.variant == pair.variant &&
                       difference.signature.ends_with(std::string(Finding::through_mark) + block.name);
            });
            if (example == plainest.end() || ran(changes, block.name))
                continue;
            const auto left = std::max(duration_cast<milliseconds>(deadline - steady_clock::now()) / 2, least_share);
            Change change = make_change(*example, pair, steady_clock::now() + left);
            change.through = blocks_run(pair, change);
            if (ran({change}, block.name))
                add_example(changes, std::move(change));
        }
    sort(changes);
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
    sort(changes);
    return changes;
}

} // namespace mblab
