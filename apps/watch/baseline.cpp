// SPDX-License-Identifier: GPL-2.0-or-later
#include "apps/watch/baseline.hpp"

#include "core/base/error.hpp"
#include "core/base/files.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <filesystem>

namespace mblab::watch {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

Json as_json(const Known &known)
{
    return {
        {"key", known.key},       {"title", known.title}, {"base", known.base},      {"first_seen", known.first_seen},
        {"commit", known.commit}, {"trace", known.trace}, {"cluster", known.cluster}};
}

Json as_json(const NightRecord &night)
{
    return {{"date", night.date},
            {"commit", night.commit},
            {"subject", night.subject},
            {"base", night.base},
            {"files", night.files},
            {"report", night.report},
            {"verdict", night.verdict},
            {"new", night.fresh},
            {"new_findings", night.new_findings},
            {"known_findings", night.known_findings},
            {"gone", night.gone},
            {"builds", night.builds}};
}

Known known_of(const Json &json)
{
    return {json.at("key"),    json.at("title"), json.at("base"),   json.at("first_seen"),
            json.at("commit"), json.at("trace"), json.at("cluster")};
}

NightRecord night_of(const Json &json)
{
    return {json.at("date"),
            json.at("commit"),
            json.at("subject"),
            json.at("base"),
            json.at("files"),
            json.at("report"),
            json.at("verdict"),
            json.at("new"),
            json.at("new_findings"),
            json.at("known_findings"),
            json.value("gone", std::vector<std::string>{}),
            json.value("builds", true)};
}

} // namespace

const Known *Baseline::find(const Known &found) const
{
    const auto is_it = [&](const Known &each) { return each.base == found.base && each.key == found.key; };
    auto same = std::ranges::find_if(known, is_it); // what has its key comes before what is like it
    if (same == known.end())
        same = std::ranges::find_if(known, [&](const Known &each) { return each.is_like(found); });
    return same == known.end() ? nullptr : &*same;
}

Baseline read_baseline(const std::string &path)
{
    Baseline baseline;
    if (!fs::exists(path))
        return baseline;
    try {
        const Json json = Json::parse(read_file(path));
        baseline.good = json.at("good");
        baseline.good_date = json.value("good_date", "");
        baseline.good_subject = json.value("good_subject", "");
        for (const Json &each : json.at("known"))
            baseline.known.push_back(known_of(each));
        for (const Json &each : json.at("nights"))
            baseline.nights.push_back(night_of(each));
    } catch (const Json::exception &error) {
        throw Error(fmt::format("{}: not a baseline of mblab watch: {}", path, error.what()));
    }
    return baseline;
}

std::string print_baseline(const Baseline &baseline)
{
    Json known = Json::array(), nights = Json::array();
    for (const Known &each : baseline.known)
        known.push_back(as_json(each));
    for (const NightRecord &each : baseline.nights)
        nights.push_back(as_json(each));
    const Json json = {{"good", baseline.good},
                       {"good_date", baseline.good_date},
                       {"good_subject", baseline.good_subject},
                       {"known", std::move(known)},
                       {"nights", std::move(nights)}};
    return json.dump(1, ' ', false, Json::error_handler_t::replace) + '\n';
}

void replace_file(const std::string &path, std::string_view content)
{
    const std::string half = path + ".part";
    fs::remove(half);
    write_new_file(half, content);
    fs::rename(half, path);
}

} // namespace mblab::watch
