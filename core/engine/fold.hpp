// SPDX-License-Identifier: GPL-2.0-or-later
// What a call makes of the state, read off its outcome: for whoever keeps a State where no engine can be asked.
#pragma once

#include "core/op/op.hpp"
#include "core/state/outcome.hpp"
#include "core/state/state.hpp"

#include <array>
#include <cstdint>
#include <vector>

namespace mblab {

/// One array moved to another place of twice its size.
struct Doubling {
    uint32_t effect;                // index of the copy
    uint64_t target, source, bytes; // the old array's bytes; the new one has twice as many
    bool to_slab, from_slab, from_static;
    int type; // whose array, by enum mblab_type; -1 when no array's storage explains the copy
};

/// The doublings of a call, in their order.
std::vector<Doubling> doublings_of(const State &before, const Outcome &outcome);

/// Arrays whose regions may not be what the state holds, by mblab_type.
using Changed = std::array<bool, 3>;

/// Make state, which is the one before op, the one after it. Regions are read only of the arrays that may have changed.
void fold(State &state, const Op &op, const Outcome &outcome, const std::vector<Doubling> &doublings,
          const Changed &changed = {true, true, true});
void fold(State &state, const Op &op, const Outcome &outcome);

} // namespace mblab
