// SPDX-License-Identifier: GPL-2.0-or-later
// An engine's table of functions, called without anything of the lab around it: no state read back, no effects looked
// at.
#pragma once

#include "core/engine/abi.h"
#include "core/op/op.hpp"

#include <span>
#include <string>
#include <string_view>

namespace mblab::bench {

class BareEngine {
  public:
    /// Throws Error when there is no such engine.
    BareEngine(std::string_view name, std::string_view variant);

    std::string_view name() const { return table_->name; }
    void reset() { table_->reset(); }
    /// Each call; throws Error when one does not return, for then something else would be measured.
    void run(std::span<const Op> calls);
    mblab_state state() const;

  private:
    const mblab_engine *table_;
};

} // namespace mblab::bench
