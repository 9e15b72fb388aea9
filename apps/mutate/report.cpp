// SPDX-License-Identifier: GPL-2.0-or-later
#include "apps/mutate/report.hpp"

#include "core/base/text.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include <algorithm>

namespace mblab::mutate {
namespace {

using Json = nlohmann::ordered_json;

bool is_killed(const Judged &of)
{
    return of.judgement && of.judgement->is_killed();
}
bool is_survivor(const Judged &of)
{
    return of.survives();
}
bool is_explained(const Judged &of)
{
    return of.survives() && of.reason && of.objection().empty();
}
bool is_unreached(const Judged &of)
{
    return of.survives() && !of.judgement->is_reached;
}
bool is_equivalent_in_worlds(const Judged &of)
{
    return of.survives() && !of.judgement->closed.empty() && of.judgement->open.empty();
}

/// The kind of what killed it: world, trace, search, suite.
std::string killer_of(const Judgement &judgement)
{
    return judgement.by.substr(0, judgement.by.find(' '));
}

std::map<std::string, size_t> killers(const Report &report)
{
    std::map<std::string, size_t> counts;
    for (const Judged &of : report.all)
        if (is_killed(of))
            counts[killer_of(*of.judgement)]++;
    return counts;
}

/// Processor seconds at so many percent of those that were killed.
double percentile(const Report &report, unsigned percent)
{
    std::vector<int64_t> times;
    for (const Judged &of : report.all)
        if (is_killed(of))
            times.push_back(of.judgement->processor.count());
    std::ranges::sort(times);
    return times.empty() ? 0 : static_cast<double>(times[(times.size() - 1) * percent / 100]) / 1000;
}

double seconds(const Report &report)
{
    std::chrono::milliseconds sum{0};
    for (const Judged &of : report.all)
        sum += of.judgement ? of.judgement->processor : std::chrono::milliseconds(0);
    return static_cast<double>(sum.count()) / 1000;
}

// Of so many each kill has a row of a document's table.
constexpr size_t few = 50;

/// What is known of a survivor.
std::string standing_of(const Judged &of)
{
    const Judgement &is = *of.judgement;
    std::string text = is.is_reached ? "reached" : "reached by nothing";
    if (!is.closed.empty())
        text += fmt::format("; no difference in any state of {}", fmt::join(is.closed, ", "));
    if (!is.open.empty())
        text += fmt::format("; none so far in {}, not closed", fmt::join(is.open, ", "));
    if (is_equivalent_in_worlds(of))
        text += ": equivalent in every closed world that reaches it";
    return text;
}

std::string summary(const Report &report)
{
    const size_t killed = report.count(is_killed), survivors = report.count(is_survivor),
                 explained = report.count(is_explained),
                 left_out = report.count([](const Judged &of) { return of.is_left_out; }),
                 open = report.count([](const Judged &of) { return of.is_open(); });
    std::string text = fmt::format("{} mutants of {}", report.all.size(), report.places);
    if (left_out)
        text += fmt::format(", {} of them do not compile", left_out);
    if (open)
        text += fmt::format(", {} not judged", open);
    text += fmt::format("\n{} killed", killed);
    std::vector<std::string> by;
    for (const auto &[killer, count] : killers(report))
        by.push_back(fmt::format("{} by {}", count, killer));
    if (!by.empty())
        text += fmt::format(": {}", fmt::join(by, ", "));
    text += fmt::format("\n{} survive: {} with a reason, {} equivalent in every closed world that reaches them, {} "
                        "reached by nothing\n",
                        survivors, explained, report.count(is_equivalent_in_worlds), report.count(is_unreached));
    text += fmt::format("processor seconds to a kill: median {:.2f}, 90 % {:.2f}, 95 % {:.2f}, 99 % {:.2f}, longest "
                        "{:.2f}; {:.0f} s in all\n",
                        percentile(report, 50), percentile(report, 90), percentile(report, 95), percentile(report, 99),
                        percentile(report, 100), seconds(report));
    if (!report.unread.empty())
        text += fmt::format("not parsed, and not mutated: {}\n", fmt::join(report.unread, ", "));
    return text;
}

std::string verdict(const Report &report)
{
    const size_t without = report.count([](const Judged &of) { return of.survives() && !of.reason; });
    const size_t objections = report.count([](const Judged &of) { return !of.objection().empty(); });
    if (objections)
        return fmt::format("FAIL: {} reasons do not hold, {} survivors have none", objections, without);
    if (without)
        return fmt::format("FAIL: {} survivors have no reason", without);
    if (report.count([](const Judged &of) { return of.is_open(); }))
        return "open: not all are judged";
    return "pass: no survivor without a reason";
}

std::string escaped(std::string_view text)
{
    std::string out;
    for (const char letter : text)
        out += letter == '<' ? "&lt;" : letter == '>' ? "&gt;" : letter == '&' ? "&amp;" : std::string(1, letter);
    return out;
}

std::string in_cell(std::string_view text)
{
    std::string out;
    for (const char letter : text)
        out += letter == '|' ? "\\|" : std::string(1, letter);
    return out;
}

/// What killed it, as one line.
std::string killed_by(const Judgement &is)
{
    std::string text = is.by + ": " + is.how;
    if (is.calls)
        text += fmt::format(", {} calls", is.calls);
    return text + fmt::format(", {:.2f} s", static_cast<double>(is.processor.count()) / 1000);
}

} // namespace

std::string Judged::objection() const
{
    if (!reason || !judgement)
        return {};
    if (judgement->is_killed())
        return fmt::format("{}: it is killed by {}: {}", reason->where, judgement->by, judgement->how);
    for (const std::string &world : reason->worlds)
        if (std::ranges::find(judgement->closed, world) == judgement->closed.end())
            return fmt::format("{}: {} does not prove it: it does not reach it, or was not closed", reason->where,
                               world);
    return {};
}

size_t Report::count(bool (*is_wanted)(const Judged &)) const
{
    return static_cast<size_t>(std::ranges::count_if(all, is_wanted));
}

bool Report::passes() const
{
    return std::ranges::all_of(
        all, [](const Judged &of) { return of.objection().empty() && (!of.survives() || of.reason); });
}

std::string as_text(const Report &report)
{
    std::string text = fmt::format("{}\njudged by {}\n", report.title, report.judge) + summary(report);
    const auto list = [&](std::string_view heading, auto is_wanted, auto say) {
        bool any = false;
        for (const Judged &of : report.all) {
            if (!is_wanted(of))
                continue;
            if (!std::exchange(any, true))
                text += fmt::format("\n{}\n", heading);
            text += fmt::format("{}  {}\n{}", of.mutant->id(), of.mutant->title(), prefixed(say(of), "    "));
        }
    };
    list(
        "Reasons that do not hold", [](const Judged &of) { return !of.objection().empty(); },
        [](const Judged &of) { return of.objection(); });
    list("Survivors without a reason", [](const Judged &of) { return of.survives() && !of.reason; }, standing_of);
    list("Survivors with a reason", is_explained,
         [](const Judged &of) { return of.reason->because + '\n' + standing_of(of); });
    return text + '\n' + verdict(report) + '\n';
}

std::string as_json(const Report &report)
{
    Json mutants = Json::array(), worlds = Json::array();
    for (const Judged &of : report.all) {
        const Mutant &mutant = *of.mutant;
        Json one = {{"id", mutant.id()},        {"line", mutant.line},         {"column", mutant.column},
                    {"kind", mutant.what},      {"function", mutant.function}, {"was", mutant.was},
                    {"becomes", mutant.becomes}};
        one["verdict"] = of.is_left_out  ? "does not compile"
                         : of.is_open()  ? "open"
                         : is_killed(of) ? "killed"
                                         : "survives";
        if (const Judgement *is = of.judgement)
            one.update(Json{{"by", is->by},
                            {"how", is->how},
                            {"calls", is->calls},
                            {"trace", is->trace},
                            {"reached", is->is_reached},
                            {"closed_worlds", is->closed},
                            {"open_worlds", is->open},
                            {"inputs", is->inputs},
                            {"processor_ms", is->processor.count()}});
        if (of.reason)
            one.update(Json{{"reason", of.reason->because}, {"objection", of.objection()}});
        mutants.push_back(std::move(one));
    }
    for (const WorldReach &world : report.worlds)
        worlds.push_back({{"world", world.world},
                          {"calls", world.calls},
                          {"closed", world.is_closed},
                          {"reaches", world.mutants.size()}});
    const Json out = {{"tree", report.title},
                      {"judge", report.judge},
                      {"verdict", verdict(report)},
                      {"killed", report.count(is_killed)},
                      {"survive", report.count(is_survivor)},
                      {"explained", report.count(is_explained)},
                      {"worlds", std::move(worlds)},
                      {"not_understood", report.unread},
                      {"mutants", std::move(mutants)}};
    return out.dump(1, ' ', false, Json::error_handler_t::replace) + '\n';
}

std::string as_html(const Report &report)
{
    std::string text = fmt::format("<!DOCTYPE html>\n<html lang=\"en\"><meta charset=\"utf-8\"><title>mutants of {0}"
                                   "</title>\n<style>body{{font:15px sans-serif;max-width:80em;margin:2em auto}}"
                                   "pre{{background:#f4f4f4;padding:1em;overflow:auto}}</style>\n<h1>mutants of "
                                   "{0}</h1>\n<p>{1}</p>\n<pre>{2}</pre>\n",
                                   escaped(report.title), escaped(verdict(report)), escaped(summary(report)));
    const auto section = [&](std::string_view heading, auto is_wanted, auto say) {
        text += fmt::format("<h2>{}</h2>\n", heading);
        for (const Judged &of : report.all)
            if (is_wanted(of))
                text += fmt::format("<details><summary>{} {}</summary><pre>{}</pre></details>\n",
                                    escaped(of.mutant->id()), escaped(of.mutant->title()), escaped(say(of)));
    };
    section("Survivors without a reason", [](const Judged &of) { return of.survives() && !of.reason; }, standing_of);
    section(
        "Survivors with a reason", [](const Judged &of) { return of.survives() && of.reason; },
        [](const Judged &of) { return of.reason->because + '\n' + of.objection() + standing_of(of); });
    section("Killed", is_killed,
            [](const Judged &of) { return killed_by(*of.judgement) + '\n' + of.judgement->trace; });
    return text + "</html>\n";
}

std::string as_markdown(const Report &report)
{
    std::string text = "```\n" + summary(report) +
                       "```\n\n| change | mutants | killed | survive | with a reason |\n"
                       "|---|---:|---:|---:|---:|\n";
    std::map<std::string_view, std::array<size_t, 4>> by_kind;
    for (const Judged &of : report.all) {
        std::array<size_t, 4> &counts = by_kind[of.mutant->what];
        counts[0] += !of.is_left_out;
        counts[1] += is_killed(of);
        counts[2] += of.survives();
        counts[3] += is_explained(of);
    }
    for (const auto &[kind, counts] : by_kind)
        text += fmt::format("| {} | {} |\n", kind, fmt::join(counts, " | "));
    if (report.all.size() <= few) {
        text += "\n| mutant | killed by | calls | s | the difference |\n|---|---|---:|---:|---|\n";
        for (const Judged &of : report.all)
            if (is_killed(of))
                text += fmt::format("| `{}` | {} | {} | {:.2f} | {} |\n", in_cell(of.mutant->title()), of.judgement->by,
                                    of.judgement->calls, static_cast<double>(of.judgement->processor.count()) / 1000,
                                    in_cell(of.judgement->how));
    }
    text += "\n| survivor | change | what is known |\n|---|---|---|\n";
    for (const Judged &of : report.all)
        if (of.survives())
            text += fmt::format("| {} | `{}` | {} |\n", of.mutant->id(), in_cell(of.mutant->title()),
                                in_cell(of.reason ? of.reason->because : "open: " + standing_of(of)));
    return text;
}

} // namespace mblab::mutate
