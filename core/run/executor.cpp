// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/run/executor.hpp"

#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "core/op/typed.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <dlfcn.h>
#include <utility>

namespace mblab {
namespace {

/// Checked before any use of them, so that the error says which two do not fit.
const Variant &common_variant(const std::vector<Engine *> &engines)
{
    if (engines.empty())
        throw Error("no engine to run on");
    const Variant &variant = engines.front()->variant();
    for (const Engine *engine : engines)
        if (!(engine->variant() == variant))
            throw Error(
                fmt::format("{} and {} are built for different variants", engines.front()->name(), engine->name()));
    return variant;
}

class Hash {
  public:
    explicit Hash(uint64_t start) : value_(start) {}

    void add(uint64_t number)
    {
        value_ = (value_ ^ number) * 0x100000001b3;
        value_ ^= value_ >> 29;
    }

    void add(std::string_view text)
    {
        for (const char character : text)
            add(static_cast<uint64_t>(static_cast<unsigned char>(character)));
        add(text.size());
    }

    void add(const Outcome &outcome)
    {
        add(outcome.result.exit);
        for (const uint64_t value : outcome.result.value)
            add(value);
        for (const Effect &effect : outcome.effect_list()) {
            add(effect.kind);
            add(effect.a);
            add(effect.b);
            add(effect.c);
            add(outcome.text_of(effect));
        }
        for (const mblab_type type : {MBLAB_TYPE_memory, MBLAB_TYPE_reserved, MBLAB_TYPE_physmem})
            add_array(outcome, type);
        add(outcome.state.current_limit);
        add(outcome.state.totalram);
        add(outcome.state.bottom_up);
    }

    uint64_t value() const { return value_; }

  private:
    void add_array(const Outcome &outcome, mblab_type type)
    {
        const mblab_type_state &array = outcome.state.type[type];
        for (const uint64_t number : {array.cnt, array.max, array.total_size, array.storage})
            add(number);
        for (const Region &region : outcome.regions(type)) {
            add(region.base);
            add(region.size);
            add(static_cast<uint64_t>(region.flags) << 32 | static_cast<uint32_t>(region.nid));
        }
    }

