// SPDX-License-Identifier: GPL-2.0-or-later
// A kernel tree's own mm/bootmem.c, built behind the shim, as the engine that bootmem is beside it.
#pragma once

#include "history/bootmem.hpp"

#include <memory>

namespace mblab::history {

class TreeBootmem final : public Engine {
  public:
    /// Over what core/engine/bootmem_adapter.c makes of the tree.
    explicit TreeBootmem(std::unique_ptr<Engine> tree) : tree_(std::move(tree)) {}

    std::string_view name() const override { return tree_->name(); }
    const Variant &variant() const override { return tree_->variant(); }
    bool has(uint16_t kind) const override { return tree_->has(kind); }
    void reset() override;
    /// What bootmem refuses, the tree is not asked: it trusts its callers.
    const Outcome &run(const Op &op) override;
    const mblab_state &state() override { return tree_->state(); }
    bool arrays_are_in_memory() const override { return false; }
    mblab_coverage coverage() const override { return tree_->coverage(); }

  private:
    std::unique_ptr<Engine> tree_;
    Bootmem refusing_;
    Outcome outcome_;
    std::vector<Effect> effects_;
};

} // namespace mblab::history
