// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/run/executor.hpp"

#include "core/base/error.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

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
    return fmt::format("{}:\n{}{}:\n{}", a.name(), describe(kind, oa), b.name(), describe(kind, ob));
}

std::string as_comments(std::string_view text)
{
    std::string out;
    while (!text.empty()) {
        const std::string_view line = text.substr(0, text.find('\n'));
        out += "# " + std::string(line) + '\n';
        text.remove_prefix(std::min(text.size(), line.size() + 1));
    }
    return out;
}

/// "effect 3: warn() / range(start=0x0)" is of the kind "effect : warn / range": numbers, arguments and texts are left
/// out.
std::string without_numbers(std::string_view text)
{
    std::string words;
    int depth = 0; // of brackets of any kind; "[a, b)" closes with another than it opens with
    bool quoted = false, in_number = false;
    for (const char character : text) {
        const bool is_digit = std::isdigit(static_cast<unsigned char>(character));
        in_number = is_digit || (in_number && std::isalnum(static_cast<unsigned char>(character)));
        if (character == '"')
            quoted = !quoted;
        else if (quoted)
            continue;
        else if (character == '(' || character == '[')
            depth++;
        else if (character == ')' || character == ']')
            depth--;
        else if (depth == 0 && !in_number)
            words += character;
    }
    return words;
}

} // namespace

std::string Finding::signature(const Trace &trace) const
{
    const std::string_view op = step < trace.steps.size() ? op_info(trace.steps[step].op.kind).name : "";
    return fmt::format("{} {} {}", id, op, without_numbers(what));
}

Executor::Executor(std::vector<Engine *> engines, ExecutorOptions options)
    : engines_(std::move(engines)), options_(options)
{
    checkers_.assign(options_.compare ? 1 : engines_.size(), Checker(common_variant(engines_)));
    outcomes_.resize(engines_.size());
    comparers_.resize(engines_.size());
    for (uint16_t kind = 0; kind < MBLAB_OP_COUNT; kind++)
        has_[kind] =
            std::all_of(engines_.begin(), engines_.end(), [=](const Engine *engine) { return engine->has(kind); });
}

void Executor::start()
{
    for (Engine *engine : engines_)
        engine->reset();
    for (Checker &checker : checkers_)
        checker.reset();
    for (Comparer &comparer : comparers_)
        comparer.reset();
    statistics_.traces++;
}

std::optional<Finding> Executor::run(const Trace &trace)
{
    start();
    bool over = false;
    for (size_t i = 0; i < trace.steps.size() && !over; i++)
        if (std::optional<Finding> finding = run_step(trace.steps[i], i, over))
            return finding;
    return std::nullopt;
}

std::vector<Finding> Executor::run_on(const Trace &trace)
{
    start();
    std::vector<Finding> findings;
    bool over = false;
    for (size_t i = 0; i < trace.steps.size() && !over; i++) {
        if (std::optional<Finding> finding = run_step(trace.steps[i], i, over)) {
            findings.push_back(std::move(*finding));
            over = over || !states_agree();
        }
    }
    return findings;
}

bool Executor::states_agree() const
{
    for (size_t i = 1; i < engines_.size(); i++)
        if (outcomes_[i]->result.exit != outcomes_[0]->result.exit ||
            !state_difference(as_compared(0), as_compared(i)).empty())
            return false;
    return true;
}

/// The last outcome of the engine, as it is held against those of others.
Outcome Executor::as_compared(size_t engine) const
{
    return options_.dummy_is_empty ? without_dummy_entries(*outcomes_[engine]) : *outcomes_[engine];
}

std::optional<Finding> Executor::run_step(const Step &step, size_t index, bool &over)
{
    const Op &op = step.op;
    if (!has_[op.kind]) {
        statistics_.absent[op.kind]++;
        return std::nullopt;
    }
    if (const Rule *rule = refuses(checkers_[0].state(), op)) {
        statistics_.rules[rule->id]++;
        return std::nullopt;
    }
    for (size_t i = 0; i < engines_.size(); i++)
        outcomes_[i] = &engines_[i]->run(op);
    if (const Rule *rule = all_corrupted(op)) {
        statistics_.rules[rule->id]++;
        over = true;
        return std::nullopt;
    }
    count(op, *outcomes_[0]);
    const Rule *end = ends_after(checkers_[0].state(), op, *outcomes_[0]);
    if (end) {
        statistics_.rules[end->id]++;
        over = true;
    }
    std::optional<Finding> finding = judge(step, index);
    for (size_t i = 0; i < checkers_.size(); i++)
        checkers_[i].fold(op, *outcomes_[i]);
    return finding;
}

/// Corruption is a known issue only where every engine that can have it shows it: one that kept clear of it is a
/// difference.
const Rule *Executor::all_corrupted(const Op &op) const
{
    const Rule *rule = nullptr;
    for (size_t i = 0; i < engines_.size(); i++) {
        if (!engines_[i]->arrays_are_in_memory())
            continue;
        rule = corrupted(checkers_[0].state(), op, *outcomes_[i]);
        if (!rule)
            return nullptr;
    }
    return rule;
}

std::optional<Finding> Executor::judge(const Step &step, size_t index)
{
    const Op &op = step.op;
    const Outcome &first = *outcomes_[0];
    for (size_t i = 0; i < engines_.size(); i++)
        if (outcomes_[i]->result.exit == MBLAB_FAULT)
            return Finding{index, "fault", fmt::format("{}: {} faults", print_op(op), engines_[i]->name()),
                           describe(op.kind, *outcomes_[i])};
    for (size_t i = 1; options_.compare && i < engines_.size(); i++) {
        if (comparers_[i].same(first, *outcomes_[i]))
            continue;
        if (const std::string text = difference(as_compared(0), as_compared(i)); !text.empty())
            return Finding{index, "difference",
                           fmt::format("{}: {} / {}: {}", print_op(op), engines_[0]->name(), engines_[i]->name(), text),
                           both(*engines_[0], first, *engines_[i], *outcomes_[i], op.kind), text};
    }
    for (size_t i = 0; options_.laws && i < checkers_.size(); i++)
        if (const std::optional<Violation> violation = checkers_[i].check(op, *outcomes_[i]))
            return Finding{index, std::string(violation->law),
                           fmt::format("{}: {} violates {}: {}", print_op(op), engines_[i]->name(), violation->law,
                                       violation->explanation),
                           describe(op.kind, *outcomes_[i])};
    for (size_t i = 0; options_.expectations && step.expected && i < engines_.size(); i++)
        if (outcomes_[i]->result.exit != MBLAB_RETURNED || outcomes_[i]->result.value[0] != *step.expected)
            return Finding{index, "expectation",
                           fmt::format("{}: {} gives {:#x}, the trace expects {:#x}", print_op(op), engines_[i]->name(),
                                       outcomes_[i]->result.value[0], *step.expected),
                           describe(op.kind, *outcomes_[i])};
    return std::nullopt;
}

void Executor::count(const Op &op, const Outcome &outcome)
{
    statistics_.ops++;
    statistics_.calls[op.kind]++;
    statistics_.nonzero[op.kind] += outcome.result.value[0] != 0;
    statistics_.exits[outcome.result.exit]++;
    for (size_t i = 0; i < std::size(outcome.state.type); i++)
        statistics_.doublings += outcome.state.type[i].max > checkers_[0].state().arrays[i].max;
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
    return fmt::format("# {}: {}\n{}{}", finding.id, finding.title, print_trace(shown), as_comments(finding.detail));
}

} // namespace mblab
