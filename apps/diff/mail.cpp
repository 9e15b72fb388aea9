// SPDX-License-Identifier: GPL-2.0-or-later
// A comparison as a mail: plain text of at most 75 columns, which a maintainer can read, quote and paste from.
#include "apps/export/mail.hpp"
#include "apps/diff/entries.hpp"
#include "core/base/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

namespace mblab {
namespace {

using exporting::calls;
using exporting::cut;
using exporting::drawn;
using exporting::paragraph;

std::string change_text(const Change &change)
{
    std::string text = "\n  After the last call, - BASE, + HEAD:\n\n" + cut(outcome_patch(change), "");
    if (change.base.picture == change.head.picture)
        text += drawn("both", change.base.picture);
    else
        text += drawn("BASE", change.base.picture) + drawn("HEAD", change.head.picture);
    text += '\n' + paragraph("  ", "Laws: " + judgement(change) + '.');
    if (const std::string outside = outside_of_contract(change.trace); !outside.empty())
        text += paragraph("  ", "Callers: " + outside + '.');
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

/// A few of the lines: the rest is where there is room for it.
std::string not_run(const Comparison &comparison)
{
    constexpr size_t lines_max = 5;
    const std::string missed = unreached_text(comparison);
    const auto lines = static_cast<size_t>(std::ranges::count(missed, '\n'));
    if (lines == 0)
        return "";
    std::string text = "\nNot run:\n" + cut(std::string(first_lines(missed, lines_max)) + '\n', "  ");
    if (lines > lines_max)
        text += paragraph(
            "  ", fmt::format("and {}, which the text and the page list.", counted(lines - lines_max, "more", "more")));
    return text;
}

} // namespace

std::string as_mail(const Comparison &comparison)
{
    const std::vector<Entry> entries = entries_of(comparison);
    const std::string found = entries.empty() ? "no difference found" : counted(entries.size(), "difference");
    std::string text =
        paragraph("Subject: ", fmt::format("memblock: {}, {}..{}", found, short_name(comparison.revisions[0]),
                                           short_name(comparison.revisions[1])));
    text += '\n' + paragraph("  BASE: ", comparison.revisions[0]) + paragraph("  HEAD: ", comparison.revisions[1]);
    text += '\n' + paragraph("", verdict(comparison, entries) + '.');
    text += '\n' + paragraph("", "Checked by mblab diff: " + effort(comparison) + '.');
    if (!comparison.boots.empty())
        text += paragraph("", comparison.boots + '.');
    for (size_t i = 0; i < entries.size(); i++) {
        if (const std::string heading = heading_before(entries, i); !heading.empty())
            text += '\n' + paragraph("", heading);
        text += entry_text(entries[i], i + 1);
    }
    return text + not_run(comparison) + "\n-- \n" +
           paragraph("", "A list of calls is a trace: mblab run FILE -e BASE -e HEAD runs it on both.");
}

} // namespace mblab
