// SPDX-License-Identifier: GPL-2.0-or-later
// A trace as one page of HTML that needs nothing else: each call on each engine, stepped through and drawn.
#pragma once

#include "core/engine/engine.hpp"
#include "core/trace/trace.hpp"

#include <span>
#include <string>
#include <utility>
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

/// What an engine does at each step of a story in calls of its own, as an allocator does that has not the story's.
struct OwnCalls {
    std::vector<std::vector<Op>> calls; // by step
    std::vector<std::string> unmet;     // by step: what it could not do; empty where it could
};

/// A story and the engines to play it on, side by side. They are of the story's variant, and are not owned.
struct Chapter {
    Story story;
    std::vector<Engine *> engines;
    std::vector<OwnCalls> own = {}; // by engine; none where all make the story's calls
    std::string group = {};         // chapters of a page that belong together, by a heading
};

/// What a page holds, for whoever reports that it was written.
struct Counts {
    size_t calls = 0, doublings = 0, differences = 0;
};

/// A chapter as the page holds it: JSON. Adds to counts. Throws Error for a chapter without calls or engines.
std::string tell(const Chapter &chapter, Counts &counts);

/// A text that keeps its lines, below its heading.
struct FoldedText {
    std::string heading, text;
    bool is_open = false;
};

/// What is said of a page as a whole: paragraphs, as in a story, and texts to be opened.
struct Introduction {
    std::string title, about;
    std::vector<FoldedText> texts = {};
    bool opens_at_difference = false; // each chapter, and not at its first moment
};

/// The page of chapters that were told; there may be none. It shows one at a time.
std::string page(const Introduction &introduction, std::span<const std::string> told);

/// The same, of chapters that are told now.
std::string page(const std::string &title, std::span<const Chapter> chapters, Counts *counts = nullptr);

} // namespace mblab::view
