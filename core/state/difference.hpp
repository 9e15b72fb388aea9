// SPDX-License-Identifier: GPL-2.0-or-later
// What differs between two outcomes, as data. Text is made of it where people read.
#pragma once

#include "core/state/outcome.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string>

namespace mblab {

/// The first difference between two outcomes of one op: results before effects before the state.
struct Difference {
    enum class Where : uint8_t {
        exit,       // values are enum mblab_exit
        result,     // index: which
        effect,     // index: which; both have one there
        effect_end, // index: which; only one side has one there
        count,
        max,
        total_size,
        storage,
        region, // index: which
        current_limit,
        bottom_up,
        totalram,
    };
    /// An effect, kept beyond the call.
    struct KeptEffect {
        Effect effect{};
        std::string text;
    };

    Where where{};
    mblab_type type = MBLAB_TYPE_none; // of an array
    size_t index = 0;
    std::array<uint64_t, 2> values{};    // of the two sides, but for effects and regions
    std::array<KeptEffect, 2> effects{}; // the second is empty where only the first has one, and the other way round
    bool only_second = false;            // of effect_end: which side has it
    std::array<Region, 2> regions{};

    /// One line for people: "memory[2]: [0x0, 0x1000) nid 0 / [0x0, 0x2000) nid 0". max_nodes as describe() has it. Of
    /// results that are no plain numbers print_difference() knows more.
    std::string text(uint32_t max_nodes = 0) const;
    /// In what kind of thing outcomes differ, without numbers: equal for two differences that are likely one.
    std::string signature() const;
    /// The same, coarser, in words: the kind of effect, or the array and what of it.
    std::string_view field() const;
};

/// Kinds of effects that are compared: bits by mblab_effect_kind.
using EffectMask = uint64_t;
inline constexpr EffectMask all_effects = ~EffectMask{0};

/// The first difference; nothing when there is none. With a mask that leaves kinds out, texts are not compared either:
/// the engine that does not predict all effects does not predict words.
std::optional<Difference> difference(const Outcome &a, const Outcome &b, EffectMask mask = all_effects);

/// The first difference between the states alone.
std::optional<Difference> state_difference(const Outcome &a, const Outcome &b);

/// Compares two engines outcome by outcome, fast: arrays that were equal, and that neither engine has changed since,
/// are not read again.
class Comparer {
  public:
    explicit Comparer(EffectMask mask = all_effects) : mask_(mask) {}

    /// Whether nothing differs, byte by byte: the usual case. What is not the same may still have no difference().
    bool same(const Outcome &a, const Outcome &b);

  private:
    struct Versions {
        uint64_t a = 0, b = 0;
    };

    static bool same_array(const mblab_type_state &a, const mblab_type_state &b, Versions &equal);

    EffectMask mask_;
    std::array<Versions, 3> equal_{}; // by type, of regions that were last seen to be equal; 0 for none
};

} // namespace mblab
