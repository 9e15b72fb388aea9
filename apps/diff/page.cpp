// SPDX-License-Identifier: GPL-2.0-or-later
// A comparison as one page of HTML.
#include "apps/diff/entries.hpp"

#include "core/base/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace mblab {
namespace {

constexpr std::string_view style =
    "body{font:15px/1.4 sans-serif;max-width:90em;margin:2em auto;padding:0 1em}"
    "pre{background:#f6f6f6;padding:.7em;overflow:auto;margin:.3em 0}"
    ".sides{display:grid;grid-template-columns:1fr 1fr;gap:1em}.sides>div{min-width:0}"
    "summary{cursor:pointer;padding:.3em 0}.fails>summary{font-weight:bold}"
    ".minus{background:#fdd}.plus{background:#dfd}.missed{background:#fc6}.reached{border-left:4px solid #2a2}";

std::string preformatted(std::string_view title, std::string_view text)
{
    return text.empty() ? "" : fmt::format("<h4>{}</h4><pre>{}</pre>\n", title, escaped(text));
}

/// One side's outcome, with the lines that the other does not have marked.
std::string side(std::string_view name, const Change::Shown &mine, const Change::Shown &other, const char *mark)
{
    std::vector<std::string_view> theirs;
    each_line(other.outcome, [&](std::string_view line) { theirs.push_back(line); });
    std::string lines;
    each_line(mine.outcome, [&](std::string_view line) {
        const bool is_common = std::ranges::find(theirs, line) != theirs.end();
        lines += is_common ? escaped(line) + '\n' : fmt::format("<span class={}>{}</span>\n", mark, escaped(line));
    });
    return fmt::format("<div><h4>{}</h4><pre>{}</pre>{}</div>\n", name, lines,
                       mine.picture.empty() ? "" : fmt::format("<pre>{}</pre>", escaped(mine.picture)));
}

std::string body(const Entry &entry)
{
    std::string text = fmt::format("<p>Shown by {}.</p>\n", escaped(entry.seen));
    if (entry.trace)
        text += preformatted("The calls, from the first moment of boot", print_trace(*entry.trace));
    if (!entry.change)
        return text;
    const Change &change = *entry.change;
    text += preformatted("Before the last call", change.before);
    text += "<div class=sides>" + side("BASE, after it", change.base, change.head, "minus") +
            side("HEAD, after it", change.head, change.base, "plus") + "</div>\n";
    text += fmt::format("<p>Laws: {}.</p>\n", escaped(judgement(change)));
    if (!change.through.empty())
        text += fmt::format("<p>Through: {}</p>\n", escaped(change.through_lines()));
    for (const Trace &example : change.examples)
        text += preformatted("Also, through other lines or branches of these", print_trace(example));
    return text;
}

/// How a line of the patch fared: compiled, and run.
std::string_view fate(const Comparison &comparison, const std::string &file, unsigned number, bool in_base)
{
    for (const ChangedLine &line : comparison.lines)
        if (line.file == file && line.line == number && line.in_base == in_base)
            return !comparison.lines_known                             ? ""
                   : !line.compiled || (line.is_code && !line.reached) ? "missed"
                   : line.is_code                                      ? "reached"
                                                                       : "";
    return "";
}

/// The patch, its lines marked by whether they were run.
std::string patch(const Comparison &comparison)
{
    std::string text, file;
    unsigned base = 0, head = 0;
    each_line(comparison.patch, [&](std::string_view line) {
        if (line.starts_with("--- ") || line.starts_with("+++ ")) {
            file = line.substr(std::min(line.find('/') + 1, line.size()));
            text += escaped(line) + '\n';
            return;
        }
        if (line.starts_with("@@ -")) {
            const size_t plus = line.find('+');
            std::from_chars(line.data() + 4, line.data() + line.size(), base);
            std::from_chars(line.data() + plus + 1, line.data() + line.size(), head);
            text += escaped(line) + '\n';
            return;
        }
        const bool minus = line.starts_with('-'), plus = line.starts_with('+');
        const std::string_view ran = minus  ? fate(comparison, file, base, true)
                                     : plus ? fate(comparison, file, head, false)
                                            : "";
        text += fmt::format("<span class=\"{} {}\">{}</span>\n",
                            minus  ? "minus"
                            : plus ? "plus"
                                   : "",
                            ran, escaped(line));
        base += !plus;
        head += !minus;
    });
    return text.empty() ? ""
                        : fmt::format("<h2>The patch</h2><p>Green edge: run. Orange: not run, or not compiled.</p>"
                                      "<pre>{}</pre>\n",
                                      text);
}

} // namespace

std::string as_html(const Comparison &comparison)
{
    const std::vector<Entry> entries = entries_of(comparison);
    std::string text =
        fmt::format("<!DOCTYPE html>\n<html lang=\"en\"><meta charset=\"utf-8\">"
                    "<title>memblock: {0} and {1}</title>\n<style>{2}</style>\n"
                    "<h1>memblock: {0} and {1}</h1>\n<p><b>{3}</b></p>\n<p>{4}</p>\n<p>{5}</p>\n",
                    escaped(comparison.base), escaped(comparison.head), style, escaped(verdict(comparison, entries)),
                    escaped(effort(comparison)), escaped(comparison.boots));
    for (size_t i = 0; i < entries.size(); i++) {
        const Entry &entry = entries[i];
        if (const std::string heading = heading_before(entries, i); !heading.empty())
            text += fmt::format("<h2>{}</h2>\n", escaped(heading));
        text += fmt::format("<details{}{}><summary>{}. {}</summary>{}</details>\n", i == 0 ? " open" : "",
                            entry.counts ? " class=fails" : "", i + 1, escaped(entry.title), body(entry));
    }
    if (const std::string missed = unreached_text(comparison); !missed.empty())
        text += fmt::format("<h2>What changed and was not run</h2><pre>{}</pre>\n", escaped(missed));
    if (!comparison.commits.empty())
        text += "<h2>Commits</h2><ul>\n";
    for (const std::string &commit : comparison.commits)
        text += fmt::format("<li>{}</li>\n", escaped(commit));
    return text + (comparison.commits.empty() ? "" : "</ul>\n") + patch(comparison) + "</html>\n";
}

} // namespace mblab
