// SPDX-License-Identifier: GPL-2.0-or-later
// A trace as one page of HTML that needs nothing else: each call on each engine, stepped through and drawn.
#pragma once

#include "core/engine/engine.hpp"
#include "core/trace/trace.hpp"

#include <span>
#include <string>
#include <vector>

namespace mblab::view {

/// What is shown of a trace besides its calls. All texts are plain.
struct Story {
    std::string title;
    std::string about;   // paragraphs, with an empty line between two
    std::string variant; // a name of variants.txt
    Trace trace;
    /// What is said before a step, and who called; by step, and shorter than the trace where nothing follows.
    std::vector<std::string> remarks, callers;
};

/// The story of the text form of a trace: the comments of its head are what it is about, those before a step its
/// remark, that behind a step its caller. Throws Error.
Story read_story(std::string_view text, const std::string &file_name);

/// A story and the engines to play it on, side by side. They are of the story's variant, and are not owned.
struct Chapter {
    Story story;
    std::vector<Engine *> engines;
};

/// What a page holds, for whoever reports that it was written.
struct Counts {
    size_t calls = 0, doublings = 0, differences = 0;
};

/// The page. Of several chapters it shows one at a time. Throws Error for a chapter without calls or engines.
std::string page(const std::string &title, std::span<const Chapter> chapters, Counts *counts = nullptr);

} // namespace mblab::view
