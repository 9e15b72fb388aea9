// SPDX-License-Identifier: GPL-2.0-or-later
// What a comparison found, in the forms that people and machines read.
#pragma once

#include "apps/diff/change.hpp"
#include "apps/diff/dialects.hpp"

#include <string>
#include <vector>

namespace mblab {

/// A line that only one side has.
struct ChangedLine {
    std::string file;
    unsigned line = 0;
    std::string text;
    bool in_base = false;  // the head lacks it
    bool compiled = false; // in some variant that was compared; comments and directives are in none
    bool is_code = false;  // some block of machine code belongs to it
    bool reached = false;  // some input ran that block
};

/// A function that only one side has.
struct FunctionChange {
    std::string name;
    bool in_head = false;
    bool has_op = true; // else no call of the lab speaks of it
};

/// All that a comparison came to.
struct Comparison {
    std::string base, head; // as the user named them
    std::vector<std::string> variants;
    uint64_t inputs = 0, ops = 0;
    unsigned seconds = 0;
    std::vector<EnginePair> pairs; // the engines of each variant
    std::vector<TraitChange> traits;
    std::vector<FunctionChange> functions;
    std::vector<Change> changes;
    std::vector<ChangedLine> lines;
    std::vector<std::string> elsewhere; // changed files that the lab does not run
    uint64_t largest_arrays = 0;        // regions of the largest ones that were compared; 0 where none were looked for
    bool lines_known = false;           // whether both sides have text, and it was looked at what ran
    bool explained_is_good = false;     // what traits explain is no failure

    bool has_unexplained() const;
    bool differs() const { return !changes.empty() || !traits.empty() || !functions.empty(); }
    /// Why "no difference" would say more than was looked at, a sentence each.
    std::vector<std::string> gaps() const;
    bool fails() const { return explained_is_good ? has_unexplained() : differs(); }
};

std::string as_text(const Comparison &comparison);
std::string as_json(const Comparison &comparison);
/// One file, complete in itself: each difference on both sides, to step through. Runs their engines in children.
std::string as_html(const Comparison &comparison);
/// The kernel's own form of test output: Documentation/dev-tools/ktap.rst.
std::string as_ktap(const Comparison &comparison);
std::string as_junit(const Comparison &comparison);
/// A document with every change and its trace.
std::string as_markdown(const Comparison &comparison);

} // namespace mblab
