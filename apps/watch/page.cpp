// SPDX-License-Identifier: GPL-2.0-or-later
#include "apps/watch/page.hpp"

#include "core/base/text.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <functional>
#include <ranges>

namespace mblab::watch {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view style =
    ":root{color-scheme:light dark;--paper:#f7f7f4;--ink:#1d2126;--soft:#5d6570;--line:#dcdcd5;--link:#2257c4;"
    "--new:#fbdfdc;--known:#fdf6d8;--good:#e2f3e6}"
    "@media(prefers-color-scheme:dark){:root{--paper:#15181c;--ink:#e6e8ea;--soft:#a6adb6;--line:#333a43;"
    "--link:#7aa7ff;--new:#4a2320;--known:#3a3517;--good:#18331f}}"
    "body{font:15px/1.45 system-ui,sans-serif;max-width:80em;margin:1.5em auto;padding:0 1em;background:var(--paper);"
    "color:var(--ink);overflow-wrap:anywhere}a{color:var(--link)}h1{font-size:1.4em}h2{font-size:1.1em}"
    "table{border-collapse:collapse;width:100%}th{color:var(--soft)}"
    "td,th{text-align:left;vertical-align:top;padding:.3em .7em;border-top:1px solid var(--line)}"
    "td:first-child,code{white-space:nowrap}.new{background:var(--new)}.known{background:var(--known)}"
    ".good{background:var(--good)}p.new,p.known,p.good{padding:.5em .8em;border-radius:.4em}"
    "@media(max-width:45em){td,th{padding:.3em}td code{white-space:normal}}";

/// The beginning of a page; the title is plain text.
std::string page_head(const std::string &title)
{
    return fmt::format("<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
                       "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                       "<title>{}</title>\n<style>{}</style></head><body>\n",
                       escaped(title), style);
}

std::string link_to(const std::string &path, std::string_view text)
{
    return fmt::format("<a href=\"{}\">{}</a>", escaped(path), escaped(text));
}

/// What something new, known or nothing is coloured by.
std::string_view class_of(size_t fresh, size_t known)
{
    return fresh ? "new" : known ? "known" : "good";
}

std::string short_commit(const std::string &commit)
{
    return commit.substr(0, 12);
}

/// "4 new in 3 groups, 2 known".
std::string counts_of(const Night &night)
{
    const auto fresh = std::ranges::count(night.found, true, &Found::is_new);
    const size_t clusters = clusters_of_new(night).size();
    return fmt::format("{} new{}, {} known{}", fresh,
                       static_cast<size_t>(fresh) == clusters ? "" : " in " + counted(clusters, "group"),
                       std::ranges::count(night.found, false, &Found::is_new),
                       night.gone.empty() ? "" : fmt::format(", {} gone", night.gone.size()));
}

/// A path as a shell takes it.
std::string shell_word(const std::string &path)
{
    constexpr std::string_view plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._-+@:";
    if (path.find_first_not_of(plain) == path.npos)
        return path;
    std::string word = "'";
    for (const char letter : path)
        word += letter == '\'' ? "'\\''" : std::string(1, letter);
    return word + '\'';
}

Json revision(const Side &side)
{
    return {{"repository", side.repository}, {"commit", side.commit}, {"subject", side.subject}};
}

/// What is new, and what is gone.
std::string titles_of(const NightRecord &night)
{
    std::string titles;
    for (const std::string &title : night.fresh)
        titles += fmt::format("<br><b>new:</b> {}", escaped(title));
    for (const std::string &title : night.gone)
        titles += fmt::format("<br>gone: {}", escaped(title));
    return titles;
}

std::string night_row(const NightRecord &night)
{
    return fmt::format("<tr class={}><td>{}</td><td><code>{}</code></td><td>{}</td><td>{} new, {} known</td>"
                       "<td>{}{}</td></tr>\n",
                       class_of(night.new_findings, night.known_findings),
                       link_to(night.report + "/index.html", night.date), short_commit(night.commit),
                       escaped(night.subject), night.new_findings, night.known_findings, escaped(night.verdict),
                       titles_of(night));
}

std::string known_row(const Known &known)
{
    return fmt::format("<tr><td>{}</td><td><code>{}</code></td><td>{}</td><td>{}</td></tr>\n", known.first_seen,
                       short_commit(known.commit), escaped(known.title),
                       known.trace.empty() ? "" : link_to(known.trace, "trace"));
}

/// A finding on the page of its night.
std::string found_item(const Found &found)
{
    const std::string since = found.is_new ? "<b>NEW</b> " : fmt::format("known since {}: ", found.first_seen);
    return fmt::format("<tr class={}><td>{}</td><td>{}</td><td>{}</td></tr>\n", found.is_new ? "new" : "known", since,
                       escaped(found.title), found.trace.empty() ? "" : link_to("../../" + found.trace, "trace"));
}

/// The last night, and what it was held against.
std::string last_night(const Baseline &baseline)
{
    if (baseline.nights.empty())
        return "";
    const NightRecord &night = baseline.nights.back();
    return fmt::format("<p class={}>Last night, {}: {} new, {} known. {}{}</p>\n",
                       class_of(night.new_findings, night.known_findings),
                       link_to(night.report + "/index.html", night.date), night.new_findings, night.known_findings,
                       escaped(night.verdict), titles_of(night));
}

} // namespace

