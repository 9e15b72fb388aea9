// SPDX-License-Identifier: GPL-2.0-or-later
#include "apps/diff/report.hpp"

#include "apps/diff/chapter.hpp"
#include "core/base/text.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <functional>
#include <span>
#include <utility>

namespace mblab {
namespace {

using Json = nlohmann::ordered_json;

/// The characters that mean something to XML.
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

/// Lines of code that no input is known to have run.
std::vector<ChangedLine> unreached(const Comparison &comparison)
{
    std::vector<ChangedLine> lines;
    std::ranges::copy_if(comparison.lines, std::back_inserter(lines),
                         [&](const ChangedLine &line) { return !line.compiled || (line.is_code && !line.reached); });
    return lines;
}

std::string effort(const Comparison &comparison)
{
    std::string text = fmt::format("{} inputs, {} ops in {} s on {}", comparison.inputs, comparison.ops,
                                   comparison.seconds, fmt::join(comparison.variants, ", "));
    if (comparison.largest_arrays)
        text += fmt::format("; arrays of up to {} regions", comparison.largest_arrays);
    for (const bool in_base : {false, true}) {
        const auto count = [&](auto is_wanted) {
            return std::ranges::count_if(comparison.lines, [&](const ChangedLine &line) {
                return line.in_base == in_base && line.is_code && is_wanted(line);
            });
        };
        if (const auto code = count([](const ChangedLine &) { return true; }); code && comparison.lines_known)
            text += fmt::format("; {} of {} {} lines of code reached", count(std::mem_fn(&ChangedLine::reached)), code,
                                in_base ? "removed" : "changed");
    }
    return text;
}

std::string unreached_text(const Comparison &comparison)
{
    std::string text;
    if (comparison.lines_known)
        for (const ChangedLine &line : unreached(comparison))
            text += fmt::format("{}, {}: {}:{}: {}\n", line.in_base ? "removed" : "changed",
                                line.compiled ? "not run" : "not compiled", line.file, line.line, line.text);
    for (const std::string &file : comparison.elsewhere)
        text += fmt::format("changed, not run by the lab: {}\n", file);
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

/// What a group is of. In this order they are listed.
enum class Cause : uint8_t { unexplained, trait, field, function };
constexpr std::string_view cause_names[] = {"unexplained", "trait", "field", "function"};

/// One group, as every form lists it.
struct Entry {
    Cause cause;
    std::string key;   // stable from run to run
    std::string title; // one line
    std::string seen, body;
    std::string variant; // in which its trace shows it
    const Trace *trace = nullptr;
    const Change *change = nullptr; // of what a search found
};

Entry entry_of(const TraitChange &trait)
{
    const std::string answers = fmt::format("{}: {} / {}", trait.statement, trait.base, trait.head);
    const std::string title =
        trait.described ? fmt::format("{}: {}", trait.id, answers)
                        : fmt::format("trait {} gives an answer that nobody has described: {}", trait.id, answers);
    return {.cause = trait.described ? Cause::trait : Cause::unexplained,
            .key = fmt::format("trait {}", trait.id),
            .title = title,
            .seen = fmt::format("its witness, on {}", trait.variant),
            .body = prefixed(print_trace(trait.witness), "    "),
            .variant = trait.variant,
            .trace = &trait.witness};
}

Entry entry_of(const Change &change)
{
    const std::string cause = change.trait.empty() ? "" : fmt::format("{}, {}: ", change.trait, change.field);
    return {.cause = change.trait.empty() ? Cause::unexplained : Cause::field,
            .key = change.signature,
            .title = cause + title(change),
            .seen = seen(change),
            .body = body(change),
            .variant = change.variants.front(),
            .trace = &change.trace,
            .change = &change};
}

Entry entry_of(const FunctionChange &function)
{
    const std::string title = fmt::format("{}: only in {}{}", function.name, function.in_head ? "HEAD" : "BASE",
                                          function.has_op ? "" : ", and no operation of the lab calls it");
    return {.cause = Cause::function,
            .key = fmt::format("function {}", function.name),
            .title = title,
            .seen = "",
            .body = "",
            .variant = ""};
}

/// What no trait explains; each trait, and below it what it changes; functions.
std::vector<Entry> entries_of(const Comparison &comparison)
{
    std::vector<Entry> entries;
    const auto add = [&](const auto &things, auto is_wanted) {
        for (const auto &thing : things)
            if (is_wanted(thing))
                entries.push_back(entry_of(thing));
    };
    add(comparison.traits, [](const TraitChange &trait) { return !trait.described; });
    add(comparison.changes, [](const Change &change) { return change.trait.empty(); });
    for (const TraitChange &trait : comparison.traits) {
        add(std::span(&trait, 1), [](const TraitChange &each) { return each.described; });
        add(comparison.changes, [&](const Change &change) { return change.trait == trait.id; });
    }
    add(comparison.functions, [](const FunctionChange &) { return true; });
    return entries;
}

/// The entry played on both sides; empty where it has no calls.
std::string chapter_of(const Comparison &comparison, const Entry &entry, const std::string &group)
{
    if (!entry.trace || entry.trace->steps.empty())
        return "";
    const auto pair = std::ranges::find(comparison.pairs, entry.variant, &EnginePair::variant);
    if (pair == comparison.pairs.end())
        return "";
    view::Story story;
    story.title = entry.title;
    story.about = "Shown by " + entry.seen + ".";
    story.trace = *entry.trace;
    return tell_apart(*pair, std::move(story), group);
}

bool is_good(const Comparison &comparison, const Entry &entry)
{
    return comparison.explained_is_good && entry.cause != Cause::unexplained;
}

/// The trace on one line.
std::string in_line(const Trace &trace)
{
    std::string text;
    for (const Step &step : trace.steps)
        text += (text.empty() ? "" : "; ") + print_step(step);
    return text;
}

std::string verdict(const Comparison &comparison, const std::vector<Entry> &entries)
{
    if (entries.empty()) {
        const std::vector<std::string> gaps = comparison.gaps();
        return gaps.empty() ? "no difference; searched: none found, everything changed was run"
                            : fmt::format("no difference found; incomplete: {}", fmt::join(gaps, "; "));
    }
    const auto number = [&](Cause cause) { return std::ranges::count(entries, cause, &Entry::cause); };
    const auto unexplained = number(Cause::unexplained);
    return fmt::format(
        "{} that no trait explains; {} traits differ, {} functions; {} fields of outcomes that the traits explain",
        unexplained ? fmt::format("{} differences", unexplained) : "no difference",
        std::ranges::count(comparison.traits, true, &TraitChange::described), number(Cause::function),
        number(Cause::field));
}

/// A heading where the cause changes.
std::string heading_before(const std::vector<Entry> &entries, size_t at)
{
    const auto section = [&](size_t i) { return entries[i].cause == Cause::field ? Cause::trait : entries[i].cause; };
    if (at > 0 && section(at - 1) == section(at))
        return "";
    return section(at) == Cause::unexplained ? "UNEXPLAINED: what no trait explains"
           : section(at) == Cause::trait     ? "Traits that differ, BASE / HEAD, and what they explain"
                                             : "Functions that only one side has";
}

} // namespace

bool Comparison::has_unexplained() const
{
    return std::ranges::any_of(traits, [](const TraitChange &trait) { return !trait.described; }) ||
           std::ranges::any_of(changes, [](const Change &change) { return change.trait.empty(); });
}

std::vector<std::string> Comparison::gaps() const
{
    std::vector<std::string> gaps;
    const auto count = [&](auto is_wanted) { return std::ranges::count_if(lines, is_wanted); };
    if (const auto left = count([](const ChangedLine &line) { return !line.compiled; }); left && lines_known)
        gaps.push_back(fmt::format("{} changed lines are compiled in no variant of these", left));
    if (const auto left = count([](const ChangedLine &line) { return line.is_code && !line.reached; }); left)
        gaps.push_back(fmt::format("no input ran {} changed lines", left));
    if (!lines_known && !lines.empty())
        gaps.push_back("which changed lines ran is not known (objdump is missing)");
    if (!elsewhere.empty())
        gaps.push_back(fmt::format("{} changed files are none that the lab runs", elsewhere.size()));
    return gaps;
}

std::string as_text(const Comparison &comparison)
{
    std::string text = fmt::format("BASE {}\nHEAD {}\n", comparison.base, comparison.head);
    const std::vector<Entry> entries = entries_of(comparison);
    size_t number = 0;
    for (size_t i = 0; i < entries.size(); i++) {
        const Entry &entry = entries[i];
        if (const std::string heading = heading_before(entries, i); !heading.empty())
            text += fmt::format("\n{}\n", heading);
        if (entry.cause == Cause::field)
            text += fmt::format("   {}\n        {}\n", entry.title, in_line(*entry.trace));
        else if (entry.cause == Cause::function)
            text += fmt::format("* {}\n", entry.title);
        else
            text += fmt::format("\n{}. {}\n   shown by {}\n{}", ++number, entry.title, entry.seen, entry.body);
    }
    return text +
           fmt::format("\n{}{}\n{}\n", unreached_text(comparison), verdict(comparison, entries), effort(comparison));
}

std::string as_json(const Comparison &comparison)
{
    Json groups = Json::array(), lines = Json::array();
    for (const Entry &entry : entries_of(comparison)) {
        Json group = {
            {"cause", cause_names[static_cast<size_t>(entry.cause)]}, {"key", entry.key}, {"title", entry.title}};
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
                              {"head_picture", change->head.picture}});
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

std::string as_html(const Comparison &comparison)
{
    const std::vector<Entry> entries = entries_of(comparison);
    view::Introduction introduction{fmt::format("memblock: {} and {}", comparison.base, comparison.head),
                                    fmt::format("{}\n\n{}\n\n", verdict(comparison, entries), effort(comparison)),
                                    {}};
    std::vector<std::string> told;
    std::string heading;
    for (size_t i = 0; i < entries.size(); i++) {
        const std::string begins = heading_before(entries, i);
        heading = begins.empty() ? heading : begins;
        const std::string chapter = chapter_of(comparison, entries[i], heading);
        if (!chapter.empty())
            told.push_back(chapter);
        else if (entries[i].body.empty())
            introduction.about += fmt::format("\n{}", entries[i].title);
        else
            introduction.texts.emplace_back(entries[i].title, entries[i].body);
    }
    if (std::string missed = unreached_text(comparison); !missed.empty())
        introduction.texts.emplace_back("What changed and was not run", std::move(missed));
    return view::page(introduction, told);
}

std::string as_ktap(const Comparison &comparison)
{
    const std::vector<Entry> entries = entries_of(comparison);
    std::string text = fmt::format("KTAP version 1\n1..{}\n", std::max<size_t>(entries.size(), 1));
    for (size_t i = 0; i < entries.size(); i++)
        text += prefixed(entries[i].title + '\n' + entries[i].body, "# ") +
                fmt::format("{}ok {} {}\n", is_good(comparison, entries[i]) ? "" : "not ", i + 1, entries[i].key);
    if (entries.empty())
        text += prefixed(unreached_text(comparison) + verdict(comparison, entries), "# ");
    return text + fmt::format("{}# {}\n", entries.empty() ? "ok 1 no difference found\n" : "", effort(comparison));
}

std::string as_junit(const Comparison &comparison)
{
    const std::vector<Entry> entries = entries_of(comparison);
    const auto failures =
        std::ranges::count_if(entries, [&](const Entry &entry) { return !is_good(comparison, entry); });
    std::string text = fmt::format("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
                                   "<testsuite name=\"mblab diff\" tests=\"{}\" failures=\"{}\" time=\"{}\">\n",
                                   std::max<size_t>(entries.size(), 1), failures, comparison.seconds);
    for (const Entry &entry : entries) {
        const char *tag = is_good(comparison, entry) ? "system-out" : "failure";
        const std::string message =
            is_good(comparison, entry) ? "" : fmt::format(" message=\"{}\"", escaped(entry.title));
        text += fmt::format("<testcase name=\"{}\"><{}{}>{}\n{}</{}></testcase>\n", escaped(entry.key), tag, message,
                            escaped(entry.title), escaped(entry.body), tag);
    }
    return text + (entries.empty() ? "<testcase name=\"no difference\"/>\n" : "") + "</testsuite>\n";
}

std::string as_markdown(const Comparison &comparison)
{
    const std::vector<Entry> entries = entries_of(comparison);
    std::string text = fmt::format("# {} and {}\n\n{}\n\n{}\n", comparison.base, comparison.head,
                                   verdict(comparison, entries), effort(comparison));
    if (const std::string missed = unreached_text(comparison); !missed.empty())
        text += fmt::format("\n```\n{}```\n", missed);
    for (size_t i = 0; i < entries.size(); i++) {
        const Entry &entry = entries[i];
        if (const std::string heading = heading_before(entries, i); !heading.empty())
            text += fmt::format("\n## {}\n", heading);
        text += entry.trace ? fmt::format("\n### {}\n\nShown by {}.\n\n```\n{}```\n", entry.title, entry.seen,
                                          print_trace(*entry.trace))
                            : fmt::format("\n- {}\n", entry.title);
    }
    return text;
}

} // namespace mblab
