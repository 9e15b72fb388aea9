// SPDX-License-Identifier: GPL-2.0-or-later
#include "apps/export/play.hpp"

#include "apps/view/player.hpp"
#include "core/base/error.hpp"
#include "core/run/executor.hpp"

#include <fmt/format.h>

namespace mblab::exporting {
namespace {

/// After a call that leaves two arrays on one another: where each lies, though nothing can be said of what they hold.
State with_storages(State state, const mblab_state &now)
{
    for (size_t i = 0; i < state.arrays.size(); i++) {
        state.arrays[i].max = now.type[i].max;
        state.arrays[i].storage = now.type[i].storage;
    }
    return state;
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

void play_step(view::Player &player, const Op &op, Play &out)
{
    PlayedStep &step = out.steps.emplace_back();
    step.op = op;
    out.before = out.after;
    if (!player.play(op)) {
        step.refused_by = player.rule() ? player.rule()->id : "";
        step.result.exit = player.rule() ? MBLAB_RETURNED : MBLAB_ABSENT;
        out.outcome = fmt::format("  not called: {}\n",
                                  player.rule() ? player.rule()->reason : "the engine has no such function");
        return;
    }
    step.result = player.outcome().result;
    step.violations = violations(player.before(), op, player.outcome());
    note_effects(player.outcome(), step);
    out.outcome = describe(op.kind, player.outcome(), out.variant.max_nodes);
    out.corrupted = player.corrupted();
    out.after = out.corrupted ? with_storages(player.after(), player.outcome().state) : player.after();
    out.ended_by = player.rule() ? player.rule()->id : "";
}

} // namespace

Interval Play::touched() const
{
    Interval all;
    for (const PlayedStep &step : steps)
        all = hull(all, step.touched);
    return all;
}

std::string Play::picture(size_t width) const
{
    return mblab::picture(before, after, corrupted, width);
}

Play play(const Trace &trace, Engine &engine, std::string_view variant_name)
{
    if (trace.steps.empty())
        throw Error("the trace has no calls: there is nothing to export");
    Play out;
    out.engine = engine.name();
    out.variant_name = variant_name;
    out.variant = engine.variant();
    view::Player player(engine);
    out.after = player.after();
    for (size_t i = 0; i < trace.steps.size() && out.ended_by.empty(); i++)
        play_step(player, trace.steps[i].op, out);
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
