// SPDX-License-Identifier: GPL-2.0-or-later
// Findings as docs/findings.md has them: a section for each, with a trace that any engine can be tried on.
#pragma once

#include "core/trace/trace.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace mblab {

/// A section "## ID: title" or "## ID (known issue ISSUE): title", with a trace that is indented by four.
struct Documented {
    std::string id;    // of the rule or the known issue that lets it pass
    std::string issue; // the known issue; where none is named, the id
    std::string text;  // the trace

    Trace trace() const { return parse_trace(text, id); }
};

/// The findings of a document, in its order. A section without a trace is none.
std::vector<Documented> documented_findings(std::string_view document);

/// What an engine does with the trace, alone, in the trace's variant or else that of small arrays: "yes" where it
/// shows, "no", "-" where the engine lacks a call of it or is not built so; else the id of what is found beside it.
std::string tried(const Documented &finding, std::string_view engine);

} // namespace mblab