std::string night_text(const Night &night, const std::string &folder)
{
    std::string text = fmt::format("{}: {}\n", night.date, night.head.title());
    text += fmt::format("  last good: {} {}\n", night.base_date, night.base.revision());
    for (const Part &part : night.parts)
        text += fmt::format("  {}: {}\n", part.name, part.verdict.empty() ? "not run" : part.verdict);
    size_t number = 0;
    for (const auto &cluster : clusters_of_new(night)) {
        text += fmt::format("NEW {}. {}\n", ++number, cluster.front()->title);
        if (cluster.size() > 1)
            text += fmt::format("   and {} more of {}\n", cluster.size() - 1, cluster.front()->cluster);
        if (!cluster.front()->trace.empty())
            text += fmt::format("   mblab run {}\n", shell_word(folder + '/' + cluster.front()->trace));
    }
    for (const Found &found : night.found)
        if (!found.is_new)
            text += fmt::format("known since {}: {}\n", found.first_seen, found.title);
    for (const Known &known : night.gone)
        text += fmt::format("gone: {} (known since {})\n", known.title, known.first_seen);
    text += counts_of(night) + '\n';
    if (night.accepted)
        text +=
            fmt::format("accepted as the last good revision: {}, with {} to the one before\n", night.head.revision(),
                        counted(std::ranges::count_if(night.found, &Found::is_difference), "difference"));
    return text;
}

std::string night_page(const Night &night)
{
    const auto fresh = static_cast<size_t>(std::ranges::count(night.found, true, &Found::is_new));
    std::string text = page_head(fmt::format("memblock: {}, {}", night.date, night.head.revision()));
    text += fmt::format("<p>{}</p>\n<h1>{}: <code>{}</code> {}</h1>\n", link_to("../../index.html", "all nights"),
                        night.date, short_commit(night.head.commit), escaped(night.head.subject));
    text += fmt::format("<p class={}>{}{}</p>\n", class_of(fresh, night.found.size() - fresh), counts_of(night),
                        night.accepted ? "; accepted as the last good revision" : "");
    text += fmt::format("<p>Against the last good revision, {} <code>{}</code> {}</p>\n<p>", night.base_date,
                        short_commit(night.base.commit), escaped(night.base.subject));
    if (night.comparison)
        text += link_to("diff.html", "the whole comparison") + ", " + link_to("mail.txt", "as a mail") + ", ";
    text += link_to("night.json", "JSON") + ", " + link_to("junit.xml", "JUnit") + "</p>\n";
    if (!night.found.empty())
        text += "<h2>Found</h2>\n<table>\n";
    for (const Found &found : night.found)
        text += found_item(found);
    text += night.found.empty() ? "" : "</table>\n";
    if (!night.gone.empty())
        text += "<h2>Gone since the night before</h2>\n<table>\n";
    for (const Known &known : night.gone)
        text += fmt::format("<tr class=good><td>known since {}</td><td>{}</td></tr>\n", known.first_seen,
                            escaped(known.title));
    text += night.gone.empty() ? "" : "</table>\n";
    text += "<h2>Checked</h2>\n<table>\n";
    for (const Part &part : night.parts)
        text += fmt::format("<tr><td>{}</td><td>{}</td></tr>\n", part.name,
                            part.verdict.empty() ? "not run" : escaped(part.verdict));
    return text + "</table>\n</body></html>\n";
}

std::string night_json(const Night &night)
{
    Json parts = Json::object(), found = Json::array(), gone = Json::array();
    for (const Known &known : night.gone)
        gone.push_back({{"key", known.key}, {"title", known.title}, {"first_seen", known.first_seen}});
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
    const Json out = {{"date", night.date},        {"base", revision(night.base)}, {"head", revision(night.head)},
                      {"builds", night.builds},    {"accepted", night.accepted},   {"parts", std::move(parts)},
                      {"found", std::move(found)}, {"gone", std::move(gone)}};
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
    std::string text = page_head("memblock: " + title);
    text += fmt::format("<h1>memblock: {}</h1>\n{}", escaped(title), last_night(baseline));
    text += fmt::format("<p>Last good revision: {} <code>{}</code> {}</p>\n<p>{}, {} with something new</p>\n",
                        baseline.good_date, short_commit(baseline.good), escaped(baseline.good_subject),
                        counted(baseline.nights.size(), "night"), red);
    std::vector<Known> known = baseline.known;
    std::ranges::stable_sort(known, std::ranges::greater(), &Known::first_seen);
    if (!known.empty())
        text += "<h2>Known, and still there</h2>\n<table><tr><th>first seen<th>in revision<th>what<th></tr>\n";
    for (const Known &each : known)
        text += known_row(each);
    text += fmt::format("{}<h2>Nights</h2>\n<table><tr><th>date<th>revision<th>subject<th>found<th>verdict</tr>\n",
                        known.empty() ? "" : "</table>\n");
    for (const NightRecord &night : baseline.nights | std::views::reverse)
        text += night_row(night);
    return text + "</table>\n</body></html>\n";
}

} // namespace mblab::watch
