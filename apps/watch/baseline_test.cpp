// SPDX-License-Identifier: GPL-2.0-or-later
// What is kept from night to night, and what of a night is new.
#include "apps/watch/page.hpp"
#include "core/base/error.hpp"
#include "core/base/files.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace mblab::watch {
namespace {

Known known(std::string key, std::string base, std::string cluster)
{
    return {std::move(key),     "a title",          std::move(base),   "2026-03-07",
            "0123456789abcdef", "nights/x/1.trace", std::move(cluster)};
}

TEST(Watch, ABaselineIsReadAsItWasWritten)
{
    Baseline baseline;
    baseline.good = "0123456789abcdef";
    baseline.known = {known("difference memblock_add result:0", "base", "HEAD:mm/memblock.c:7")};
    baseline.nights.push_back(
        {"2026-03-07", "head", "a \"subject\"", "base", "files", "nights/x", "verdict", {"new one"}, 1, 2});
    const TemporaryFolder folder;
    const std::string path = folder.file("baseline.json");
    EXPECT_TRUE(read_baseline(path).good.empty()) << "there is none yet";
    replace_file(path, "{");
    EXPECT_THROW(read_baseline(path), Error);
    replace_file(path, print_baseline(baseline));
    EXPECT_EQ(print_baseline(read_baseline(path)), print_baseline(baseline));
}

bool has(const std::string &text, std::string_view part)
{
    return text.find(part) != text.npos;
}

TEST(Watch, ABaselineOfAnEarlierReleaseIsRead)
{
    const TemporaryFolder folder;
    const std::string path = folder.file("baseline.json");
    write_new_file(path, R"({"good": "0123", "known": [], "nights": [{"date": "2026-03-07", "commit": "head",
        "subject": "", "base": "", "files": "", "report": "", "verdict": "", "new": [], "new_findings": 0,
        "known_findings": 0}]})");
    EXPECT_TRUE(read_baseline(path).nights.front().builds);
}

TEST(Watch, ThePageOfAllNightsBeginsWithTheLast)
{
    Baseline baseline;
    baseline.good = "0123456789abcdef";
    baseline.good_date = "2026-03-01";
    baseline.good_subject = "a good <one>";
    baseline.known = {known("a", "base", "line 7"), known("b", "base", "line 8")};
    baseline.known[0].title = "the older";
    baseline.known[1].title = "the newer";
    baseline.known[1].first_seen = "2026-03-08";
    NightRecord night{.date = "2026-03-08", .commit = "head", .subject = "a \"subject\"", .report = "nights/x"};
    night.fresh = {"new one"};
    night.gone = {"old one"};
    night.new_findings = 1;
    baseline.nights = {night};
    const std::string page = nights_page(baseline, "a tree");
    EXPECT_TRUE(has(page, "a &quot;subject&quot;"));
    EXPECT_TRUE(has(page, "<b>new:</b> new one"));
    EXPECT_TRUE(has(page, "gone: old one"));
    EXPECT_TRUE(has(page, "href=\"nights/x/index.html\"")) << "a folder is none that a browser shows";
    EXPECT_FALSE(has(page, "href=\"nights/x/\""));
    EXPECT_TRUE(has(page, "2026-03-01 <code>0123456789ab</code> a good &lt;one&gt;"));
    EXPECT_LT(page.find("Last night"), page.find("Known, and still there"));
    EXPECT_LT(page.find("the newer"), page.find("the older"));
    EXPECT_TRUE(has(page, "name=\"viewport\"") && has(page, "prefers-color-scheme:dark"));
    EXPECT_TRUE(has(page, "1 night,"));
}

TEST(Watch, ThePageOfANightLinksEachTrace)
{
    Night night;
    night.date = "2026-03-08";
    night.head =
        Side{.spec = "git:x@y", .folder = "x", .repository = "x", .commit = "fedcba9876543210", .subject = "s"};
    night.found = {{known("a", "base", "line 7"), "", true}, {known("b", "base", "line 8"), ""}};
    night.found[0].trace = "nights/y/1.trace";
    night.gone = {known("c", "base", "line 9")};
    night.gone[0].title = "was there";
    const std::string page = night_page(night);
    EXPECT_TRUE(has(page, "<title>memblock: 2026-03-08, fedcba987654 &quot;s&quot;</title>"));
    for (const char *link : {"../../index.html", "../../nights/y/1.trace", "../../nights/x/1.trace"})
        EXPECT_TRUE(has(page, std::string("href=\"") + link + '"')) << link;
    EXPECT_TRUE(has(page, "<b>NEW</b>"));
    EXPECT_TRUE(has(page, "was there"));
    EXPECT_FALSE(has(page, "<pre>"));
    EXPECT_TRUE(has(night_text(night, "my nights"), "mblab run 'my nights/nights/y/1.trace'"));
    EXPECT_TRUE(has(night_text(night, "my nights"), "gone: was there (known since 2026-03-07)"));
    EXPECT_TRUE(has(night_text(night, "my nights"), "\n1 new, 1 known, 1 gone\n"));
    night.accepted = true;
    EXPECT_TRUE(has(night_text(night, "my nights"), "accepted as the last good revision: fedcba987654 \"s\", with 2"));
}

