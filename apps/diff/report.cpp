// SPDX-License-Identifier: GPL-2.0-or-later
#include "apps/diff/report.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <span>
#include <utility>

namespace mblab {
namespace {

std::string indented(std::string_view text, std::string_view indent)
{
    std::string out;
    while (!text.empty()) {
        const size_t end = std::min(text.find('\n'), text.size());
        out += fmt::format("{}{}\n", indent, text.substr(0, end));
        text.remove_prefix(std::min(text.size(), end + 1));
    }
    return out;
}

/// The characters that mean something to XML and HTML.
std::string escaped(std::string_view text)
{
    std::string out;
    for (const char character : text) {
        switch (character) {
        case '<':
            out += "&lt;";
            break;
        case '>':
            out += "&gt;";
            break;
        case '&':
            out += "&amp;";
            break;
        case '"':
            out += "&quot;";
            break;
        default:
            out += character;
        }
    }
    return out;
}

/// What is there besides the changes of single calls: a line each.
std::vector<std::string> general_changes(const Comparison &comparison)
{
    std::vector<std::string> lines;
    if (comparison.dummy_entries_differ)
        lines.push_back("an empty array: in one tree it holds one entry of no size (cnt 1), in the other none (cnt 0)");
    for (const std::string &name : comparison.only_in_base)
        lines.push_back(fmt::format("{}: only in BASE", name));
    for (const std::string &name : comparison.only_in_head)
        lines.push_back(fmt::format("{}: only in HEAD", name));
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

/// The arrays before and after on both sides, once where the two are alike.
std::string pictures(const Change &change)
{
    if (change.base_picture == change.head_picture)
        return change.base_picture.empty() ? "" : "  drawn, on both:\n" + indented(change.base_picture, "    ");
    std::string text;
    for (const auto &[side, drawn] : {std::pair{"BASE", &change.base_picture}, std::pair{"HEAD", &change.head_picture}})
        if (!drawn->empty())
            text += fmt::format("  drawn, on {}:\n{}", side, indented(*drawn, "    "));
    return text;
}

/// Trace, what it met, what both sides made of it.
std::string body(const Change &change)
{
    std::string text = indented(print_trace(change.trace), "    ");
    if (!change.before.empty())
        text += "  before the last call:\n" + indented(change.before, "  ");
    if (!change.base.empty())
        text += "  BASE:\n" + indented(change.base, "  ") + "  HEAD:\n" + indented(change.head, "  ");
    return text + pictures(change);
}

/// Changes that are alike in what differs, whichever the call: one cause more often than not.
std::vector<std::vector<const Change *>> by_kind(const Comparison &comparison)
{
    std::vector<std::vector<const Change *>> groups;
    for (const Change &change : comparison.changes) {
        const auto alike = std::find_if(groups.begin(), groups.end(),
                                        [&](const auto &group) { return group.front()->kind() == change.kind(); });
        if (alike == groups.end())
            groups.push_back({&change});
        else
            alike->push_back(&change);
    }
    return groups;
}

/// The other calls of a group, a line each.
std::string others(const std::vector<const Change *> &group)
{
    std::string text;
    for (const Change *change : std::span(group).subspan(1))
        text += fmt::format("   also {}: {} ops, shown by {} inputs\n", change->op, change->trace.steps.size(),
                            change->inputs);
    return text;
}

} // namespace

std::string Change::kind() const
{
    const size_t op_at = signature.find(' ');
    const size_t kind_at = op_at == signature.npos ? op_at : signature.find(' ', op_at + 1);
    return kind_at == signature.npos ? signature : signature.substr(kind_at + 1);
}

std::string as_text(const Comparison &comparison)
{
    std::string text = fmt::format("BASE {}\nHEAD {}\n", comparison.base, comparison.head);
    for (const std::string &line : general_changes(comparison))
        text += "\n* " + line + '\n';
    const std::vector<std::vector<const Change *>> groups = by_kind(comparison);
    for (size_t i = 0; i < groups.size(); i++) {
        const Change &change = *groups[i].front();
        text += fmt::format("\n{}. {}\n   shown by {} inputs, on {}\n{}\n{}", i + 1, title(change), change.inputs,
                            fmt::join(change.variants, ", "), others(groups[i]), body(change));
    }
    const size_t count = groups.size() + general_changes(comparison).size();
    return text + fmt::format("\n{}{}\n{}\n", unreached_text(comparison),
                              count ? fmt::format("{} semantic changes, seen in {} pairs of call and kind", count,
                                                  comparison.changes.size())
                                    : "no difference",
                              effort(comparison));
}

std::string as_json(const Comparison &comparison)
{
    nlohmann::ordered_json out;
    out["base"] = comparison.base;
    out["head"] = comparison.head;
    out["variants"] = comparison.variants;
    out["inputs"] = comparison.inputs;
    out["ops"] = comparison.ops;
    out["seconds"] = comparison.seconds;
    out["dummy_entries_differ"] = comparison.dummy_entries_differ;
    out["only_in_base"] = comparison.only_in_base;
    out["only_in_head"] = comparison.only_in_head;
    out["changes"] = nlohmann::ordered_json::array();
    for (const Change &change : comparison.changes)
        out["changes"].push_back({{"op", change.op},
                                  {"what", change.what},
                                  {"inputs", change.inputs},
                                  {"variants", change.variants},
                                  {"trace", print_trace(change.trace)},
                                  {"before", change.before},
                                  {"base", change.base},
                                  {"head", change.head},
                                  {"base_picture", change.base_picture},
                                  {"head_picture", change.head_picture}});
    out["unreached"] = nlohmann::ordered_json::array();
    for (const ChangedLine &line : unreached(comparison))
        out["unreached"].push_back({{"file", line.file}, {"line", line.line}, {"text", line.text}});
    return out.dump(1) + '\n';
}

std::string as_html(const Comparison &comparison)
{
    std::string text = fmt::format("<!DOCTYPE html>\n<html lang=\"en\"><meta charset=\"utf-8\">"
                                   "<title>memblock: {0} and {1}</title>\n"
                                   "<style>body{{font:15px sans-serif;max-width:70em;margin:2em auto}}"
                                   "pre{{background:#f4f4f4;padding:1em;overflow:auto}}</style>\n"
                                   "<h1>memblock: {0} and {1}</h1>\n<p>{2}</p>\n",
                                   escaped(comparison.base), escaped(comparison.head), escaped(effort(comparison)));
    if (!comparison.differs())
        text += "<p>No difference.</p>\n";
    for (const std::string &line : general_changes(comparison))
        text += fmt::format("<p>{}</p>\n", escaped(line));
    for (const Change &change : comparison.changes)
        text +=
            fmt::format("<details><summary>{}</summary><p>{} inputs, on {}</p><pre>{}</pre></details>\n",
                        escaped(title(change)), change.inputs, fmt::join(change.variants, ", "), escaped(body(change)));
    const std::string missed = unreached_text(comparison);
    return text +
           (missed.empty()
                ? ""
                : fmt::format("<h2>Changed lines that no input reached</h2><pre>{}</pre>\n", escaped(missed))) +
           "</html>\n";
}

std::string as_ktap(const Comparison &comparison)
{
    const std::vector<std::string> general = general_changes(comparison);
    const size_t count = general.size() + comparison.changes.size();
    std::string text = fmt::format("KTAP version 1\n1..{}\n", std::max<size_t>(count, 1));
    size_t number = 0;
    for (const std::string &line : general)
        text += fmt::format("not ok {} {}\n", ++number, line);
    for (const Change &change : comparison.changes)
        text += indented(body(change), "# ") + fmt::format("not ok {} {}\n", ++number, title(change));
    if (!count)
        text += "ok 1 no difference\n";
    return text + fmt::format("# {}\n", effort(comparison));
}

std::string as_junit(const Comparison &comparison)
{
    const std::vector<std::string> general = general_changes(comparison);
    const size_t count = general.size() + comparison.changes.size();
    std::string text = fmt::format("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
                                   "<testsuite name=\"mblab diff\" tests=\"{}\" failures=\"{}\" time=\"{}\">\n",
                                   std::max<size_t>(count, 1), count, comparison.seconds);
    for (const std::string &line : general)
        text += fmt::format("<testcase name=\"{0}\"><failure message=\"{0}\"/></testcase>\n", escaped(line));
    for (const Change &change : comparison.changes)
        text += fmt::format("<testcase name=\"{0}\"><failure message=\"{0}\">{1}</failure></testcase>\n",
                            escaped(title(change)), escaped(body(change)));
    if (!count)
        text += "<testcase name=\"no difference\"/>\n";
    return text + "</testsuite>\n";
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
