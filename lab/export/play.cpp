// SPDX-License-Identifier: GPL-2.0-or-later
#include "lab/export/play.hpp"

#include "lab/error.hpp"
#include "lab/executor/rules.hpp"

#include <algorithm>

namespace mblab::exporting {
namespace {

Snapshot snapshot(const mblab_state &state)
{
    Snapshot copy;
    for (size_t i = 0; i < copy.arrays.size(); i++) {
        const mblab_type_state &array = state.type[i];
        const uint64_t readable = std::min(array.cnt, array.max);
        copy.arrays[i] = {array.cnt, array.max, array.total_size, array.storage,
                          std::vector<Region>(array.regions, array.regions + readable)};
    }
    copy.current_limit = state.current_limit;
    copy.bottom_up = state.bottom_up;
    return copy;
}

contract::Range joined(const contract::Range &a, const contract::Range &b)
{
    if (a.empty() || b.empty())
        return a.empty() ? b : a;
    return {std::min(a.start, b.start), std::max(a.end, b.end)};
}

void note_effects(const Outcome &outcome, PlayedStep &step)
{
    for (const Effect &effect : outcome.effect_list()) {
        if (effect.kind == MBLAB_EFFECT_zero && effect.a != MBLAB_STATIC_ADDR)
            step.touched = joined(step.touched, {effect.a, effect.a + effect.b});
        if (effect.kind == MBLAB_EFFECT_copy && effect.a != MBLAB_STATIC_ADDR) {
            // The new array is twice what is copied into it, and its upper half is cleared.
            step.touched = joined(step.touched, {effect.a, effect.a + 2 * effect.c});
            step.moved_array = true;
        }
    }
}

bool last_may_differ(const mblab_result &result)
{
    return result.exit == MBLAB_RETURNED || result.exit == MBLAB_REFUSED || result.exit == MBLAB_ABSENT;
}

} // namespace

contract::Range Play::touched() const
{
    contract::Range all;
    for (const PlayedStep &step : steps)
        all = joined(all, step.touched);
    return all;
}

Play play(const Trace &trace, Engine &engine, std::string_view variant_name)
{
    if (trace.steps.empty())
        throw Error("the trace has no calls: there is nothing to export");
    Play out;
    out.engine = engine.name();
    out.variant_name = variant_name;
    out.variant = engine.variant();
    Rules rules(engine.variant());
    engine.reset();
    for (size_t i = 0; i < trace.steps.size() && out.ended_by.empty(); i++) {
        PlayedStep step;
        step.op = trace.steps[i].op;
        const bool is_last = i + 1 == trace.steps.size();
        // Only the last two states are kept, and which call is the last is known beforehand but where a rule ends the trace.
        out.before = is_last || i < 1 ? snapshot(engine.state()) : std::move(out.after);
        if (const Rule *rule = rules.refuses(step.op, engine.state())) {
            step.refused_by = rule->id;
            out.outcome = "  not called: " + std::string(rule->why) + '\n';
            out.after = snapshot(engine.state());
            out.steps.push_back(step);
            continue;
        }
        const Outcome &outcome = engine.run(step.op);
        step.result = outcome.result;
        note_effects(outcome, step);
        out.outcome = describe(step.op.kind, outcome);
        out.after = snapshot(outcome.state);
        const Rule *end = rules.corrupted(outcome);
        if (!end)
            end = rules.ends_after(step.op, outcome);
        if (end)
            out.ended_by = end->id;
        out.steps.push_back(step);
    }
    return out;
}

std::optional<Divergence> first_divergence(const Trace &trace, Engine &a, Engine &b)
{
    Rules rules(a.variant());
    a.reset();
    b.reset();
    for (size_t i = 0; i < trace.steps.size(); i++) {
        const Op &op = trace.steps[i].op;
        if (rules.refuses(op, a.state()) || !a.has(op.kind) || !b.has(op.kind))
            continue;
        const Outcome &left = a.run(op);
        const Outcome &right = b.run(op);
        if (std::string text = difference(left, right); !text.empty())
            return Divergence{i, text};
        if (!last_may_differ(left.result) || rules.ends_after(op, left) || rules.corrupted(left))
            return std::nullopt;
    }
    return std::nullopt;
}

} // namespace mblab::exporting
