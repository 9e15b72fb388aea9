// SPDX-License-Identifier: GPL-2.0-or-later
#include "apps/view/view.hpp"

namespace mblab::view {
namespace {

/// Lines of comments as paragraphs: those that follow each other are one, but a line that is set in stays a line.
void append_line(std::string &text, std::string_view line)
{
    const bool begins = text.empty() || text.ends_with('\n');
    if (line.empty())
        text += begins ? "" : "\n\n";
    else
        text.append(begins ? "" : line.starts_with(' ') ? "\n" : " ").append(line);
}

} // namespace

Story read_story(std::string_view text, const std::string &file_name)
{
    std::vector<Comment> comments;
    Story story;
    story.title = file_name.substr(file_name.find_last_of('/') + 1);
    story.trace = parse_trace(text, file_name, &comments);
    story.variant = story.trace.variant;
    story.remarks.resize(story.trace.steps.size() + 1); // the last: what is said after the last step
    story.callers.resize(story.trace.steps.size());
    for (const Comment &comment : comments) {
        if (comment.text.starts_with("SPDX-"))
            continue;
        std::string &where = comment.place == Comment::Place::behind ? story.callers[comment.step]
                             : comment.place == Comment::Place::head ? story.about
                                                                     : story.remarks[comment.step];
        append_line(where, comment.text);
    }
    return story;
}

} // namespace mblab::view
