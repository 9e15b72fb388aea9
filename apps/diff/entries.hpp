// SPDX-License-Identifier: GPL-2.0-or-later
// The groups that a comparison comes to, as every form lists them: the same ones, in the same order.
#pragma once

#include "apps/diff/report.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace mblab {

/// What a group is of. In this order they are listed.
enum class Cause : uint8_t { unexplained, messages, trait, field, function };

/// One group.
struct Entry {
    Cause cause;
    bool counts = true;    // as a failure
    bool expected = false; // by --expect
    std::string key;       // stable from run to run, and no other's
    std::string title;     // one line
    std::string seen;      // by what
    std::string variant;   // in which its trace shows it
    const Trace *trace = nullptr;
    const Change *change = nullptr; // of what a search found
};

std::string_view cause_name(Cause cause);

/// What no trait explains; messages; each trait, and below it what it changes; functions. What is expected comes last.
std::vector<Entry> entries_of(const Comparison &comparison);

/// Trace, what it met, what both sides made of it; the arrays before and after, once where the two are alike.
std::string body(const Entry &entry);

/// A heading where the cause changes; empty where it does not.
std::string heading_before(const std::vector<Entry> &entries, size_t at);

/// In a sentence: what was found, or in which grade nothing was.
std::string verdict(const Comparison &comparison, const std::vector<Entry> &entries);

/// What was run.
std::string effort(const Comparison &comparison);

/// Changed lines and files that were not run, a line each.
std::string unreached_text(const Comparison &comparison);

/// Which law, or the model, tells the sides apart: a sentence.
std::string judgement(const Change &change);

/// A revision in a word: of a commit its first digits, of a folder its name.
std::string short_name(const std::string &revision);

/// What of a trace's calls is outside of what callers may pass: a sentence; empty where nothing is.
std::string outside_of_contract(const Trace &trace);

/// The outcome of the last call, as a patch from the base's to the head's with two lines of context.
std::string outcome_patch(const Change &change);

} // namespace mblab
