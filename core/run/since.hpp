// SPDX-License-Identifier: GPL-2.0-or-later
// On which kernels something happens, oldest to newest, and between which two of them that changed.
#pragma once

#include "core/run/documented.hpp"
#include "core/trace/trace.hpp"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace mblab {

/// What a kernel answers: two answers are one if they are equal. "-": it cannot tell.
struct Reply {
    std::string text;
    std::string evidence; // one line

    /// On one line; of what a call does the first.
    std::string shown() const;
};

/// What is asked of each kernel.
using Question = std::function<Reply(const std::string &subject)>;

/// Which of its answers the trait of that index gets.
Question about_trait(size_t trait);
/// Whether the finding shows: as tried() has it.
Question about_finding(const Documented &finding);
/// The first thing that is found in that variant ("yes"), or what the last call does.
Question about_trace(const Trace &trace, const std::string &variant);

/// Whether the trace shows the known issue in that variant.
Question about_issue(const Trace &trace, const std::string &variant, const std::string &issue);

struct Kernel {
    std::string subject;
    bool is_built = false; // asking it is cheap
    std::optional<Reply> answer{};

    std::string name() const;
};

/// Those that are built, and more, oldest first, each release once, and guests besides. Throws Error where fewer than
/// two are left.
std::vector<Kernel> kernels_and(const std::vector<std::string> &more);

/// Asks the first, the last, those that are built, and of the others those between two that answer differently; or all.
void ask_all(std::vector<Kernel> &kernels, const Question &question, bool all);

/// Where the answer changes: who has the old one last, and who the new one first. A line for each; one where no kernel
/// can tell.
std::string changes(const std::vector<Kernel> &kernels);

} // namespace mblab
