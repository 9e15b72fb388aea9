// SPDX-License-Identifier: GPL-2.0-or-later
// One allocator meets the demands of a boot in its own calls.
#pragma once

#include "apps/history/demand.hpp"
#include "apps/history/figures.hpp"
#include "core/engine/engine.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mblab::history {

class Contender {
  public:
    Contender(const Boot &boot, std::unique_ptr<Engine> engine) : boot_(boot), engine_(std::move(engine)) {}
    virtual ~Contender() = default;

    Figures run();
    /// The calls that were made, by step of the boot; the last are those behind its end.
    const view::OwnCalls &made() const { return made_; }
    /// The same as a trace for `mblab run`.
    Trace trace() const;
    Engine &engine() { return *engine_; }

  protected:
    /// Before the first block is asked for. Why it cannot be done; empty when it was.
    virtual std::string set_up() { return ""; }
    /// A call of the trace that makes no demand.
    virtual void pass(const Op &) {}
    virtual void keep(const Demand &demand) = 0;
    /// Where the block is; 0 after a note of why not.
    virtual uint64_t find(const Demand &demand) = 0;
    /// Whether it can be given back.
    virtual bool release(Interval range) = 0;
    /// Gives all that is left to the buddy allocator.
    virtual Op last_call() const = 0;
    /// Bytes of the allocator's own, static ones among them.
    virtual uint64_t own_bytes() = 0;
    /// Where that is, the static ones aside, and whether it stays taken.
    virtual std::vector<Interval> own_ranges() { return {}; }
    virtual bool own_stays() const { return true; }

    const Outcome &make(const Op &op);
    void note(std::string_view reason, uint64_t bytes);
    /// Not one that the kernel had no memory for either.
    void note_block(std::string_view reason, const Demand &demand);
    /// What is free now, in ranges of one node.
    std::vector<Region> free_ranges();
    Regions regions(mblab_type type);
    const RegionSet &kept() const { return kept_; }

    const Boot &boot_;
    std::unique_ptr<Engine> engine_;

  private:
    struct Block {
        Interval own, kernels; // where it is, and where the kernel had it
    };

    void meet(const Demand &demand);
    void meet_keep(const Demand &demand);
    void give_back(Interval range);
    uint64_t managed_bytes();
    uint64_t asked_bytes();
    void finish();
    void begin();

    Figures figures_;
    view::OwnCalls made_;
    size_t step_ = 0; // of the boot
    RegionSet kept_;
    std::vector<Block> blocks_;
    bool is_set_up_ = false, is_timed_ = false;
};

/// By the names of core/run/catalog.hpp's predecessors(), "memblock", which is the port, or an engine of memblock's.
/// Throws Error.
std::unique_ptr<Contender> make_contender(const Boot &boot, std::string_view name);

} // namespace mblab::history
