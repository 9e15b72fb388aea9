// SPDX-License-Identifier: GPL-2.0-or-later
// A trace as text for other people: a check for the kernel's own suite, a C function, a section of a bug report.
#pragma once

#include "apps/export/play.hpp"
#include "core/run/documented.hpp"
#include "core/run/since.hpp"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace mblab::exporting {

struct Source {
    const Trace &trace;
    /// Name of the trace, for titles.
    std::string name;
};

/// One engine to describe, open.
struct Subject {
    Engine &engine;
    std::string variant_name;
    /// What is wrong with the kernel that the engine, a model, stands for: its outcomes are those that are right. Empty
    /// where the engine is described as it is.
    std::string wrong{};
    /// A known issue that the last call shows: what its laws ask for is what is right. Empty where none is meant.
    std::string_view issue{};
};

/// A section of a bug report in Markdown: the trace, memory and reserved before and after the last call, the outcomes.
std::string to_markdown(const Source &source, std::span<const Subject> subjects);

/// A C function that makes the calls and complains where it sees something else than the engine showed.
std::string to_c(const Source &source, const Subject &subject);

/// A check for tools/testing/memblock. subjects are the same kernel in NUMA, in UMA, or both (NUMA first), with arrays
/// of 128 as the suite has. Throws Error, in one line, where the suite cannot do what the trace does.
std::string to_kernel_test(const Source &source, std::span<const Subject> subjects);

/// What a check leaves behind that no reset undoes: the greater, the later it must come.
enum class Leaves : uint8_t {
    nothing,
    mirror,    // that there is mirrored memory
    discarded, // memblock
};

/// The same as one of many, which stand in a file behind check_helpers.
struct SuiteCheck {
    std::string function; // that it checks: that of the last call
    Family family{};
    std::string deed;    // what that does there, as words of a name: adds_memory
    std::string comment; // above the function
    std::string body;    // from the brace on
    Leaves leaves{};
};
SuiteCheck to_suite_check(const Source &source, std::span<const Subject> subjects);

/// What all checks call.
extern const std::string_view check_helpers;

/// What a mail about a finding is made of.
struct Report {
    /// Up to the call that shows it.
    Source source;
    Play play;
    std::string title;
    /// Its entry in the document, or null.
    const Documented *finding = nullptr;
    /// The known issue, or empty; the laws that it violates; and what was found where it is no known issue.
    std::string issue{};
    std::vector<Violation> violations{};
    std::string what{};
    std::vector<Kernel> kernels{};
    /// For the kernel's suite; or why there is none.
    std::string check{}, no_check{};
};

/// A mail of at most 75 columns.
std::string to_report(const Report &report);

} // namespace mblab::exporting
