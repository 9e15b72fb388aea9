// SPDX-License-Identifier: GPL-2.0-or-later
// What is kept from night to night, and what of a night is new.
#include "apps/watch/page.hpp"
#include "core/base/error.hpp"
#include "core/base/files.hpp"

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
    EXPECT_NE(nights_page(baseline, "a tree").find("<b>new:</b> new one"), std::string::npos);
    EXPECT_NE(nights_page(baseline, "a tree").find("a &quot;subject&quot;"), std::string::npos);
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

TEST(Watch, WhatDiffersFromTheNightBeforeIsNew)
{
    Baseline baseline;
    baseline.known = {known("a", "good", "line 7")};
    Night night;
    night.found = {{known("a", "good", "line 7"), ""}, {known("b", "good", "line 8"), ""}};
    EXPECT_EQ(new_ones(baseline, night), "b;") << "the night before was good";
    night.before = Side{.spec = "yesterday", .folder = ""};
    EXPECT_EQ(new_ones(baseline, night), "") << "nothing changed since: the search of the night before missed b";
    night.found.push_back({known("law x", "", "law x"), ""});
    EXPECT_EQ(new_ones(baseline, night), "law x;");
    night.since = {{known("a", "yesterday", "line 9"), ""}};
    EXPECT_EQ(new_ones(baseline, night), "a;b;law x;") << "a second bug by the same key";
    night.since = {{known("c", "yesterday", "line 9"), ""}};
    EXPECT_EQ(new_ones(baseline, night), "b;law x;since the night before: c;");
}

TEST(Watch, NewFindingsOfOneLineAreOneEntry)
{
    Night night;
    for (const char *cluster : {"line 7", "line 8", "line 7", "line 9"})
        night.found.push_back({known(cluster, "base", cluster), "", std::string(cluster) != "line 9"});
    const auto clusters = clusters_of_new(night);
    ASSERT_EQ(clusters.size(), 2U);
    EXPECT_EQ(clusters[0].size(), 2U);
    EXPECT_NE(night_text(night).find("3 new, 1 known"), std::string::npos);
    EXPECT_NE(night_junit(night).find("tests=\"4\" failures=\"3\""), std::string::npos);
}

} // namespace
} // namespace mblab::watch
