// SPDX-License-Identifier: GPL-2.0-or-later
// A comparison as a mail: plain text of at most 75 columns, which a maintainer can read, quote and paste from.
#include "apps/diff/entries.hpp"

#include "core/base/text.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <sstream>
#include <vector>

namespace mblab {
namespace {

constexpr size_t width = 75;

/// A paragraph, broken between words; every line but the first as far in as the text behind `first` is.
std::string paragraph(const std::string &first, const std::string &text)
{
    std::istringstream in(text);
    std::vector<std::string> words;
    for (std::string word; in >> word;)
        words.push_back(std::move(word));
    return wrapped(words, " ", first, width);
}

/// A call that is longer than a line goes on in the next one: mblab run reads it so.
std::string folded(std::string_view line, const std::string &indent)
{
    std::string text = indent;
    size_t column = indent.size();
    while (column + line.size() > width && line.find('"') == line.npos) {
        const size_t comma = line.rfind(", ", width - column - 1);
        if (comma == line.npos)
            break;
        text.append(line.substr(0, comma + 1)).append("\n").append(indent).append("    ");
        line.remove_prefix(comma + 2);
        column = indent.size() + 4;
    }
    return text.append(line) + '\n';
}

std::string calls(const Trace &trace)
{
    constexpr size_t most = 40; // of more than that, those at both ends
    std::string text;
    size_t number = 0;
    const std::string all = print_trace(trace);
    const auto lines = static_cast<size_t>(std::ranges::count(all, '\n'));
    each_line(all, [&](std::string_view line) {
        number++;
        if (lines <= most || number <= most / 2 || number > lines - most / 4)
            text += folded(line, "    ");
        else if (number == most / 2 + 1)
            text +=
                fmt::format("    # {} calls of the same kind; the JSON report has them\n", lines - most / 2 - most / 4);
    });
    return text;
}

/// Lines as they are, but for what is beyond the last column.
std::string cut(std::string_view text, const std::string &indent)
{
    std::string out;
    each_line(text, [&](std::string_view line) {
        const size_t room = width - indent.size();
        out += indent + (line.size() > room ? std::string(line.substr(0, room - 3)) + "..." : std::string(line)) + '\n';
    });
    return out;
}

/// A picture made as narrow as a mail, by as much of the inside of each of its boxes as it takes. Its first line has a
/// letter where each box begins; behind the bars comes the legend.
std::string narrowed(const std::string &picture)
{
    const std::string_view axis = first_lines(picture);
    std::vector<size_t> starts;
    for (size_t at = axis.find_first_not_of(' '); at != axis.npos; at = axis.find_first_not_of(' ', at + 1))
        starts.push_back(at);
    if (starts.size() < 2)
        return cut(picture, "");
    const size_t boxes = starts.size() - 1, end = starts.back() + 1, excess = end > width ? end - width : 0;
    size_t each = (excess + boxes - 1) / boxes;
    for (size_t box = 0; box < boxes; box++)
        each = std::min(each, starts[box + 1] - starts[box] - 2);
    std::string text;
    bool is_bar = true;
    each_line(picture, [&](std::string_view line) {
        is_bar = is_bar && line.find(" = ") == line.npos;
        if (!is_bar) {
            text += paragraph("  ", std::string(line));
            return;
        }
        for (size_t box = 0, from = 0; box <= boxes; box++) {
            const size_t to = box == boxes ? line.size() : starts[box + 1] - each;
            text += line.substr(std::min(from, line.size()), to - std::min(from, to));
            from = box == boxes ? to : starts[box + 1];
        }
        text += '\n';
    });
    return cut(text, "");
}

/// As wide as a mail: a picture is not indented.
std::string drawn(std::string_view side, const std::string &picture)
{
    return picture.empty() ? "" : fmt::format("\n  Drawn, on {}:\n\n{}", side, narrowed(picture));
}

std::string change_text(const Change &change)
{
    std::string text = "\n  After the last call, - BASE, + HEAD:\n\n" + cut(outcome_patch(change), "");
    if (change.base.picture == change.head.picture)
        text += drawn("both", change.base.picture);
    else
        text += drawn("BASE", change.base.picture) + drawn("HEAD", change.head.picture);
    text += '\n' + paragraph("  ", "Laws: " + judgement(change) + '.');
    if (!change.through.empty())
        text += paragraph("  ", "Through: " + change.through_lines() + '.');
    for (const Trace &example : change.examples)
        text += "\n  Also, through other lines or branches of these:\n\n" + calls(example);
    return text;
}

std::string entry_text(const Entry &entry, size_t number)
{
    std::string text = '\n' + paragraph(fmt::format("{}. ", number), entry.title);
    if (entry.trace && !entry.trace->steps.empty())
        text += "\n  The calls, from the first moment of boot:\n\n" + calls(*entry.trace);
    return text + (entry.change ? change_text(*entry.change) : "");
}

/// Of a commit its first digits, of a folder its name.
std::string short_name(const std::string &revision)
{
    const std::string word = revision.substr(0, revision.find(' '));
    const size_t slash = word.find_last_of('/');
    return slash == word.npos ? word.substr(0, 12) : word.substr(slash + 1);
}

} // namespace

std::string as_mail(const Comparison &comparison)
{
    const std::vector<Entry> entries = entries_of(comparison);
    const std::string found = entries.empty()
                                  ? "no difference found"
                                  : fmt::format("{} difference{}", entries.size(), entries.size() > 1 ? "s" : "");
    std::string text =
        paragraph("Subject: ", fmt::format("memblock: {}, {}..{}", found, short_name(comparison.revisions[0]),
                                           short_name(comparison.revisions[1])));
    text += '\n' + paragraph("  BASE: ", comparison.revisions[0]) + paragraph("  HEAD: ", comparison.revisions[1]);
    text += '\n' + paragraph("", verdict(comparison, entries) + '.');
    text += '\n' + paragraph("", "Checked by mblab diff: " + effort(comparison) + '.');
    if (!comparison.boots.empty())
        text += paragraph("", comparison.boots + '.');
    if (const std::string missed = unreached_text(comparison); !missed.empty())
        text += "\nNot run:\n" + cut(missed, "  ");
    for (size_t i = 0; i < entries.size(); i++) {
        if (const std::string heading = heading_before(entries, i); !heading.empty())
            text += '\n' + paragraph("", heading);
        text += entry_text(entries[i], i + 1);
    }
    return text + "\n-- \n" +
           paragraph("", "A list of calls is a trace: mblab run FILE -e BASE -e HEAD runs it on both.");
}

} // namespace mblab
