// SPDX-License-Identifier: GPL-2.0-or-later
// A comparison as one page of HTML: its differences as chapters to step through, and what is said of the whole.
#include "apps/diff/chapter.hpp"
#include "apps/diff/entries.hpp"

#include "core/base/text.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>

namespace mblab {
namespace {

/// The entry played on both sides; empty where it has no calls.
std::string chapter_of(const Comparison &comparison, const Entry &entry, const std::string &group)
{
    const auto pair = std::ranges::find(comparison.pairs, entry.variant, &EnginePair::variant);
    if (!entry.trace || entry.trace->steps.empty() || pair == comparison.pairs.end())
        return "";
    view::Story story;
    story.title = entry.title;
    story.about = fmt::format("Shown by {}.", entry.seen);
    if (entry.change)
        story.about += fmt::format("\n\nLaws: {}.", judgement(*entry.change));
    if (const std::string outside = outside_of_contract(*entry.trace); !outside.empty())
        story.about += fmt::format("\n\nCallers: {}.", outside);
    if (entry.change && !entry.change->through.empty())
        story.about += fmt::format("\n\nThrough {}.", entry.change->through_lines());
    story.trace = *entry.trace;
    return tell_apart(*pair, std::move(story), group);
}

/// How a line of the patch fared, in three columns.
std::string_view fate(const Comparison &comparison, const std::string &file, unsigned number, bool in_base)
{
    const auto line = std::ranges::find_if(comparison.lines, [&](const ChangedLine &each) {
        return each.file == file && each.line == number && each.in_base == in_base;
    });
    if (line == comparison.lines.end() || !comparison.lines_known)
        return "   ";
    return !line->compiled ? "#  " : !line->is_code ? "   " : line->reached ? "run" : "!  ";
}

/// The patch, with what became of each of its lines in front of it.
std::string marked_patch(const Comparison &comparison)
{
    std::string text, file;
    unsigned base = 0, head = 0;
    each_line(comparison.patch, [&](std::string_view line) {
        std::string_view mark = "   ";
        if (line.starts_with("--- ") || line.starts_with("+++ ")) {
            file = line.substr(std::min(line.find('/') + 1, line.size()));
        } else if (line.starts_with("@@ -")) {
            std::from_chars(line.data() + 4, line.data() + line.size(), base);
            std::from_chars(line.data() + line.find('+') + 1, line.data() + line.size(), head);
        } else {
            const bool minus = line.starts_with('-'), plus = line.starts_with('+');
            mark = minus ? fate(comparison, file, base, true) : plus ? fate(comparison, file, head, false) : mark;
            base += !plus;
            head += !minus;
        }
        text += fmt::format("{} {}\n", mark, line);
    });
    return text;
}

/// A revision with its subject, of a folder the name.
std::string heading_name(const std::string &revision)
{
    return revision.find(' ') == revision.npos ? short_name(revision) : revision;
}

} // namespace

std::string as_html(const Comparison &comparison)
{
    const std::vector<Entry> entries = entries_of(comparison);
    view::Introduction introduction{fmt::format("memblock: {} and {}", heading_name(comparison.revisions[0]),
                                                heading_name(comparison.revisions[1])),
                                    fmt::format("{}\n\nBASE {}\nHEAD {}\n\n{}\n\n{}\n\n", verdict(comparison, entries),
                                                comparison.base, comparison.head, effort(comparison), comparison.boots),
                                    {},
                                    true};
    std::vector<std::string> told;
    std::string heading;
    for (size_t i = 0; i < entries.size(); i++) {
        const std::string begins = heading_before(entries, i);
        heading = begins.empty() ? heading : begins;
        std::string chapter = chapter_of(comparison, entries[i], heading);
        if (!chapter.empty())
            told.push_back(std::move(chapter));
        else if (entries[i].trace || entries[i].change)
            introduction.texts.push_back({entries[i].title, body(entries[i])});
        else
            introduction.about += fmt::format("\n{}", entries[i].title);
        if (const Change *change = entries[i].change)
            for (const Trace &example : change->examples)
                introduction.texts.push_back(
                    {entries[i].title + ": also, through other changed lines or branches", print_trace(example)});
    }
    const auto add = [&](const std::string &title, std::string text, bool is_open) {
        if (!text.empty())
            introduction.texts.push_back({title, std::move(text), is_open});
    };
    add("What changed and was not run", unreached_text(comparison), false);
    add("Commits", fmt::format("{}", fmt::join(comparison.commits, "\n")), true);
    add("The patch. In front of a changed line: run; ! not run; # not compiled", marked_patch(comparison), true);
    return view::page(introduction, told);
}

} // namespace mblab
