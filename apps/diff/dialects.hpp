// SPDX-License-Identifier: GPL-2.0-or-later
// In which traits two trees differ: found by asking, without a search.
#pragma once

#include "apps/diff/search.hpp"
#include "core/run/isolated.hpp"
#include "core/trace/trace.hpp"

#include <array>
#include <string>
#include <string_view>
#include <vector>

namespace mblab {

/// A trait that the two sides answer differently.
struct TraitChange {
    std::string_view id, statement;
    std::string base, head; // the answers in words
    bool described = true;  // by a row of the table, both of them
    std::string variant;    // where it was asked
    Trace witness;
    bool expected = false; // by its name, or since it differs in nothing but fields that are
};

/// What both engines of a pair say of themselves: the base first.
using Introductions = std::array<Introduction, 2>;
std::vector<Introductions> introduce(const std::vector<EnginePair> &pairs);

/// Compare what both engines of each pair, which survived being asked, answer, and note in the pair by what their
/// outcomes are explained. The changes are in the order of the table of traits, each from the first variant that shows
/// it.
std::vector<TraitChange> compare_dialects(std::vector<EnginePair> &pairs, const std::vector<Introductions> &asked);

/// Note which of them are expected: traits by id, or fields of the state by name. What of the pairs is explained by
/// fields is explained by no trait then.
void expect(std::vector<TraitChange> &changes, std::vector<EnginePair> &pairs,
            const std::vector<std::string> &expected);

/// Add which blocks the witnesses of all traits run, each side alone: a search makes only calls that both sides have.
void add_blocks_of_witnesses(const EnginePair &covered, std::array<Blocks, 2> &blocks);

} // namespace mblab
