// SPDX-License-Identifier: GPL-2.0-or-later
// What one op did: result, effects, state. Values that any engine can give and any two can be compared by.
#pragma once

#include "core/state/region_set.hpp"
#include "core/state/state.h"

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace mblab {

using Effect = mblab_effect;

/// A view of what a call did; valid until the next call into the same engine.
struct Outcome {
    mblab_result result{};
    mblab_effects effects{};
    mblab_state state{};

    std::span<const Effect> effect_list() const { return {effects.list, effects.count}; }
    std::string_view text_of(const Effect &effect) const
    {
        return effect.text ? std::string_view(effects.text + effect.text) : std::string_view();
    }
    Regions regions(mblab_type type) const
    {
        const mblab_type_state &array = state.type[type];
        return {array.regions, array.cnt < array.max ? array.cnt : array.max};
    }
};

/// What differs between two outcomes: empty when nothing does, else one line, first difference first.
std::string difference(const Outcome &a, const Outcome &b);

/// Compares two engines outcome by outcome, fast: arrays that were equal, and that neither engine has changed since,
/// are not read again.
class Comparer {
  public:
    /// Whether nothing differs, byte by byte: the usual case. What is not the same may still have no difference().
    bool same(const Outcome &a, const Outcome &b);
    /// Both engines were reset.
    void reset() { equal_ = {}; }

  private:
    struct Versions {
        uint64_t a = 0, b = 0;
    };

    static bool same_array(const mblab_type_state &a, const mblab_type_state &b, Versions &equal);

    std::array<Versions, 3> equal_{}; // by type, of regions that were last seen to be equal; 0 for none
};

/// What differs between the states of two outcomes, in the same way.
std::string state_difference(const Outcome &a, const Outcome &b);

/// The outcome with each array that holds one region of no size as an array that holds none: Linux 6.1 keeps such an
/// entry in its empty arrays, 6.12 none.
Outcome without_dummy_entries(Outcome outcome);

/// Effects and state as text, several lines, as findings show them.
std::string describe(const Outcome &outcome);

/// One effect as text: page_to_buddy(pfn=0x100, order=10, count=3).
std::string describe(const Effect &effect, std::string_view text);

/// How a call ended, in a word: returned, BUG, panic, fault, budget, absent, refused.
std::string_view exit_name(mblab_exit exit);

} // namespace mblab
