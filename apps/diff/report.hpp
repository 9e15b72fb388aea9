// SPDX-License-Identifier: GPL-2.0-or-later
// What a comparison found, in the forms that people and machines read.
#pragma once

#include "apps/diff/change.hpp"
#include "apps/diff/dialects.hpp"

#include <array>
#include <string>
#include <string_view>
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
    unsigned hunk = 0;     // of the difference between the two files
};

/// A function that only one side has.
struct FunctionChange {
    std::string name;
    bool in_head = false;
    bool has_op = true; // else no call of the lab speaks of it
};

/// All that a comparison came to.
struct Comparison {
    std::string base, head;               // as the user named them
    std::array<std::string, 2> revisions; // for who does not have the user's machine: commit and subject where known
    std::vector<std::string> commits;     // from the base to the head that touch what the lab runs
    std::string patch;                    // of the files that the lab runs
    std::string boots;                    // what replayed boots came to: a sentence; empty where none were
    std::vector<std::string> variants;
    uint64_t inputs = 0, ops = 0;
    unsigned seconds = 0;
    std::vector<EnginePair> pairs; // the engines of each variant
    std::vector<TraitChange> traits;
    std::vector<FunctionChange> functions;
    std::vector<Change> changes;
    std::vector<ChangedLine> lines;
    std::vector<std::string> elsewhere; // changed files that the lab does not run
    unsigned closed_worlds = 0;         // in all of whose states every call of theirs is the same
    uint64_t largest_arrays = 0;        // regions of the largest ones that were compared; 0 where none were looked for
    bool identical = false;             // both sides have the same files, or are the port
    bool lines_known = false;           // whether both sides have text, and it was looked at what ran
    bool explained_is_good = false;     // what traits explain is no failure
    std::vector<std::string> expected;  // traits, fields and functions that are meant to differ

    /// Whether --expect names it.
    bool is_expected(const TraitChange &trait) const;
    bool is_expected(const Change &change) const;
    bool is_expected(const FunctionChange &function) const;
    /// Whether it is a failure.
    bool counts(const TraitChange &trait) const;
    bool counts(const Change &change) const;
    bool counts(const FunctionChange &function) const;
    /// Of what this trait or field explains, or nothing.
    bool counts_cause(std::string_view cause) const;
    bool has_unexplained() const;
    bool differs() const { return !changes.empty() || !traits.empty() || !functions.empty(); }
    /// Why "no difference" would say more than was looked at, a sentence each.
    std::vector<std::string> gaps() const;
    bool fails() const;
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
/// Plain text of at most 75 columns.
std::string as_mail(const Comparison &comparison);

/// The characters that mean something to XML and HTML, as they are written there.
std::string escaped(std::string_view text);

} // namespace mblab
