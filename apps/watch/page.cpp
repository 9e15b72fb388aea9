// SPDX-License-Identifier: GPL-2.0-or-later
#include "apps/watch/page.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <ranges>

namespace mblab::watch {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view style =
    "body{font:15px/1.4 sans-serif;max-width:75em;margin:2em auto;padding:0 1em}table{border-collapse:collapse}"
    "td,th{text-align:left;vertical-align:top;padding:.3em .8em;border-top:1px solid #ddd}"
    ".new{background:#fdd}.known{background:#ffe}.good{background:#efe}code{white-space:nowrap}";

Json revision(const Side &side)
{
    return {{"repository", side.repository}, {"commit", side.commit}, {"subject", side.subject}};
}

std::string night_row(const NightRecord &night)
{
    std::string fresh;
    for (const std::string &title : night.fresh)
        fresh += fmt::format("<br><b>new:</b> {}", escaped(title));
    return fmt::format("<tr class={}><td><a href=\"{}/\">{}</a></td><td><code>{}</code></td><td>{}</td>"
                       "<td>{} new, {} known</td><td>{}{}</td></tr>\n",
                       night.new_findings     ? "new"
                       : night.known_findings ? "known"
                                              : "good",
                       escaped(night.report), night.date, night.commit.substr(0, 12), escaped(night.subject),
                       night.new_findings, night.known_findings, escaped(night.verdict), fresh);
}

std::string known_row(const Known &known)
{
    const std::string trace = known.trace.empty() ? "" : fmt::format("<a href=\"{}\">trace</a>", escaped(known.trace));
    return fmt::format("<tr><td>{}</td><td><code>{}</code></td><td>{}</td><td>{}</td></tr>\n", known.first_seen,
                       known.commit.substr(0, 12), escaped(known.title), trace);
}

} // namespace

std::string night_text(const Night &night)
{
    std::string text = fmt::format("{}: {}\n", night.date, night.head.title());
    text += fmt::format("  last good: {}\n", night.base.revision());
    for (const Part &part : night.parts)
        text += fmt::format("  {}: {}\n", part.name, part.verdict.empty() ? "not run" : part.verdict);
    size_t number = 0;
    for (const auto &cluster : clusters_of_new(night)) {
        text += fmt::format("NEW {}. {}\n", ++number, cluster.front()->title);
        if (cluster.size() > 1)
            text += fmt::format("   and {} more of {}\n", cluster.size() - 1, cluster.front()->cluster);
        if (!cluster.front()->trace.empty())
            text += fmt::format("   mblab run {}\n", cluster.front()->trace);
    }
    for (const Found &found : night.found)
        if (!found.is_new)
            text += fmt::format("known since {}: {}\n", found.first_seen, found.title);
    return text + fmt::format("{} new, {} known\n", std::ranges::count(night.found, true, &Found::is_new),
                              std::ranges::count(night.found, false, &Found::is_new));
}

std::string night_json(const Night &night)
{
    Json parts = Json::object(), found = Json::array();
    for (const Part &part : night.parts)
        parts[part.name] = {{"ran", part.ran}, {"verdict", part.verdict}};
    for (const Found &each : night.found)
        found.push_back({{"key", each.key},
                         {"title", each.title},
                         {"new", each.is_new},
                         {"first_seen", each.first_seen},
                         {"first_commit", each.commit},
                         {"cluster", each.cluster},
                         {"trace", each.trace}});
    const Json out = {{"date", night.date},
                      {"base", revision(night.base)},
                      {"head", revision(night.head)},
                      {"parts", std::move(parts)},
                      {"found", std::move(found)}};
    return out.dump(1, ' ', false, Json::error_handler_t::replace) + '\n';
}

std::string night_junit(const Night &night)
{
    const auto fresh = std::ranges::count(night.found, true, &Found::is_new);
    std::string text = fmt::format("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
                                   "<testsuite name=\"mblab watch\" tests=\"{}\" failures=\"{}\">\n",
                                   night.parts.size() + night.found.size(), fresh);
    for (const Part &part : night.parts)
        text += fmt::format("<testcase name=\"{}\">{}<system-out>{}</system-out></testcase>\n", part.name,
                            part.ran ? "" : "<skipped/>", escaped(part.verdict));
    for (const Found &found : night.found) {
        const std::string body = escaped(found.title) + '\n' + escaped(found.text);
        text += found.is_new
                    ? fmt::format("<testcase name=\"{}\"><failure message=\"{}\">{}</failure></testcase>\n",
                                  escaped(found.key), escaped(found.title), body)
                    : fmt::format("<testcase name=\"{}\"><system-out>known since {}: {}</system-out></testcase>\n",
                                  escaped(found.key), found.first_seen, body);
    }
    return text + "</testsuite>\n";
}

std::string nights_page(const Baseline &baseline, const std::string &title)
{
    const auto red =
        std::ranges::count_if(baseline.nights, [](const NightRecord &night) { return night.new_findings > 0; });
    std::string text =
        fmt::format("<!DOCTYPE html>\n<html lang=\"en\"><meta charset=\"utf-8\"><title>memblock: {0}</title>\n"
                    "<style>{1}</style>\n<h1>memblock: {0}</h1>\n<p>{2} nights, {3} with something new. Last good "
                    "revision: <code>{4}</code></p>\n",
                    escaped(title), style, baseline.nights.size(), red, baseline.good.substr(0, 12));
    if (!baseline.known.empty())
        text += "<h2>Known</h2>\n<table><tr><th>first seen<th>with<th>what<th></tr>\n";
    for (const Known &known : baseline.known)
        text += known_row(known);
    text += fmt::format("{}<h2>Nights</h2>\n<table><tr><th>date<th>revision<th>subject<th>found<th>verdict</tr>\n",
                        baseline.known.empty() ? "" : "</table>\n");
    for (const NightRecord &night : baseline.nights | std::views::reverse)
        text += night_row(night);
    return text + "</table>\n</html>\n";
}

} // namespace mblab::watch
