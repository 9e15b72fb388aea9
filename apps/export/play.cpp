// SPDX-License-Identifier: GPL-2.0-or-later
#include "apps/export/play.hpp"

#include "apps/export/picture.hpp"
#include "core/base/error.hpp"
#include "core/engine/fold.hpp"
#include "core/oracle/rules.hpp"

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
    copy.region_bytes = state.region_bytes;
    copy.bottom_up = state.bottom_up;
    return copy;
}

Interval joined(const Interval &a, const Interval &b)
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

/// The memory that an array lies in, as a region to draw; of size 0 where it is static.
Region storage_of(const Array &array, uint64_t region_bytes, const Variant &variant)
{
    if (array.storage == MBLAB_STATIC_ADDR)
        return {};
    return {array.storage, array.max * region_bytes, 0, static_cast<int32_t>(variant.max_nodes)};
}

} // namespace

Interval Play::touched() const
{
    Interval all;
    for (const PlayedStep &step : steps)
        all = joined(all, step.touched);
    return all;
}

std::string Play::picture() const
{
    const Region memory_array = storage_of(after.memory(), after.region_bytes, variant);
    const Region reserved_array = storage_of(after.reserved(), after.region_bytes, variant);
    std::vector<Bar> bars = {{"memory, before", before.memory().regions},
                             {"reserved, before", before.reserved().regions}};
    Interval focus = joined(interval_of(memory_array), interval_of(reserved_array));
    if (!corrupted) {
        bars.insert(bars.begin() + 1, {"memory, after", after.memory().regions});
        bars.push_back({"reserved, after", after.reserved().regions});
        focus = joined(changed(before.memory().regions, after.memory().regions),
                       changed(before.reserved().regions, after.reserved().regions));
    }
    if (memory_array.size)
        bars.push_back({"array of memory", {&memory_array, 1}});
    if (reserved_array.size)
        bars.push_back({"array of reserved", {&reserved_array, 1}});
    return exporting::picture(bars, {focus, static_cast<int32_t>(variant.max_nodes)});
}

Play play(const Trace &trace, Engine &engine, std::string_view variant_name)
{
    if (trace.steps.empty())
        throw Error("the trace has no calls: there is nothing to export");
    Play out;
    out.engine = engine.name();
    out.variant_name = variant_name;
    out.variant = engine.variant();
    State state(engine.variant());
    engine.reset();
    for (size_t i = 0; i < trace.steps.size() && out.ended_by.empty(); i++) {
        PlayedStep step;
        step.op = trace.steps[i].op;
        out.before = i == 0 ? snapshot(engine.state()) : std::move(out.after);
        if (const Rule *rule = refuses(state, step.op)) {
            step.refused_by = rule->id;
            out.outcome = "  not called: " + std::string(rule->reason) + '\n';
            out.after = snapshot(engine.state());
            out.steps.push_back(step);
            continue;
        }
        const Outcome &outcome = engine.run(step.op);
        step.result = outcome.result;
        note_effects(outcome, step);
        out.outcome = describe(step.op.kind, outcome);
        out.after = snapshot(outcome.state);
        const Rule *end = mblab::corrupted(state, step.op, outcome);
        out.corrupted = end;
        if (!end)
            end = ends_after(state, step.op, outcome);
        if (end)
            out.ended_by = end->id;
        fold(state, step.op, outcome);
        out.steps.push_back(step);
    }
    return out;
}

std::optional<Divergence> first_divergence(const Trace &trace, Engine &a, Engine &b)
{
    State state(a.variant());
    a.reset();
    b.reset();
    for (size_t i = 0; i < trace.steps.size(); i++) {
        const Op &op = trace.steps[i].op;
        if (refuses(state, op) || !a.has(op.kind) || !b.has(op.kind))
            continue;
        const Outcome &left = a.run(op);
        const Outcome &right = b.run(op);
        if (std::string text = difference(left, right); !text.empty())
            return Divergence{i, text};
        if (corrupted(state, op, left) || ends_after(state, op, left))
            return std::nullopt;
        fold(state, op, left);
    }
    return std::nullopt;
}

} // namespace mblab::exporting
