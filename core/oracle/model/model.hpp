// SPDX-License-Identifier: GPL-2.0-or-later
// The model: what memblock is documented to do, as sets of addresses with attributes.
#pragma once

#include "core/engine/engine.hpp"
#include "core/oracle/model/log.hpp"
#include "core/state/state.hpp"

namespace mblab {

using model_detail::Search;

/// Says which outcome of an op is lawful. Copies are independent of each other.
class Model final : public Engine {
  public:
    explicit Model(const Variant &variant, const Dialect &dialect = {}) : state_(variant, dialect)
    {
        set_dialect(dialect);
    }

    const State &at() const { return state_; }
    void load(const State &state) override { state_ = state; } // by copying, which keeps the memory

    /// From now on each search for room is put here, until this is null.
    void watch(std::vector<Search> *searches) { log_.searches = searches; }

    std::string_view name() const override { return "model"; }
    const Variant &variant() const override { return state_.variant; }
    bool has(uint16_t kind) const override;
    void reset() override { load(State(state_.variant, dialect())); }
    void stand_beside(const Engine &other) override { *this = Model(other.variant(), other.dialect()); }
    void follow(const Outcome *first) override { first_ = first; }
    const Outcome &run(const Op &op) override;
    const mblab_state &state() override
    {
        state_.show(outcome_.state);
        return outcome_.state;
    }
    bool arrays_are_in_memory() const override { return false; }
    EffectMask predicted_effects() const override { return ~model_detail::Log::texts; }

  private:
    State state_;
    model_detail::Log log_;
    const Outcome *first_ = nullptr;
    Outcome outcome_;
};

} // namespace mblab
