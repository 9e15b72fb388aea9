// SPDX-License-Identifier: GPL-2.0-or-later
// What the predecessors and their model share as engines: the outcome of a call, and the state that they show.
#pragma once

#include "core/engine/engine.hpp"
#include "core/op/typed.hpp"
#include "core/oracle/model/log.hpp"

#include <span>
#include <string>
#include <vector>

namespace mblab::history {

/// The state in every engine's terms.
struct Layout {
    std::vector<Region> memory;   // what the allocator knows: bump's range, the span of each node
    std::vector<Region> reserved; // what is taken
    std::vector<Region> maps;     // where the nodes' maps lie; shown as physmem
};

/// Nodes, and no arrays that could be full.
inline constexpr Variant variant{.config = MBLAB_CONFIG_numa,
                                 .max_nodes = 16,
                                 .memory_regions = MBLAB_REGIONS_OF_OLD,
                                 .reserved_regions = MBLAB_REGIONS_OF_OLD};

class Predecessor : public Engine {
  public:
    Predecessor(std::string name, std::span<const uint16_t> kinds) : name_(std::move(name)), kinds_(kinds) {}

    std::string_view name() const override { return name_; }
    const Variant &variant() const override { return history::variant; }
    bool has(uint16_t kind) const override;
    void reset() final;
    const Outcome &run(const Op &op) final;
    const mblab_state &state() final;
    EffectMask predicted_effects() const override { return all_effects; }

  protected:
    virtual void forget() = 0;
    /// A call that this engine has: result() or a leave.
    virtual void call(const Op &op) = 0;
    virtual Layout layout() const = 0;

    void result(uint64_t value) { outcome_.result = {MBLAB_RETURNED, 1, {value}}; }
    /// The call's own preconditions do not hold.
    static void refuse_if(bool condition)
    {
        if (condition)
            throw model_detail::Left{MBLAB_REFUSED};
    }
    void bug_if(bool condition)
    {
        if (condition)
            log_.leave(MBLAB_EFFECT_bug, MBLAB_BUG);
    }
    /// The layout is another from now on.
    void change() { is_shown_ = false; }
    void give_pages(uint64_t pfn, uint64_t order, uint64_t count);

    model_detail::Log log_;
    uint64_t budget_ = 0; // as world_budget sets it; 0: as much as it takes

  private:
    void show();

    std::string name_;
    std::span<const uint16_t> kinds_;
    Outcome outcome_;
    Layout layout_;
    bool is_shown_ = false;
    uint64_t version_ = 0;
};

} // namespace mblab::history
