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

/// Effects and state as text, several lines, as findings show them. Here and below, max_nodes is the variant's, where
/// MAX_NUMNODES is to be known by it.
std::string describe(const Outcome &outcome, uint32_t max_nodes = 0);
/// The effects alone, a line each.
std::string describe_effects(const Outcome &outcome, uint32_t max_nodes = 0);

/// One effect as text: page_to_buddy(pfn=0x100, order=10, count=3).
std::string describe(const Effect &effect, std::string_view text, uint32_t max_nodes = 0);

/// 3, NUMA_NO_NODE, MAX_NUMNODES
std::string nid_text(int64_t nid, uint32_t max_nodes = 0);

/// How a call ended, in a word: returned, BUG, panic, fault, budget, absent, refused.
std::string_view exit_name(mblab_exit exit);

std::string_view type_name(mblab_type type);
std::string_view effect_name(uint32_t kind);
/// Where an array lies: static, or its physical address.
std::string location(uint64_t storage);
/// [0x1000, 0x2000) nid 0 MEMBLOCK_NOMAP
std::string region_text(const Region &region, uint32_t max_nodes = 0);

} // namespace mblab
