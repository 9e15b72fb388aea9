// SPDX-License-Identifier: GPL-2.0-or-later
// Which differences between outcomes follow from traits that the engines answer differently. What no such trait
// explains is found by comparing outcomes in the form that these traits share. That form leaves out fields, whatever
// is in them: whether either engine does there what its traits say is for Prediction, which knows no texts.
#pragma once

#include "core/oracle/traits.hpp"
#include "core/state/difference.hpp"
#include "core/state/state.hpp"

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace mblab {

struct OutcomePair {
    const State &before; // as the first engine has it
    const Op &op;
    const Outcome &a, &b;
};

/// What a trait decides in the outcomes of some calls.
struct Explains {
    enum Field : uint32_t {
        reserved_no_node = 1 << 0, // how "no node" is written in reserved regions
        reserved_node = 1 << 1,    // their nodes
        reserved_kern = 1 << 2,    // their flag MEMBLOCK_RSRV_KERN
        reserved_split = 1 << 3,   // whether those that touch are one region
        memory_split = 1 << 4,     // the same of memory
        empty_entry = 1 << 5,      // one region of no size in an empty array
        growth = 1 << 6,           // when the reserved array grows, or is too small
        result = 1 << 7,           // results, and how the call ends
        warnings = 1 << 8,         // effects of this kind
        acceptance = 1 << 9,       // effects of this kind
        effects = 1 << 10,         // all effects but texts
        texts = 1 << 11,           // what is printed, and what files in debugfs show
        state = 1 << 12,           // the state: what is run after it cannot be compared
        reserved_flags = 1 << 13,  // all flags of reserved regions
        memory_node = 1 << 14,     // the nodes of memory
        memory_flags = 1 << 15,    // its flags
        memory_total = 1 << 16,    // its total_size
        reserved_total = 1 << 17,  // the same of what is reserved
        all_but_texts = result | effects | state,
        everything = all_but_texts | texts,
    };

    std::string_view trait; // or a field that is expected to differ: expected_fields()
    uint32_t fields;
    bool (*applies)(const OutcomePair &pair); // in which calls; null for all
    std::string_view follows_from;            // explains only where one of these traits differs, too; empty for no such
    std::string (*message)(std::string_view); // null, or what of a message is compared; empty for nothing
};

/// A table of its own: what traits explain, in the order in which they are asked. The narrow ones come first.
std::span<const Explains> explains();

/// What may be expected to differ where no trait speaks of it, by a name of its own.
struct ExpectedField {
    std::string_view name, statement;
};
std::span<const ExpectedField> expected_fields();
bool is_expected_field(std::string_view name);
/// Their names, for people.
std::string names_of_expected_fields();

/// The class of what is printed: of all differences the least, and none that is to hide another.
inline constexpr std::string_view messages_field = "messages";

class Explanation {
  public:
    /// Ids of traits and names of expected fields, a blank between them.
    explicit Explanation(std::string_view traits);

    bool empty() const { return rows_.empty(); }
    /// Whether it is not of expected fields alone.
    bool has_traits() const;

    /// A difference that a trait explains.
    struct Explained {
        std::string_view trait;
        std::string_view field; // what of the outcome: coarse where the trait decides all of it
        Difference difference;
    };
    struct Verdict {
        std::optional<Difference> unexplained; // the first
        std::vector<Explained> explained;      // by trait
        bool states_agree = true;              // in the form that is shared
    };
    /// To be asked of outcomes that differ in some way.
    Verdict judge(const OutcomePair &pair, EffectMask mask) const;

  private:
    std::vector<const Explains *> rows_;
};

/// Ids of the traits that not all answer alike, each in words that a row knows, with a blank between them.
std::string differing_traits(std::span<const Answers> answers);

/// Ask the engines.
std::shared_ptr<const Explanation> explanation_for(std::span<Engine *const> engines);

} // namespace mblab
