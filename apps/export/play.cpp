// SPDX-License-Identifier: GPL-2.0-or-later
#include "apps/export/play.hpp"

#include "core/base/error.hpp"
#include "core/engine/fold.hpp"
#include "core/oracle/rules.hpp"
#include "core/run/executor.hpp"
#include "core/state/picture.hpp"

#include <utility>

namespace mblab::exporting {
namespace {

State value_of(const mblab_state &state, const Variant &variant)
{
    State copy(variant);
    for (size_t i = 0; i < copy.arrays.size(); i++) {
        const mblab_type_state &array = state.type[i];
        copy.arrays[i].set.load({array.regions, std::min(array.cnt, array.max)}, array.total_size);
        copy.arrays[i].max = array.max;
        copy.arrays[i].storage = array.storage;
    }
    copy.current_limit = state.current_limit;
    copy.bottom_up = state.bottom_up;
    return copy;
}

void note_effects(const Outcome &outcome, PlayedStep &step)
{
    for (const Effect &effect : outcome.effect_list()) {
        if (effect.kind == MBLAB_EFFECT_zero && effect.a != MBLAB_STATIC_ADDR)
            step.touched = hull(step.touched, {effect.a, effect.a + effect.b});
        if (effect.kind == MBLAB_EFFECT_copy && effect.a != MBLAB_STATIC_ADDR) {
            // The new array is twice what is copied into it, and its upper half is cleared.
            step.touched = hull(step.touched, {effect.a, effect.a + 2 * effect.c});
            step.moved_array = true;
        }
    }
}

} // namespace

Interval Play::touched() const
{
    Interval all;
    for (const PlayedStep &step : steps)
        all = hull(all, step.touched);
    return all;
}

std::string Play::picture() const
{
    return mblab::picture(before, after, corrupted);
}

Play play(const Trace &trace, Engine &engine, std::string_view variant_name)
{
    if (trace.steps.empty())
        throw Error("the trace has no calls: there is nothing to export");
    Play out;
    out.engine = engine.name();
    out.variant_name = variant_name;
    out.variant = engine.variant();
    State state(out.variant);
    engine.reset();
    out.after = value_of(engine.state(), out.variant);
    for (size_t i = 0; i < trace.steps.size() && out.ended_by.empty(); i++) {
        PlayedStep &step = out.steps.emplace_back();
        step.op = trace.steps[i].op;
        if (const Rule *rule = refuses(state, step.op)) {
            step.refused_by = rule->id;
            out.outcome = "  not called: " + std::string(rule->reason) + '\n';
            out.before = out.after;
            continue;
        }
        const Outcome &outcome = engine.run(step.op);
        step.result = outcome.result;
        note_effects(outcome, step);
        out.outcome = describe(step.op.kind, outcome, out.variant.max_nodes);
        out.before = std::exchange(out.after, value_of(outcome.state, out.variant));
        const Rule *corrupted = mblab::corrupted(state, step.op, outcome), *end = ends_after(state, step.op, outcome);
        fold(state, step.op, outcome);
        out.corrupted = corrupted;
        if (corrupted || end)
            out.ended_by = (corrupted ? corrupted : end)->id;
    }
    return out;
}

std::optional<Divergence> first_divergence(const Trace &trace, Engine &a, Engine &b)
{
    const ExecutorOptions comparison{.laws = false, .expectations = false, .shared_calls_only = true};
    const std::optional<Finding> finding = Executor({&a, &b}, comparison).run(trace);
    if (!finding)
        return std::nullopt;
    const Op &op = trace.steps[finding->step].op;
    return Divergence{finding->step, finding->difference
                                         ? print_difference(op.kind, *finding->difference, a.variant().max_nodes)
                                         : finding->title};
}

} // namespace mblab::exporting
