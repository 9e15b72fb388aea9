// SPDX-License-Identifier: GPL-2.0-or-later
// Findings as docs/findings.md has them: a section for each, with a trace that any engine can be tried on.
#pragma once

#include "core/trace/trace.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace mblab {

/// A boot that shows a finding: a paragraph "Boot of KERNEL, QEMU `OPTIONS`: `COMMAND LINE`", with ", then `COMMAND`"
/// where one has to be run, then lines of the console as a quotation, then what they mean.
struct DocumentedBoot {
    std::string kernel;                // as mblab kernel takes it: linux-7.3@x86_64
    std::string machine, command_line; // QEMU's options, and what is passed to the kernel
    std::string then;                  // a command that runs in the machine, or empty
    std::vector<std::string> says;     // parts of lines of the console, in this order
    std::string meaning;
};

/// A section "## ID: title" or "## ID (known issue ISSUE): title", with a trace that is indented by four.
struct Documented {
    std::string id;    // of the rule or the known issue that lets it pass
    std::string issue; // the known issue; where none is named, the id
    std::string title;
    std::string text;       // the trace
    std::string prose;      // the first paragraph, without the law that it begins with
    std::string long_trace; // the file of a trace that shows it with arrays of 128 entries, where there is one
    std::vector<DocumentedBoot> boots{};

    Trace trace() const { return parse_trace(text, id); }
    /// The trace's own, or else that of small arrays.
    std::string variant() const;
};

/// The findings of a document, in its order. A section without a trace is none.
std::vector<Documented> documented_findings(std::string_view document);

/// Those of a document of that name; of the lab's own where it is empty, as far as it is there.
std::vector<Documented> findings_of(const std::string &document);

/// What an engine does with a trace, alone: "yes" where the known issue or the rule of that id is met, "no", "-" where
/// the engine lacks a call of it or is not built so; else the id of what is found beside it.
std::string tried(const Trace &trace, const std::string &variant, std::string_view id, std::string_view engine);
std::string tried(const Documented &finding, std::string_view engine);

} // namespace mblab
