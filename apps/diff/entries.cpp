// SPDX-License-Identifier: GPL-2.0-or-later
#include "apps/diff/entries.hpp"

#include "core/base/text.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <bit>
#include <functional>
#include <set>
#include <span>
#include <utility>

namespace mblab {
namespace {

/// Lines of code that no input is known to have run.
std::vector<ChangedLine> unreached(const Comparison &comparison)
{
    std::vector<ChangedLine> lines;
    std::ranges::copy_if(comparison.lines, std::back_inserter(lines),
                         [&](const ChangedLine &line) { return !line.compiled || (line.is_code && !line.reached); });
    return lines;
}

std::string title(const Change &change)
{
    return change.op.empty() ? change.what : fmt::format("{}: {}", change.op, change.what);
}

Cause cause_of(const Change &change)
{
    return change.trait.empty() || change.is_wrong() ? Cause::unexplained
           : change.trait == messages_field          ? Cause::messages
                                                     : Cause::field;
}

Entry entry_of(const TraitChange &trait)
{
    const std::string answers = fmt::format("{}: {} / {}", trait.statement, trait.base, trait.head);
    const std::string title =
        trait.described ? fmt::format("{}: {}", trait.id, answers)
                        : fmt::format("trait {} gives an answer that no description covers: {}", trait.id, answers);
    return {.cause = trait.described ? Cause::trait : Cause::unexplained,
            .expected = trait.expected,
            .key = fmt::format("trait {}", trait.id),
            .title = title,
            .seen = fmt::format("its witness, on {}", trait.variant),
            .variant = trait.variant,
            .trace = &trait.witness};
}

Entry entry_of(const Change &change)
{
    std::string cause;
    if (!change.trait.empty())
        cause = change.is_wrong() ? fmt::format("{} explains it, but HEAD does not follow it: ", change.trait)
                : change.trait == change.field ? change.trait + ": " // what is expected is a field by its name
                                               : fmt::format("{}, {}: ", change.trait, change.field);
    return {.cause = cause_of(change),
            .key = change.signature,
            .title = cause + title(change),
            .seen = fmt::format("{}, on {}", counted(change.inputs, "input"), fmt::join(change.variants, ", ")),
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
            .variant = ""};
}

/// Lines of two texts that are in both, as pairs of numbers: what a patch leaves alone.
std::vector<std::pair<size_t, size_t>> common_lines(const std::vector<std::string_view> &a,
                                                    const std::vector<std::string_view> &b)
{
    constexpr size_t cells_max = 4000000; // of arrays that long only what begins and ends alike is told
    size_t head = 0, tail = 0;
    while (head < std::min(a.size(), b.size()) && a[head] == b[head])
        head++;
    while (head + tail < std::min(a.size(), b.size()) && a[a.size() - 1 - tail] == b[b.size() - 1 - tail])
        tail++;
    const size_t rows = a.size() - head - tail, columns = b.size() - head - tail;
    std::vector<std::pair<size_t, size_t>> pairs;
    for (size_t i = 0; i < head; i++)
        pairs.emplace_back(i, i);
    if (rows * columns <= cells_max) {
        std::vector<std::vector<uint32_t>> longest(rows + 1, std::vector<uint32_t>(columns + 1));
        for (size_t i = rows; i-- > 0;)
            for (size_t j = columns; j-- > 0;)
                longest[i][j] = a[head + i] == b[head + j] ? longest[i + 1][j + 1] + 1
                                                           : std::max(longest[i + 1][j], longest[i][j + 1]);
        for (size_t i = 0, j = 0; i < rows && j < columns;)
            if (a[head + i] == b[head + j])
                pairs.emplace_back(head + i++, head + j++);
            else
                (longest[i + 1][j] >= longest[i][j + 1] ? i : j)++;
    }
    for (size_t i = tail; i > 0; i--)
        pairs.emplace_back(a.size() - i, b.size() - i);
    return pairs;
}

/// The lines of a patch, each with its mark, unchanged ones included.
std::vector<std::string> patch_of(std::string_view base, std::string_view head)
{
    std::vector<std::string_view> a, b;
    each_line(base, [&](std::string_view line) { a.push_back(line); });
    each_line(head, [&](std::string_view line) { b.push_back(line); });
    std::vector<std::pair<size_t, size_t>> common = common_lines(a, b);
    common.emplace_back(a.size(), b.size());
    std::vector<std::string> lines;
    size_t i = 0, j = 0;
    for (const auto &[left, right] : common) {
        for (; i < left; i++)
            lines.push_back("-" + std::string(a[i]));
        for (; j < right; j++)
            lines.push_back("+" + std::string(b[j]));
        if (left < a.size())
            lines.push_back(" " + std::string(a[i++]));
        j = right + 1;
    }
    return lines;
}

} // namespace

std::string effort(const Comparison &comparison)
{
    std::string text =
        fmt::format("{}, {} in {} s on {}", counted(comparison.inputs, "input"), counted(comparison.ops, "op"),
                    comparison.seconds, fmt::join(comparison.variants, ", "));
    if (comparison.closed_worlds)
        text += "; no difference in all states of " + counted(comparison.closed_worlds, "small world");
    if (comparison.largest_arrays)
        text += fmt::format("; arrays of up to {}", counted(comparison.largest_arrays, "region"));
    for (const bool in_base : {false, true}) {
        const auto count = [&](auto is_wanted) {
            return std::ranges::count_if(comparison.lines, [&](const ChangedLine &line) {
                return line.in_base == in_base && line.is_code && is_wanted(line);
            });
        };
        if (const auto code = count([](const ChangedLine &) { return true; }); code && comparison.lines_known)
            text += fmt::format("; {} of {} reached", count(std::mem_fn(&ChangedLine::reached)),
                                in_base ? counted(code, "removed line of code", "removed lines of code")
                                        : counted(code, "changed line of code", "changed lines of code"));
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

std::string judgement(const Change &change)
{
    const std::string &base = change.base.judged, &head = change.head.judged;
    if (change.base.outcome.empty() || change.head.outcome.empty())
        return "not checked: out of time, or an engine failed";
    if (base.empty() && head.empty())
        return "no law and no prediction of the model distinguishes the sides";
    // The model knows of bugs: who keeps every law that the other violates is right, whatever it predicts.
    const auto violates = [](const std::string &judged) { return judged.starts_with("violates "); };
    if (violates(base) != violates(head))
        return fmt::format("BASE {}; HEAD {}", violates(base) ? base : "keeps every law",
                           violates(head) ? head : "keeps every law");
    return fmt::format("BASE {}; HEAD {}", base.empty() ? "keeps every law" : base,
                       head.empty() ? "keeps every law" : head);
}

std::string outside_of_contract(const Trace &trace)
{
    for (const Step &step : trace.steps) {
        const OpInfo &info = op_info(step.op.kind);
        for (size_t i = 0; i < info.parameter_count; i++)
            if (info.parameters[i].kind == ParameterKind::align && step.op.arg[i] &&
                !std::has_single_bit(step.op.arg[i]))
                return fmt::format(
                    "an argument is outside of what callers may pass: {} of {}, {:#x}, is no power of two",
                    info.parameters[i].name, info.name, step.op.arg[i]);
    }
    return "";
}

std::string short_name(const std::string &revision)
{
    std::string word = revision.substr(0, revision.find(' '));
    word.erase(word.find_last_not_of('/') + 1);
    const size_t slash = word.find_last_of('/');
    return slash == word.npos ? word.substr(0, 12) : word.substr(slash + 1);
}

std::string outcome_patch(const Change &change)
{
    constexpr size_t context = 2, lines_max = 60;
    const std::vector<std::string> lines = patch_of(change.base.outcome, change.head.outcome);
    std::string text;
    size_t shown = 0, last = 0;
    for (size_t i = 0; i < lines.size(); i++) {
        const size_t from = i > context ? i - context : 0, to = std::min(i + context + 1, lines.size());
        const auto is_changed = [](const std::string &line) { return line[0] != ' '; };
        if (std::none_of(lines.begin() + static_cast<ptrdiff_t>(from), lines.begin() + static_cast<ptrdiff_t>(to),
                         is_changed))
            continue;
        if (++shown > lines_max)
            return text + "   ...\n";
        text += (i > last ? "   ...\n" : "") + lines[i] + '\n';
        last = i + 1;
    }
    return text;
}

std::string body(const Entry &entry)
{
    std::string text = entry.trace ? prefixed(print_trace(*entry.trace), "    ") : "";
    if (!entry.change)
        return text;
    const Change &change = *entry.change;
    const auto add = [&](std::string_view heading, std::string_view part, std::string_view indent) {
        if (!part.empty())
            text += fmt::format("  {}:\n{}", heading, prefixed(part, indent));
    };
    add("before the last call", change.before, "  ");
    add("after it, - BASE, + HEAD", outcome_patch(change), "  ");
    if (change.base.picture == change.head.picture) {
        add("drawn, on both", change.base.picture, "    ");
    } else {
        add("drawn, on BASE", change.base.picture, "    ");
        add("drawn, on HEAD", change.head.picture, "    ");
    }
    text += fmt::format("  laws: {}\n", judgement(change));
    if (const std::string outside = outside_of_contract(change.trace); !outside.empty())
        text += fmt::format("  callers: {}\n", outside);
    if (!change.through.empty())
        text += fmt::format("  through: {}\n", change.through_lines());
    for (const Trace &example : change.examples)
        text += fmt::format("  also, through other lines or branches of these:\n{}",
                            prefixed(print_trace(example), "    "));
    return text;
}

std::string_view cause_name(Cause cause)
{
    static constexpr std::string_view names[] = {"unexplained", "messages", "trait", "field", "function"};
    return names[static_cast<size_t>(cause)];
}

std::vector<Entry> entries_of(const Comparison &comparison)
{
    std::vector<Entry> entries;
    const auto add = [&](const auto &things, auto is_wanted) {
        for (const auto &thing : things)
            if (is_wanted(thing)) {
                entries.push_back(entry_of(thing));
                entries.back().counts = comparison.counts(thing);
                entries.back().expected = comparison.is_expected(thing);
            }
    };
    const auto is = [](Cause cause) { return [=](const Change &change) { return cause_of(change) == cause; }; };
    add(comparison.traits, [](const TraitChange &trait) { return !trait.described; });
    add(comparison.changes, is(Cause::unexplained));
    add(comparison.changes, is(Cause::messages));
    const auto is_of_trait = [&](const Change &change) {
        return std::ranges::find(comparison.traits, change.trait, &TraitChange::id) != comparison.traits.end();
    };
    for (const TraitChange &trait : comparison.traits) {
        add(std::span(&trait, 1), [](const TraitChange &each) { return each.described; });
        add(comparison.changes,
            [&](const Change &change) { return change.trait == trait.id && cause_of(change) == Cause::field; });
    }
    add(comparison.changes,
        [&](const Change &change) { return cause_of(change) == Cause::field && !is_of_trait(change); });
    add(comparison.functions, [](const FunctionChange &) { return true; });
    std::ranges::stable_partition(entries, [](const Entry &entry) { return !entry.expected; });
    std::set<std::string> keys;
    for (Entry &entry : entries)
        for (size_t number = 2; !keys.insert(entry.key).second; number++)
            entry.key = fmt::format("{} #{}", entry.key.substr(0, entry.key.find(" #")), number);
    return entries;
}

namespace {

/// In which grade nothing was found.
std::string verdict_of_none(const Comparison &comparison)
{
    if (const std::vector<std::string> gaps = comparison.gaps(); !gaps.empty())
        return fmt::format("no difference found; incomplete: {}", fmt::join(gaps, "; "));
    if (comparison.identical)
        return "identical: nothing changed";
    return fmt::format("no difference; searched: none found, {}", comparison.lines_known && comparison.lines.empty()
                                                                      ? "no line of code changed"
                                                                      : "everything changed was run");
}

/// "2 differences that no trait explains, 1 trait differs" of the entries that are wanted; empty where none is.
template <typename IsWanted> std::string counts_of(const std::vector<Entry> &entries, IsWanted is_wanted)
{
    std::string text;
    const auto add = [&](Cause cause, std::string_view one, std::string_view many) {
        const auto is_it = [=](const Entry &entry) { return entry.cause == cause && std::invoke(is_wanted, entry); };
        if (const auto count = std::ranges::count_if(entries, is_it))
            text += (text.empty() ? "" : ", ") + counted(count, one, many);
    };
    add(Cause::unexplained, "difference that no trait explains", "differences that no trait explains");
    add(Cause::messages, "difference in messages alone", "differences in messages alone");
    add(Cause::trait, "trait differs", "traits differ");
    add(Cause::field, "field of outcomes that a trait explains", "fields of outcomes that traits explain");
    add(Cause::function, "function is on one side only", "functions are on one side only");
    return text;
}

} // namespace

std::string verdict(const Comparison &comparison, const std::vector<Entry> &entries)
{
    if (entries.empty())
        return verdict_of_none(comparison);
    const auto is_open = [](const Entry &entry) { return !entry.expected; };
    const std::string failing = counts_of(entries, &Entry::counts),
                      allowed = counts_of(entries, [&](const Entry &entry) { return is_open(entry) && !entry.counts; });
    const auto traits = std::ranges::count_if(
        entries, [&](const Entry &entry) { return entry.cause == Cause::trait && is_open(entry); });
    const bool is_explained = traits > 0 && std::ranges::none_of(entries, [&](const Entry &entry) {
                                  return is_open(entry) && entry.cause <= Cause::messages;
                              });
    std::string text = failing;
    if (failing.empty())
        text = allowed.empty() ? "no unexpected difference" : "every difference is explained; " + allowed;
    else if (is_explained && allowed.empty())
        text += fmt::format("; every difference is explained by {}", traits == 1 ? "it" : "them");
    else if (!allowed.empty())
        text += "; explained: " + allowed;
    if (!comparison.expected.empty())
        text += fmt::format("; {} expected", std::ranges::count(entries, true, &Entry::expected));
    if (const std::vector<std::string> gaps = comparison.gaps(); !comparison.expected.empty() && !gaps.empty())
        text += fmt::format("; incomplete: {}", fmt::join(gaps, "; "));
    return text;
}

std::string heading_before(const std::vector<Entry> &entries, size_t at)
{
    const auto section = [&](size_t i) {
        const Cause cause = entries[i].cause == Cause::field ? Cause::trait : entries[i].cause;
        return std::pair(entries[i].expected, entries[i].expected ? Cause::unexplained : cause);
    };
    if (at > 0 && section(at - 1) == section(at))
        return "";
    if (entries[at].expected)
        return "Expected";
    switch (section(at).second) {
    case Cause::unexplained:
        return "UNEXPLAINED: what no trait explains";
    case Cause::messages:
        return "Messages: what is printed, and nothing else";
    case Cause::function:
        return "Functions that only one side has";
    default:
        return "Traits that differ, BASE / HEAD, and what they explain";
    }
}

bool Comparison::is_expected(const TraitChange &trait) const
{
    return trait.expected;
}

bool Comparison::is_expected(const Change &change) const
{
    const auto trait = std::ranges::find(traits, change.trait, &TraitChange::id);
    return !change.is_wrong() &&
           (std::ranges::find(expected, change.trait) != expected.end() || (trait != traits.end() && trait->expected));
}

bool Comparison::is_expected(const FunctionChange &function) const
{
    return std::ranges::find(expected, function.name) != expected.end();
}

bool Comparison::counts(const TraitChange &trait) const
{
    return !trait.expected && !(explained_is_good && trait.described);
}

bool Comparison::counts(const Change &change) const
{
    return !is_expected(change) && (!explained_is_good || cause_of(change) != Cause::field);
}

bool Comparison::counts(const FunctionChange &function) const
{
    return !is_expected(function) && !explained_is_good;
}

bool Comparison::counts_cause(std::string_view cause) const
{
    Change change;
    change.trait = cause;
    return counts(change);
}

bool Comparison::fails() const
{
    const auto is_failure = [&](const auto &thing) { return counts(thing); };
    return std::ranges::any_of(traits, is_failure) || std::ranges::any_of(changes, is_failure) ||
           std::ranges::any_of(functions, is_failure);
}

bool Comparison::has_unexplained() const
{
    return std::ranges::any_of(traits, [](const TraitChange &trait) { return !trait.described; }) ||
           std::ranges::any_of(changes, [](const Change &change) { return change.trait.empty() || change.is_wrong(); });
}

std::vector<std::string> Comparison::gaps() const
{
    std::vector<std::string> gaps;
    const auto count = [&](auto is_wanted) { return std::ranges::count_if(lines, is_wanted); };
    if (const auto left = count([](const ChangedLine &line) { return !line.compiled; }); left && lines_known)
        gaps.push_back(counted(left, "changed line is compiled in no variant of these",
                               "changed lines are compiled in no variant of these"));
    if (const auto left = count([](const ChangedLine &line) { return line.is_code && !line.reached; }); left)
        gaps.push_back("no input ran " + counted(left, "changed line"));
    if (!lines_known && !lines.empty())
        gaps.push_back("which changed lines ran is not known (objdump is missing)");
    if (!elsewhere.empty())
        gaps.push_back(counted(elsewhere.size(), "changed file is none that the lab runs",
                               "changed files are none that the lab runs"));
    return gaps;
}

} // namespace mblab
