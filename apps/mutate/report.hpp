// SPDX-License-Identifier: GPL-2.0-or-later
// What became of the mutants, in the forms that people and machines read.
#pragma once

#include "apps/mutate/mutated_tree.hpp"
#include "apps/mutate/reasons.hpp"
#include "apps/mutate/results.hpp"

#include <map>
#include <string>
#include <vector>

namespace mblab::mutate {

/// One of those that were to be judged.
struct Judged {
    const Mutant *mutant;
    const Judgement *judgement = nullptr; // none yet
    const Reason *reason = nullptr;
    bool is_left_out = false; // it does not compile

    bool survives() const { return judgement && !judgement->is_killed(); }
    bool is_open() const { return !judgement && !is_left_out; }
    /// Why the reason, where there is one, does not hold; empty where it does.
    std::string objection() const;
};

struct Report {
    std::string title; // of the tree
    std::string judge; // by what they were judged
    std::vector<Judged> all;
    std::vector<WorldReach> worlds;
    std::vector<std::string> unread; // functions that were not understood
    unsigned places = 0;             // mutants of the tree; `all` may be a share of them

    size_t count(bool (*is_wanted)(const Judged &)) const;
    /// No survivor without a reason, and no reason that does not hold.
    bool passes() const;
};

std::string as_text(const Report &report);
std::string as_json(const Report &report);
/// One file, complete in itself.
std::string as_html(const Report &report);
/// Tables for a document.
std::string as_markdown(const Report &report);

} // namespace mblab::mutate
