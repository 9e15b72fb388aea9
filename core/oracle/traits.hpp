// SPDX-License-Identifier: GPL-2.0-or-later
// What memblock's meaning differs in from kernel to kernel, as data: each trait has a witness that tells the answers
// apart. What an engine answers to all of them is its dialect.
#pragma once

#include "core/engine/engine.hpp"
#include "core/trace/trace.hpp"

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
        result,     // the first result, in hexadecimal; how the call ended where it did not return
        regions,    // how many regions an array has
        flags,      // of region `index` of an array; `last` is the last one
        node,       // of region `index` of an array
        effects,    // how many effects of a kind, runs counted as one
        third,      // the third number of the first effect of a kind, signed
        message,    // the first message, without what follows its first word
        last_word,  // of the first text of a kind of effect
        attributes, // of region `index` of an array, as memblock_dump_all() shows them: node, flags
    };
    static constexpr size_t last = ~size_t{0};
    Of of;
    mblab_type type = MBLAB_TYPE_reserved;
    size_t index = 0;
    mblab_effect_kind effect = MBLAB_EFFECT_print;
};

/// An answer that is known: as the probe reads it, in words, and what it says of the trait's member of Dialect.
struct Answer {
    std::string_view value, meaning;
    bool says = false;
};

struct Trait {
    std::string_view id;
    std::string_view statement; // one sentence; the answers complete it
    uint32_t needs;             // bits of mblab_config that the variant must have
    /// A trace in the text form, in which a line "fill memory" or "fill reserved" is one call for each region that the
    /// array has room for at first, and "refill reserved" one for each that it has room for after it grew; MAX_NUMNODES
    /// is the variant's number of nodes.
    std::string_view witness;
    Probe probe;
    std::initializer_list<Answer> answers;
    bool Dialect::*member = nullptr; // null where neither model nor laws need to know
};

std::span<const Trait> traits();

/// The witness, its array filled as the variant has it.
Trace witness_of(const Trait &trait, const Variant &variant);

/// What one engine answers, by trait; nothing where its variant cannot tell.
class Answers {
  public:
    Answers(std::vector<std::optional<std::string>> answers, std::bitset<256> functions)
        : answers_(std::move(answers)), functions_(functions)
    {
    }

    const std::optional<std::string> &operator[](size_t trait) const { return answers_[trait]; }
    /// The words for the answer: known ones from the table, else the answer itself in quotes; "-" for none.
    std::string meaning(size_t trait) const;
    /// Traits whose answer no row knows: a change of meaning that nobody has described yet.
    std::vector<size_t> undescribed() const;
    /// For model and laws. An answer that is not known leaves what the newest kernel means.
    Dialect dialect() const;

    /// The kinds of op whose function the engine has.
    const std::bitset<256> &functions() const { return functions_; }

    /// Whether they mean the same, whatever functions they have.
    bool agrees(const Answers &other) const { return answers_ == other.answers_; }
    bool operator==(const Answers &) const = default;

  private:
    std::vector<std::optional<std::string>> answers_;
    std::bitset<256> functions_;
};

/// Run all witnesses. The engine is reset before and after.
Answers ask(Engine &engine);

/// One trait's answer; nothing where the engine's variant cannot tell.
std::optional<std::string> ask(Engine &engine, size_t trait);

/// The kinds of op whose function the engine has.
std::bitset<256> functions_of(const Engine &engine);

} // namespace mblab
