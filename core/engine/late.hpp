// SPDX-License-Identifier: GPL-2.0-or-later
// Calls that give memory to the buddy allocator, for rules and laws.
#pragma once

#include "core/op/typed.hpp"
#include "core/state/state.hpp"

namespace mblab {

/// Whether the call is a free after the slab came up, in a kernel that then gives pages to the buddy allocator.
inline bool frees_late(const State &before, const Op &op)
{
    return before.slab != MBLAB_SLAB_DOWN && before.dialect.late_free_to_buddy &&
           (is<ops::memblock_phys_free>(op) || is<ops::memblock_free>(op));
}

/// What a call gives back: by its ends, by start and size, or by a name. Empty for a name that is unknown, and for
/// calls that give nothing back.
Interval late_range(const State &before, const Op &op);

} // namespace mblab
