// SPDX-License-Identifier: GPL-2.0-or-later
#include "apps/diff/report.hpp"

#include "core/base/text.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <span>
#include <utility>

namespace mblab {
namespace {

using Json = nlohmann::ordered_json;

/// The characters that mean something to XML and HTML.
std::string escaped(std::string_view text)
{
    std::string out;
    for (const char character : text)
        out += character == '<'   ? "&lt;"
               : character == '>' ? "&gt;"
               : character == '&' ? "&amp;"
               : character == '"' ? "&quot;"
                                  : std::string(1, character);
    return out;
}

/// What is there besides the changes of single calls: a line each.
std::vector<std::string> general_changes(const Comparison &comparison)
{
    std::vector<std::string> lines;
    if (comparison.dummy_entries_differ)
        lines.push_back("an empty array: in one tree it holds one entry of no size (cnt 1), in the other none (cnt 0)");
    for (const auto &[names, side] :
         {std::pair{&comparison.only_in_base, "BASE"}, std::pair{&comparison.only_in_head, "HEAD"}})
        for (const std::string &name : *names)
            lines.push_back(fmt::format("{}: only in {}", name, side));
    return lines;
}

std::vector<ChangedLine> unreached(const Comparison &comparison)
{
    std::vector<ChangedLine> lines;
    std::copy_if(comparison.lines.begin(), comparison.lines.end(), std::back_inserter(lines),
                 [](const ChangedLine &line) { return line.is_code && !line.reached; });
    return lines;
}

std::string effort(const Comparison &comparison)
{
    const auto code = std::count_if(comparison.lines.begin(), comparison.lines.end(),
                                    [](const ChangedLine &line) { return line.is_code; });
    std::string text = fmt::format("{} inputs, {} ops in {} s on {}", comparison.inputs, comparison.ops,
                                   comparison.seconds, fmt::join(comparison.variants, ", "));
    if (code)
        text += fmt::format("; {} of {} changed lines of code reached",
                            static_cast<size_t>(code) - unreached(comparison).size(), code);
    return text;
}

std::string unreached_text(const Comparison &comparison)
{
    std::string text;
    for (const ChangedLine &line : unreached(comparison))
        text += fmt::format("not reached: {}:{}: {}\n", line.file, line.line, line.text);
    return text;
}

std::string title(const Change &change)
{
    return change.op.empty() ? change.what : fmt::format("{}: {}", change.op, change.what);
}

std::string seen(const Change &change)
{
    return fmt::format("{} inputs, on {}", change.inputs, fmt::join(change.variants, ", "));
}

/// Trace, what it met, what both sides made of it; the arrays before and after, once where the two are alike.
std::string body(const Change &change)
{
    std::string text = prefixed(print_trace(change.trace), "    ");
    const auto add = [&](std::string_view heading, std::string_view part, std::string_view indent) {
        if (!part.empty())
            text += fmt::format("  {}:\n{}", heading, prefixed(part, indent));
    };
    add("before the last call", change.before, "  ");
    add("BASE", change.base.outcome, "  ");
    add("HEAD", change.head.outcome, "  ");
    if (change.base.picture == change.head.picture) {
        add("drawn, on both", change.base.picture, "    ");
    } else {
        add("drawn, on BASE", change.base.picture, "    ");
        add("drawn, on HEAD", change.head.picture, "    ");
    }
    return text;
}

/// One difference, as the forms that list them one by one have it.
struct Entry {
    std::string title, seen, body; // the latter two of a change alone
};

std::vector<Entry> entries_of(const Comparison &comparison)
{
    std::vector<Entry> entries;
    for (const std::string &line : general_changes(comparison))
        entries.push_back({line, "", ""});
    for (const Change &change : comparison.changes)
        entries.push_back({title(change), seen(change), body(change)});
    return entries;
}

/// Changes that are alike in what differs, whichever the call: one cause more often than not.
std::vector<std::vector<const Change *>> by_kind(const Comparison &comparison)
{
    std::vector<std::vector<const Change *>> groups;
    for (const Change &change : comparison.changes) {
        const auto alike = std::find_if(groups.begin(), groups.end(),
                                        [&](const auto &group) { return group.front()->kind == change.kind; });
        if (alike == groups.end())
            groups.push_back({&change});
        else
            alike->push_back(&change);
    }
    return groups;
}

} // namespace

std::string as_text(const Comparison &comparison)
{
    std::string text = fmt::format("BASE {}\nHEAD {}\n", comparison.base, comparison.head);
    const std::vector<std::string> general = general_changes(comparison);
    for (const std::string &line : general)
        text += "\n* " + line + '\n';
    const std::vector<std::vector<const Change *>> groups = by_kind(comparison);
    for (size_t i = 0; i < groups.size(); i++) {
        const Change &change = *groups[i].front();
        text += fmt::format("\n{}. {}\n   shown by {}\n", i + 1, title(change), seen(change));
        for (const Change *also : std::span(groups[i]).subspan(1))
            text += fmt::format("   also {}: {} ops, shown by {} inputs\n", also->op, also->trace.steps.size(),
                                also->inputs);
        text += '\n' + body(change);
    }
    const size_t count = groups.size() + general.size();
    return text + fmt::format("\n{}{}\n{}\n", unreached_text(comparison),
                              count ? fmt::format("{} semantic changes, seen in {} pairs of call and kind", count,
                                                  comparison.changes.size())
                                    : "no difference",
                              effort(comparison));
}

std::string as_json(const Comparison &comparison)
{
    Json changes = Json::array(), lines = Json::array();
    for (const Change &change : comparison.changes)
        changes.push_back({{"op", change.op},
                           {"what", change.what},
                           {"inputs", change.inputs},
                           {"variants", change.variants},
                           {"trace", print_trace(change.trace)},
                           {"before", change.before},
                           {"base", change.base.outcome},
                           {"head", change.head.outcome},
                           {"base_picture", change.base.picture},
                           {"head_picture", change.head.picture}});
    for (const ChangedLine &line : unreached(comparison))
        lines.push_back({{"file", line.file}, {"line", line.line}, {"text", line.text}});
    const Json out = {{"base", comparison.base},
                      {"head", comparison.head},
                      {"variants", comparison.variants},
                      {"inputs", comparison.inputs},
                      {"ops", comparison.ops},
                      {"seconds", comparison.seconds},
                      {"dummy_entries_differ", comparison.dummy_entries_differ},
                      {"only_in_base", comparison.only_in_base},
                      {"only_in_head", comparison.only_in_head},
                      {"changes", std::move(changes)},
                      {"unreached", std::move(lines)}};
    // A tree's lines may be in any encoding.
    return out.dump(1, ' ', false, Json::error_handler_t::replace) + '\n';
}

std::string as_html(const Comparison &comparison)
{
    std::string text = fmt::format("<!DOCTYPE html>\n<html lang=\"en\"><meta charset=\"utf-8\">"
                                   "<title>memblock: {0} and {1}</title>\n"
                                   "<style>body{{font:15px sans-serif;max-width:70em;margin:2em auto}}"
                                   "pre{{background:#f4f4f4;padding:1em;overflow:auto}}</style>\n"
                                   "<h1>memblock: {0} and {1}</h1>\n<p>{2}</p>\n{3}",
                                   escaped(comparison.base), escaped(comparison.head), escaped(effort(comparison)),
                                   comparison.differs() ? "" : "<p>No difference.</p>\n");
    for (const Entry &entry : entries_of(comparison))
        text += entry.body.empty() ? fmt::format("<p>{}</p>\n", escaped(entry.title))
                                   : fmt::format("<details><summary>{}</summary><p>{}</p><pre>{}</pre></details>\n",
                                                 escaped(entry.title), escaped(entry.seen), escaped(entry.body));
    if (const std::string missed = unreached_text(comparison); !missed.empty())
        text += fmt::format("<h2>Changed lines that no input reached</h2><pre>{}</pre>\n", escaped(missed));
    return text + "</html>\n";
}

std::string as_ktap(const Comparison &comparison)
{
    const std::vector<Entry> entries = entries_of(comparison);
    std::string text = fmt::format("KTAP version 1\n1..{}\n", std::max<size_t>(entries.size(), 1));
    for (size_t i = 0; i < entries.size(); i++)
        text += prefixed(entries[i].body, "# ") + fmt::format("not ok {} {}\n", i + 1, entries[i].title);
    return text + fmt::format("{}# {}\n", entries.empty() ? "ok 1 no difference\n" : "", effort(comparison));
}

std::string as_junit(const Comparison &comparison)
{
    const std::vector<Entry> entries = entries_of(comparison);
    std::string text = fmt::format("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
                                   "<testsuite name=\"mblab diff\" tests=\"{}\" failures=\"{}\" time=\"{}\">\n",
                                   std::max<size_t>(entries.size(), 1), entries.size(), comparison.seconds);
    for (const Entry &entry : entries)
        text += fmt::format("<testcase name=\"{0}\"><failure message=\"{0}\">{1}</failure></testcase>\n",
                            escaped(entry.title), escaped(entry.body));
    return text + (entries.empty() ? "<testcase name=\"no difference\"/>\n" : "") + "</testsuite>\n";
}

std::string as_markdown(const Comparison &comparison)
{
    std::string text;
    for (const std::string &line : general_changes(comparison))
        text += fmt::format("- {}\n", line);
    for (const std::vector<const Change *> &group : by_kind(comparison)) {
        const Change &change = *group.front();
        std::string ops;
        for (const Change *each : std::span(group).subspan(1))
            ops += fmt::format("{} `{}`", ops.empty() ? "; also" : ",", each->op);
        text += fmt::format("\n### `{}`: {}\n\nOn {}{}.\n\n```\n{}```\n", change.op, change.what,
                            fmt::join(change.variants, ", "), ops, print_trace(change.trace));
    }
    return text;
}

} // namespace mblab