    uint64_t value_;
};

std::string both(const Engine &a, const Outcome &oa, const Engine &b, const Outcome &ob, uint16_t kind)
{
    const uint32_t max_nodes = a.variant().max_nodes;
    return fmt::format("{}:\n{}{}:\n{}", a.name(), describe(kind, oa, max_nodes), b.name(),
                       describe(kind, ob, max_nodes));
}

/// Not a rule of calls: what the executor itself knows.
constexpr Rule states_part{"trait.states-part",
                           "the states differ for a reason that a trait explains, and cannot be compared any more",
                           RuleKind::ends, nullptr};

/// What a call of this family cannot change: an engine that lacks it misses nothing.
bool leaves_state_alone(uint16_t kind)
{
    const Family family = op_info(kind).family;
    return family == Family::query || family == Family::region || family == Family::iterate || family == Family::report;
}

} // namespace

std::string Finding::what(uint16_t kind, uint32_t max_nodes) const
{
    if (!difference)
        return id;
    const std::string text = print_difference(kind, *difference, max_nodes);
    return id == "untold" ? "what no trait says, / what it does: " + text : text;
}

std::string Finding::call(const Trace &trace) const
{
    const std::string_view op = step < trace.steps.size() ? op_info(trace.steps[step].op.kind).name : "";
    return fmt::format("{} {}", id, op);
}

std::string Finding::signature(const Trace &trace) const
{
    const std::string by = through.empty() ? "" : std::string(through_mark) + through;
    if (!explained.empty())
        return fmt::format("{} {}{}", id, explained, by);
    return fmt::format("{} {}{}", call(trace), difference ? difference->signature() : "", by);
}

std::map<uint64_t, const uint8_t *> counters_of(const Engine &engine)
{
    std::map<uint64_t, const uint8_t *> counters;
    const mblab_coverage coverage = engine.coverage();
    Dl_info where{};
    for (uint64_t i = 0; coverage.pcs && i < coverage.count; i++)
        if (const auto at = static_cast<uintptr_t>(coverage.pcs[2 * i]); dladdr(reinterpret_cast<void *>(at), &where))
            counters[at - reinterpret_cast<uintptr_t>(where.dli_fbase)] = &coverage.counters[i];
    return counters;
}

Executor::Executor(std::vector<Engine *> engines, ExecutorOptions options)
    : engines_(std::move(engines)), options_(std::move(options))
{
    // Who predicts does so for the first that does not.
    const auto of_its_own = std::ranges::find_if(engines_, &Engine::arrays_are_in_memory);
    for (Engine *engine : engines_)
        if (of_its_own != engines_.end() && engine != *of_its_own)
            engine->stand_beside(**of_its_own);
    const Variant &variant = common_variant(engines_);
    for (size_t i = 0; i < (options_.compare ? 1 : engines_.size()); i++)
        checkers_.emplace_back(variant, engines_[i]->dialect()).let_known_issues_pass(options_.known_issues);
    if (options_.explanation && options_.explanation->has_traits())
        for (const Engine *engine : engines_)
            predictions_.emplace_back(*engine);
    outcomes_.resize(engines_.size());
    comparers_.resize(engines_.size());
    for (uint16_t kind = 0; kind < MBLAB_OP_COUNT; kind++)
        all_have_[kind] = std::ranges::all_of(engines_, [=](const Engine *engine) { return engine->has(kind); });
    std::map<size_t, std::map<uint64_t, const uint8_t *>> counters;
    for (const WatchedBlock &block : options_.watched) {
        if (!counters.contains(block.engine))
            counters[block.engine] = counters_of(*engines_.at(block.engine));
        const auto found = counters[block.engine].find(block.offset);
        watched_.push_back(found == counters[block.engine].end() ? nullptr : found->second);
    }
    counted_.resize(watched_.size());
}

std::vector<uint16_t> Executor::kinds_that_run() const
{
    std::vector<uint16_t> kinds;
    for (uint16_t kind = 0; kind < MBLAB_OP_COUNT; kind++)
        if (std::ranges::any_of(engines_, [=](const Engine *engine) { return engine->has(kind); }))
            kinds.push_back(kind);
    return kinds;
}

void Executor::start()
{
    for (Engine *engine : engines_) {
        engine->reset();
        if (options_.budget)
            engine->run(ops::world_budget{options_.budget});
    }
    for (Checker &checker : checkers_)
        checker.reset();
    for (Prediction &prediction : predictions_)
        prediction.reset();
    begin();
    statistics_.traces++;
}

/// All engines are in one state.
void Executor::begin()
{
    in_step_.assign(engines_.size(), true);
    runners_.clear();
    ended_.reset();
    compare_with(0);
    diverged_ = false;
    known_.clear();
}

void Executor::load(const State &state)
{
    loaded_ = state;
    left_loaded_ = true;
}

std::optional<Finding> Executor::run_from_loaded(const Op &op)
{
    if (left_loaded_) {
        for (Engine *engine : engines_) {
            loaded_.dialect = engine->dialect();
            engine->load(loaded_);
        }
        loaded_.dialect = engines_.front()->dialect();
        for (Checker &checker : checkers_)
            checker.load(loaded_);
        for (Prediction &prediction : predictions_)
            prediction.load(loaded_);
        begin();
    }
    std::optional<Finding> finding = run_step({op, std::nullopt}, 0);
    const bool had_effects = !runners_.empty() && outcomes_[runners_.front()]->effects.count;
    left_loaded_ = finding || had_effects || !can_go_on() || !(state() == loaded_);
    return finding;
}

std::optional<Finding> Executor::run(const Trace &trace)
{
    start();
    for (size_t i = 0; i < trace.steps.size() && !ended_; i++)
        if (std::optional<Finding> finding = run_step(trace.steps[i], i))
            return finding;
    return std::nullopt;
}

std::vector<Finding> Executor::run_on(const Trace &trace)
{
    start();
    std::vector<Finding> findings;
    for (size_t i = 0; i < trace.steps.size() && !ended_; i++) {
        for (size_t block = 0; block < watched_.size(); block++)
            counted_[block] = watched_[block] ? *watched_[block] : 0;
        const size_t known = findings.size();
        std::optional<Finding> finding = run_step(trace.steps[i], i);
        std::move(explained_.begin(), explained_.end(), std::back_inserter(findings));
        const bool ends = finding && !states_agree();
        if (finding)
            findings.push_back(std::move(*finding));
        add_watched(findings, known);
        if (ends)
            break;
    }
    return findings;
}

/// Those behind the first so many, for each watched block that has counted in this step.
void Executor::add_watched(std::vector<Finding> &findings, size_t first) const
{
    const size_t end = findings.size();
    for (size_t i = first; i < end; i++)
        for (size_t block = 0; block < watched_.size(); block++)
            if (watched_[block] && *watched_[block] != counted_[block]) {
                findings.push_back(findings[i]);
                findings.back().through = options_.watched[block].name;
            }
}

/// From now on the others are compared with this engine.
void Executor::compare_with(size_t engine)
{
    first_ = engine;
    checkers_[checker_of(first_)].change_engine(engines_[first_]->dialect());
    for (size_t i = 0; i < engines_.size(); i++)
        comparers_[i] = Comparer(common_effects(engine, i));
}

/// The kinds of effects that both engines' outcomes hold.
EffectMask Executor::common_effects(size_t a, size_t b) const
{
    return engines_[a]->predicted_effects() & engines_[b]->predicted_effects();
}

bool Executor::states_agree() const
{
    return !diverged_ && std::all_of(runners_.begin(), runners_.end(), [&](size_t i) {
        const Outcome &first = *outcomes_[runners_[0]], &other = *outcomes_[i];
        return options_.explanation || (other.result.exit == first.result.exit && !state_difference(first, other));
    });
}

/// Whether a checker keeps the state of the engine. Who makes a call alone that leaves the state alone is none of them.
bool Executor::is_followed(size_t engine) const
{
    return !options_.compare || engine == first_;
}

/// Which of the checkers it is.
size_t Executor::checker_of(size_t engine) const
{
    return options_.compare ? 0 : engine;
}

/// Which engines make the call; whether any does. Usually all do, as at the last call.
bool Executor::choose_runners(uint16_t kind)
{
    if (all_have_[kind] && runners_.size() == engines_.size())
        return true;
    runners_.clear();
    size_t lacking = 0;
    for (size_t i = 0; i < engines_.size(); i++) {
        if (!in_step_[i])
            continue;
        if (engines_[i]->has(kind))
            runners_.push_back(i);
        else
            lacking++;
    }
    statistics_.absent[kind] += lacking > 0;
    if (lacking && options_.shared_calls_only)
        runners_.clear();
    statistics_.alone[kind] += lacking && runners_.size() == 1;
    return !runners_.empty();
}

std::optional<Finding> Executor::run_step(const Step &step, size_t index)
{
    const Op &op = step.op;
    explained_.clear();
    if (!choose_runners(op.kind))
        return std::nullopt;
    const State &before = checkers_[checker_of(first_)].state();
    if (const Rule *rule = refuses(before, op)) {
        statistics_.rules[rule->id]++;
        return std::nullopt;
    }
    const Outcome *first = nullptr;
    for (const size_t i : runners_) {
        engines_[i]->follow(first);
        outcomes_[i] = &engines_[i]->run(op);
        first = first ? first : outcomes_[i];
    }
    leave_out_who_missed(op.kind);
    if (const Rule *rule = all_corrupted(op)) {
        statistics_.rules[rule->id]++;
        ended_ = {index, rule};
        return std::nullopt;
    }
    count(op, *first);
    if (const Rule *rule = ending(before, op)) {
        statistics_.rules[rule->id]++;
        ended_ = {index, rule};
    }
    std::optional<Finding> finding = judge(step, index);
    if (diverged_ && !ended_) {
        statistics_.rules[states_part.id]++;
        ended_ = {index, &states_part};
    }
    for (const size_t i : runners_) {
        if (is_followed(i))
            checkers_[checker_of(i)].fold(op, *outcomes_[i]);
        if (!predictions_.empty())
            predictions_[i].fold(op, *outcomes_[i]);
    }
    return finding;
}

/// The rule that ends the trace after this call: of the first engine, or of one that the lab's budget stopped.
const Rule *Executor::ending(const State &before, const Op &op) const
{
    for (const size_t i : runners_)
        if (i == runners_.front() || outcomes_[i]->result.exit == MBLAB_BUDGET)
            if (const Rule *rule = ends_after(before, op, *outcomes_[i]))
                return rule;
    return nullptr;
}

/// Who could not make a call that the others made is no longer where they are.
void Executor::leave_out_who_missed(uint16_t kind)
{
    if (leaves_state_alone(kind))
        return;
    for (size_t i = 0, next = 0; i < engines_.size(); i++) {
        if (next < runners_.size() && runners_[next] == i) {
            next++;
            continue;
        }
        statistics_.left_out += in_step_[i];
        in_step_[i] = false;
    }
    if (runners_.front() != first_)
        compare_with(runners_.front());
}

/// Corruption is no difference only where every engine that can have it shows it: one that kept clear of it differs.
const Rule *Executor::all_corrupted(const Op &op) const
{
    const Rule *rule = nullptr;
    for (const size_t i : runners_) {
        if (!engines_[i]->arrays_are_in_memory())
            continue;
        rule = corrupted(checkers_[checker_of(first_)].state(), op, *outcomes_[i]);
        if (!rule)
            return nullptr;
    }
    return rule;
}

/// What no trait explains. The rest is kept aside.
std::optional<Finding> Executor::differs(const Op &op, size_t index, size_t engine)
{
    const size_t first = runners_.front();
    const Outcome &a = *outcomes_[first], &b = *outcomes_[engine];
    const EffectMask mask = common_effects(first, engine);
    const auto finding_if = [&](const std::optional<Difference> &found) -> std::optional<Finding> {
        return found ? std::optional(finding_of(op, index, engine, *found)) : std::nullopt;
    };
    if (!options_.explanation)
        return finding_if(difference(a, b, mask));
    Explanation::Verdict verdict = options_.explanation->judge({checkers_[checker_of(first_)].state(), op, a, b}, mask);
    diverged_ |= !verdict.states_agree || a.result.exit != b.result.exit;
    for (const Explanation::Explained &each : verdict.explained) {
        if (!known_.emplace(each.trait, each.field).second && watched_.empty())
            continue;
        explained_.push_back(finding_of(op, index, engine, each.difference));
        explained_.back().id = fmt::format("trait {}", each.trait);
        explained_.back().explained = each.field;
    }
    if (verdict.unexplained)
        return finding_if(verdict.unexplained);
    // What is expected of a field is no answer to a trait, and the model does not know of it.
    const bool of_traits = std::ranges::all_of(verdict.explained, [](const Explanation::Explained &each) {
        return each.trait == messages_field || !is_expected_field(each.trait);
    });
    return of_traits ? untold(op, index, engine) : std::nullopt;
}

/// A trait explains a field of the outcome whatever is in it: what it means there, the model says in either dialect.
std::optional<Finding> Executor::untold(const Op &op, size_t index, size_t engine)
{
    if (predictions_.empty())
        return std::nullopt;
    const size_t sides[] = {runners_.front(), engine};
    std::optional<Difference> found[2];
    for (const size_t side : {size_t{0}, size_t{1}})
        found[side] = predictions_[sides[side]].difference_of(op, *outcomes_[sides[side]]);
    const unsigned nodes = engines_[engine]->variant().max_nodes;
    // What both sides do, and the model does not, is no difference between them.
    if (found[0] && found[1] &&
        print_difference(op.kind, *found[0], nodes) == print_difference(op.kind, *found[1], nodes))
        return std::nullopt;
    for (const size_t side : {size_t{0}, size_t{1}}) {
        if (!found[side])
            continue;
        Finding finding = finding_of(op, index, engine, *found[side]);
        finding.id = "untold";
        finding.title =
            fmt::format("{}: {}: {}", print_op(op), engines_[sides[side]]->name(), finding.what(op.kind, nodes));
        return finding;
    }
    return std::nullopt;
}

Finding Executor::finding_of(const Op &op, size_t index, size_t engine, const Difference &found) const
{
    const size_t first = runners_.front();
    return {index, "difference",
            fmt::format("{}: {} / {}: {}", print_op(op), engines_[first]->name(), engines_[engine]->name(),
                        print_difference(op.kind, found, engines_[first]->variant().max_nodes)),
            both(*engines_[first], *outcomes_[first], *engines_[engine], *outcomes_[engine], op.kind), found};
}

std::optional<Finding> Executor::compare(const Op &op, size_t index)
{
    const size_t first = runners_.front();
    for (const size_t i : runners_) {
        // What a comparer remembers is of the usual pair.
        if (i == first || (first == first_ && comparers_[i].same(*outcomes_[first], *outcomes_[i])))
            continue;
        if (std::optional<Finding> finding = differs(op, index, i))
            return finding;
    }
    return std::nullopt;
}

std::optional<Finding> Executor::judge(const Step &step, size_t index)
{
    const Op &op = step.op;
    for (const size_t i : runners_)
        if (outcomes_[i]->result.exit == MBLAB_FAULT)
            return Finding{index, "fault",
                           fmt::format("{}: {} faults{}{}", print_op(op), engines_[i]->name(),
                                       engines_[i]->fault().empty() ? "" : ": ", engines_[i]->fault()),
                           describe(op.kind, *outcomes_[i], engines_[i]->variant().max_nodes)};
    if (options_.compare)
        if (std::optional<Finding> finding = compare(op, index))
            return finding;
    for (const size_t i : runners_) {
        // Some laws are of texts, and who predicts none keeps none.
        if (!options_.laws || !is_followed(i) || engines_[i]->predicted_effects() != all_effects)
            continue;
        if (const std::optional<Violation> violation = checkers_[checker_of(i)].check(op, *outcomes_[i]))
            return Finding{index, std::string(violation->law),
                           fmt::format("{}: {} violates {}: {}", print_op(op), engines_[i]->name(), violation->law,
                                       violation->explanation),
                           describe(op.kind, *outcomes_[i], engines_[i]->variant().max_nodes)};
    }
    if (!options_.expectations || !step.expected)
        return std::nullopt;
    for (const size_t i : runners_)
        if (outcomes_[i]->result.exit != MBLAB_RETURNED || outcomes_[i]->result.value[0] != *step.expected)
            return Finding{index, "expectation",
                           fmt::format("{}: {} gives {:#x}, the trace expects {:#x}", print_op(op), engines_[i]->name(),
                                       outcomes_[i]->result.value[0], *step.expected),
                           describe(op.kind, *outcomes_[i], engines_[i]->variant().max_nodes)};
    return std::nullopt;
}

void Executor::count(const Op &op, const Outcome &outcome)
{
    statistics_.ops++;
    statistics_.calls[op.kind]++;
    statistics_.nonzero[op.kind] += outcome.result.value[0] != 0;
    statistics_.exits[outcome.result.exit]++;
    const std::span<const Effect> effects = outcome.effect_list();
    statistics_.warnings += static_cast<uint64_t>(std::ranges::count(effects, MBLAB_EFFECT_warn, &Effect::kind));
    const State &before = checkers_[checker_of(first_)].state();
    for (size_t i = 0; i < before.arrays.size(); i++)
        statistics_.doublings += before.arrays[i].max && outcome.state.type[i].max > before.arrays[i].max;
    if (!hashing_)
        return;
    Hash hash(hash_);
    hash.add(op.kind);
    hash.add(outcome);
    hash_ = hash.value();
}

std::string reproducer(const Trace &trace, const Finding &finding)
{
    Trace shown = trace;
    shown.steps.resize(std::min(trace.steps.size(), finding.step + 1));
    return fmt::format("# {}: {}\n{}{}", finding.id, finding.title, print_trace(shown), prefixed(finding.detail, "# "));
}

} // namespace mblab
