// SPDX-License-Identifier: GPL-2.0-or-later
// Bugs planted in an engine, so that each property is seen to fail: the engine gets another call than the one that was
// made, or another answer is given than the engine's.
#pragma once

#include "core/engine/engine.hpp"
#include "core/op/typed.hpp"

#include <algorithm>
#include <array>
#include <functional>
#include <memory>
#include <type_traits>
#include <vector>

namespace mblab::property {

/// What one call gave, by value.
struct Answer {
    mblab_result result{};
    std::vector<Effect> effects;

    /// Kind and numbers of each effect that is not of that kind.
    std::vector<std::array<uint64_t, 4>> effects_without(mblab_effect_kind kind = MBLAB_EFFECT_COUNT) const
    {
        std::vector<std::array<uint64_t, 4>> left;
        for (const Effect &effect : effects)
            if (effect.kind != kind)
                left.push_back({effect.kind, effect.a, effect.b, effect.c});
        return left;
    }
};

struct Bug {
    std::function<Op(const Op &, const mblab_state &)> miscall;
    std::function<void(const Op &, Answer &)> misreport;
};

/// Calls of one kind are made differently: change(call) or change(call, state before) is what is called instead.
template <typename Call, typename Change> Bug miscalls(Change change)
{
    return {.miscall = [change](const Op &op, const mblab_state &before) -> Op {
                if (!is<Call>(op))
                    return op;
                if constexpr (std::is_invocable_v<Change, Call, const mblab_state &>)
                    return change(Call::of(op), before);
                else
                    return change(Call::of(op));
            },
            .misreport = {}};
}

/// Calls of one kind give something else.
template <typename Call, typename Change> Bug misreports(Change change)
{
    return {.miscall = {}, .misreport = [change](const Op &op, Answer &answer) {
                if (is<Call>(op))
                    change(answer);
            }};
}

/// A field of one kind of call is another by so much: adds(&ops::memblock_reserve::size, -1).
template <typename Call, typename Field> Bug adds(Field Call::*field, int64_t delta)
{
    return miscalls<Call>([field, delta](Call call) {
        call.*field += static_cast<Field>(delta);
        return call;
    });
}

/// A field of one kind of call is always this.
template <typename Call, typename Field> Bug sets(Field Call::*field, std::type_identity_t<Field> value)
{
    return miscalls<Call>([field, value](Call call) {
        call.*field = value;
        return call;
    });
}

/// Calls of one kind are for so many bytes more where a region of that type begins at either of their ends.
template <typename Call> Bug adds_beside(mblab_type type, int64_t delta)
{
    return miscalls<Call>([type, delta](Call call, const mblab_state &before) {
        const mblab_type_state &array = before.type[type];
        const uint64_t end = call.base + call.size;
        for (size_t i = 0; i < array.cnt; i++)
            if (array.regions[i].base == call.base || array.regions[i].base == end)
                call.size += static_cast<uint64_t>(delta);
        return call;
    });
}

/// Calls of one kind do to their range what another call does.
template <typename Call, typename Other> Bug becomes()
{
    return miscalls<Call>([](Call call) -> Op { return Other{.base = call.base, .size = call.size}; });
}

/// Calls of one kind lose their last effect of that kind.
template <typename Call> Bug loses(mblab_effect_kind kind)
{
    return misreports<Call>([kind](Answer &answer) {
        std::vector<Effect> &all = answer.effects;
        const auto last = std::find_if(all.rbegin(), all.rend(), [kind](const Effect &e) { return e.kind == kind; });
        if (last != all.rend())
            all.erase(std::next(last).base());
    });
}

class Mutant final : public Engine {
  public:
    Mutant(std::unique_ptr<Engine> engine, const Bug &bug) : engine_(std::move(engine)), bug_(bug) {}

    std::string_view name() const override { return engine_->name(); }
    const Variant &variant() const override { return engine_->variant(); }
    bool has(uint16_t kind) const override { return engine_->has(kind); }
    void reset() override { engine_->reset(); }
    const mblab_state &state() override { return engine_->state(); }

    const Outcome &run(const Op &op) override
    {
        outcome_ = engine_->run(bug_.miscall ? bug_.miscall(op, engine_->state()) : op);
        if (!bug_.misreport)
            return outcome_;
        answer_.result = outcome_.result;
        answer_.effects.assign(outcome_.effect_list().begin(), outcome_.effect_list().end());
        bug_.misreport(op, answer_);
        outcome_.result = answer_.result;
        outcome_.effects.list = answer_.effects.data();
        outcome_.effects.count = static_cast<uint32_t>(answer_.effects.size());
        return outcome_;
    }

  private:
    std::unique_ptr<Engine> engine_;
    const Bug &bug_;
    Outcome outcome_;
    Answer answer_;
};

} // namespace mblab::property
