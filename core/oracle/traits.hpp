// SPDX-License-Identifier: GPL-2.0-or-later
// What memblock's meaning differs in from kernel to kernel, as data: each trait has a witness that tells the answers
// apart. What an engine answers to all of them is its dialect.
#pragma once

#include "core/engine/engine.hpp"

#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace mblab {

/// What of the witness's last outcome is the answer.
struct Probe {
    enum class Of : uint8_t {
        result,    // the first result, in hexadecimal; how the call ended where it did not return
        regions,   // how many regions an array has
        flags,     // of region `index` of an array
        node,      // of region `index` of an array
        effects,   // how many effects of a kind, runs counted as one
        message,   // the first message, without what follows its first word
        last_word, // of the first text of a kind of effect
    };
    Of of;
    mblab_type type = MBLAB_TYPE_reserved;
    size_t index = 0;
    mblab_effect_kind effect = MBLAB_EFFECT_print;
};

/// An answer that is known: as the probe reads it, and in words.
struct Answer {
    std::string_view value, meaning;
};

/// The variant's arrays hold at most four regions at first: the witness fills one.
inline constexpr uint32_t small_arrays = 1u << 31;

struct Trait {
    std::string_view id;
    std::string_view statement; // one sentence; the answers complete it
    uint32_t needs;             // bits of mblab_config that the variant must have, and small_arrays
    std::string_view witness;   // a trace in the text form
    Probe probe;
    std::initializer_list<Answer> answers;
};

std::span<const Trait> traits();

/// What one engine answers, by trait; nothing where its variant cannot tell, or it lacks an operation of the witness.
class Dialect {
  public:
    explicit Dialect(std::vector<std::optional<std::string>> answers) : answers_(std::move(answers)) {}

    const std::optional<std::string> &operator[](size_t trait) const { return answers_[trait]; }
    /// The words for the answer: known ones from the table, else the answer itself in quotes; "-" for none.
    std::string meaning(size_t trait) const;
    /// Traits whose answer no row knows: a change of meaning that nobody has described yet.
    std::vector<size_t> undescribed() const;

    bool operator==(const Dialect &) const = default;

  private:
    std::vector<std::optional<std::string>> answers_;
};

/// Run all witnesses. The engine is reset before and after.
Dialect dialect_of(Engine &engine);

} // namespace mblab
