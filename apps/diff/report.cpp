// SPDX-License-Identifier: GPL-2.0-or-later
#include "apps/diff/report.hpp"

#include "apps/diff/entries.hpp"
#include "core/base/text.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include <algorithm>

namespace mblab {
namespace {

using Json = nlohmann::ordered_json;

Json traces_of(const std::vector<Trace> &traces)
{
    Json all = Json::array();
    for (const Trace &trace : traces)
        all.push_back(print_trace(trace));
    return all;
}

/// What every form says below the changes.
std::string conclusion(const Comparison &comparison, const std::vector<Entry> &entries)
{
    return fmt::format("{}{}{}\n{}\n", unreached_text(comparison),
                       comparison.boots.empty() ? "" : comparison.boots + '\n', verdict(comparison, entries),
                       effort(comparison));
}

} // namespace

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

std::string as_text(const Comparison &comparison)
{
    std::string text = fmt::format("BASE {}\nHEAD {}\n", comparison.base, comparison.head);
    const std::vector<Entry> entries = entries_of(comparison);
    for (size_t i = 0; i < entries.size(); i++) {
        const Entry &entry = entries[i];
        if (const std::string heading = heading_before(entries, i); !heading.empty())
            text += fmt::format("\n{}\n", heading);
        text += fmt::format("\n{}. {}\n", i + 1, entry.title);
        if (!entry.seen.empty())
            text += fmt::format("   shown by {}\n", entry.seen);
        text += body(entry);
    }
    return text + '\n' + conclusion(comparison, entries);
}

std::string as_json(const Comparison &comparison)
{
    Json groups = Json::array(), lines = Json::array();
    for (const Entry &entry : entries_of(comparison)) {
        Json group = {{"cause", cause_name(entry.cause)},
                      {"key", entry.key},
                      {"title", entry.title},
                      {"fails", entry.counts},
                      {"expected", entry.expected}};
        if (entry.trace)
            group["trace"] = print_trace(*entry.trace);
        if (const Change *change = entry.change)
            group.update(Json{{"op", change->op},
                              {"what", change->what},
                              {"trait", change->trait},
                              {"field", change->field},
                              {"inputs", change->inputs},
                              {"variants", change->variants},
                              {"before", change->before},
                              {"base", change->base.outcome},
                              {"head", change->head.outcome},
                              {"base_picture", change->base.picture},
                              {"head_picture", change->head.picture},
                              {"base_violates", change->base.judged},
                              {"head_violates", change->head.judged},
                              {"outside_of_contract", outside_of_contract(change->trace)},
                              {"through", change->through},
                              {"examples", traces_of(change->examples)}});
        groups.push_back(std::move(group));
    }
    for (const ChangedLine &line : comparison.lines)
        lines.push_back({{"file", line.file},
                         {"line", line.line},
                         {"text", line.text},
                         {"removed", line.in_base},
                         {"compiled", line.compiled},
                         {"code", line.is_code},
                         {"run", line.reached}});
    const Json out = {{"base", comparison.base},
                      {"head", comparison.head},
                      {"base_revision", comparison.revisions[0]},
                      {"head_revision", comparison.revisions[1]},
                      {"commits", comparison.commits},
                      {"boots", comparison.boots},
                      {"variants", comparison.variants},
                      {"inputs", comparison.inputs},
                      {"ops", comparison.ops},
                      {"seconds", comparison.seconds},
                      {"verdict", verdict(comparison, entries_of(comparison))},
                      {"gaps", comparison.gaps()},
                      {"not_run_by_the_lab", comparison.elsewhere},
                      {"unexplained", comparison.has_unexplained()},
                      {"changes", std::move(groups)},
                      {"lines", std::move(lines)}};
    // A tree's lines may be in any encoding.
    return out.dump(1, ' ', false, Json::error_handler_t::replace) + '\n';
}

std::string as_ktap(const Comparison &comparison)
{
    const std::vector<Entry> entries = entries_of(comparison);
    std::string text = fmt::format("KTAP version 1\n1..{}\n", std::max<size_t>(entries.size(), 1));
    for (size_t i = 0; i < entries.size(); i++)
        text += prefixed(entries[i].title + '\n' + body(entries[i]), "# ") +
                fmt::format("{}ok {} {}\n", entries[i].counts ? "not " : "", i + 1, entries[i].key);
    return text + (entries.empty() ? "ok 1 no difference\n" : "") + prefixed(conclusion(comparison, entries), "# ");
}

std::string as_junit(const Comparison &comparison)
{
    const std::vector<Entry> entries = entries_of(comparison);
    std::string text = fmt::format("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
                                   "<testsuite name=\"mblab diff\" tests=\"{}\" failures=\"{}\" time=\"{}\">\n",
                                   std::max<size_t>(entries.size(), 1),
                                   std::ranges::count(entries, true, &Entry::counts), comparison.seconds);
    for (const Entry &entry : entries) {
        const char *tag = entry.counts ? "failure" : "system-out";
        const std::string message = entry.counts ? fmt::format(" message=\"{}\"", escaped(entry.title)) : "";
        text += fmt::format("<testcase name=\"{}\"><{}{}>{}\n{}</{}></testcase>\n", escaped(entry.key), tag, message,
                            escaped(entry.title), escaped(body(entry)), tag);
    }
    if (entries.empty())
        text += "<testcase name=\"no difference\"/>\n";
    return text + fmt::format("<system-out>{}</system-out>\n</testsuite>\n", escaped(conclusion(comparison, entries)));
}

std::string as_markdown(const Comparison &comparison)
{
    const std::vector<Entry> entries = entries_of(comparison);
    std::string text =
        fmt::format("# {} and {}\n\n```\n{}```\n", comparison.base, comparison.head, conclusion(comparison, entries));
    for (size_t i = 0; i < entries.size(); i++) {
        const Entry &entry = entries[i];
        if (const std::string heading = heading_before(entries, i); !heading.empty())
            text += fmt::format("\n## {}\n", heading);
        text += fmt::format("\n### {}. {}\n", i + 1, entry.title);
        if (entry.trace)
            text += fmt::format("\nShown by {}.\n\n```\n{}```\n", entry.seen, print_trace(*entry.trace));
        if (entry.change)
            text +=
                fmt::format("\n```diff\n{}```\n\nLaws: {}.\n", outcome_patch(*entry.change), judgement(*entry.change));
        if (const std::string outside = entry.change ? outside_of_contract(entry.change->trace) : ""; !outside.empty())
            text += fmt::format("\nCallers: {}.\n", outside);
    }
    return text;
}

} // namespace mblab