TEST(Watch, WhatIsKnownIsOfOneBase)
{
    Baseline baseline;
    baseline.known = {known("a", "base", "line 7"), known("law x", "", "law x")};
    EXPECT_NE(baseline.find(known("a", "base", "line 9")), nullptr) << "by its key";
    EXPECT_NE(baseline.find(known("b", "base", "line 7")), nullptr) << "by what it has in common";
    EXPECT_EQ(baseline.find(known("a", "other", "line 7")), nullptr) << "to another revision it is another difference";
    EXPECT_EQ(baseline.find(known("c", "base", "line 8")), nullptr);
    EXPECT_NE(baseline.find(known("law x", "", "law x")), nullptr);
}

std::string new_ones(const Baseline &baseline, Night night)
{
    hold_against(baseline, night);
    std::string keys;
    for (const Found &found : night.found)
        keys += found.is_new ? found.key + ';' : "";
    return keys;
}

TEST(Watch, WhatTheNightBeforeDoesNotShowIsNew)
{
    Baseline baseline;
    baseline.known = {known("a", "good", "line 7")};
    Night night;
    night.base.commit = "good";
    night.found = {{known("a", "good", "line 7"), ""}, {known("b", "good", "line 8"), ""}};
    EXPECT_EQ(new_ones(baseline, night), "b;") << "the night before was good";
    night.before = Side{.spec = "yesterday", .folder = ""};
    EXPECT_EQ(new_ones(baseline, night), "") << "it shows both: its search missed b";
    night.found.push_back({known("law x", "", "law x"), ""});
    EXPECT_EQ(new_ones(baseline, night), "law x;");
    for (Found &found : night.found)
        found.is_of_today = found.key == "a";
    EXPECT_EQ(new_ones(baseline, night), "a;law x;") << "a second bug by the same key";
}

TEST(Watch, ARepairIsGoneAndNotNew)
{
    Baseline baseline;
    baseline.known = {known("a", "good", "line 7"), known("b", "good", "line 8"), known("law x", "", "law x")};
    Night night;
    night.base.commit = "good";
    night.before = Side{.spec = "yesterday", .folder = ""};
    night.found = {{known("c", "good", "line 8"), ""}}; // another key, of the same line
    hold_against(baseline, night);
    EXPECT_FALSE(night.found.front().is_new);
    ASSERT_EQ(night.gone.size(), 2U);
    EXPECT_EQ(night.gone[0].key + ' ' + night.gone[1].key, "a law x");
}

TEST(Watch, WhatWasNotLookedForStaysKnown)
{
    Baseline baseline;
    baseline.known = {known("a", "good", "line 7"), known("b", "good", "line 7")};
    Night night;
    keep_known(baseline, night, "");
    EXPECT_EQ(night.found.size(), 2U) << "though both went through one line";
}

TEST(Watch, NewOnesComeFirstByTheirClusters)
{
    Baseline baseline;
    baseline.known = {known("a", "good", "line 7")};
    Night night;
    for (const char *key : {"a", "b1", "c1", "b2"})
        night.found.push_back({known(key, "good", std::string(key) == "a" ? "line 7" : std::string(1, key[0])), ""});
    EXPECT_EQ(new_ones(baseline, night), "b1;b2;c1;");
    hold_against(baseline, night);
    EXPECT_EQ(night.found.back().key, "a");
}

constexpr const char *suite_json = R"({{"passed": {}, "planned": 9, "builds": [{{"build": "numa", "passed": {},
    "planned": 9, "finished": {}, "failed": [{}]}}]}})";

TEST(Watch, EachCheckOfTheSuiteThatFailsIsOneFinding)
{
    EXPECT_TRUE(found_in_suite(fmt::format(suite_json, 9, 9, true, "")).empty());
    Night night;
    Baseline baseline;
    night.found = found_in_suite(fmt::format(suite_json, 8, 8, true, R"("add: one")"));
    EXPECT_EQ(new_ones(baseline, night), "suite add: one;");
    baseline.known.assign(night.found.begin(), night.found.end());
    night.found = found_in_suite(fmt::format(suite_json, 7, 7, true, R"("add: one", "add: two")"));
    EXPECT_EQ(new_ones(baseline, night), "suite add: two;") << "a worse suite is new";
    night.found = found_in_suite(fmt::format(suite_json, 3, 3, false, R"("add: one")"));
    EXPECT_EQ(new_ones(baseline, night), "suite stops at 5;");
    night.found = found_in_suite(fmt::format(suite_json, 0, 0, true, ""));
    EXPECT_EQ(new_ones(baseline, night), "suite incomplete;");
    EXPECT_EQ(found_in_suite(fmt::format(suite_json, 8, 8, false, R"("add: one")")).size(), 1U)
        << "a first run stopped at the check that fails, and then all were run";
    keep_known(baseline, night, "suite");
    EXPECT_EQ(night.found.size(), 2U) << "what was not run stays known";
}

TEST(Watch, NewFindingsOfOneLineAreOneEntry)
{
    Night night;
    for (const char *cluster : {"line 7", "line 8", "line 7", "line 9"})
        night.found.push_back({known(cluster, "base", cluster), "", std::string(cluster) != "line 9"});
    const auto clusters = clusters_of_new(night);
    ASSERT_EQ(clusters.size(), 2U);
    EXPECT_EQ(clusters[0].size(), 2U);
    EXPECT_NE(night_text(night, "x").find("3 new in 2 groups, 1 known"), std::string::npos);
    EXPECT_NE(night_junit(night).find("tests=\"4\" failures=\"3\""), std::string::npos);
}

} // namespace
} // namespace mblab::watch
