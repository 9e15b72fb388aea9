// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/state/picture.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace mblab {
namespace {

TEST(Picture, BoxesAreNotToScale)
{
    const Region memory[] = {{0x1000, 0x1000, 0, 0}, {0x2000, 0x7fffffffe000, 0x4, 0}};
    const Region reserved[] = {{0x1000, 0x1000, 0, 0}};
    const Bar bars[] = {{"memory", memory}, {"reserved", reserved}};
    EXPECT_EQ(picture(bars), "            a         b         c\n"
                             "  memory    |#########|NNNNNNNNN|\n"
                             "  reserved  |#########|..........\n"
                             "  a = 0x1000   b = 0x2000   c = 0x800000000000\n"
                             "  memory: b-c MEMBLOCK_NOMAP\n");
}

TEST(Picture, NodesAreSaidWhereTheyDiffer)
{
    const Region regions[] = {{0, 0x1000, 0, 1}, {0x2000, 0x1000, 0, 16}};
    const Bar bar[] = {{"memory", regions}};
    EXPECT_NE(picture(bar, {{}, 16}).find("memory: a-b node 1\n"), std::string::npos);
    const Bar one[] = {{"memory", {regions, 1}}};
    EXPECT_EQ(picture(one).find("node"), std::string::npos);
}

TEST(Picture, NothingIsSaid)
{
    const Region none{0, 0, 0, 0}; // what older kernels keep in an empty array
    const Bar bars[] = {{"memory", {}}, {"reserved", {&none, 1}}};
    EXPECT_EQ(picture(bars), "  no regions at all\n");
}

TEST(Picture, TooManyAreShownAroundTheFocus)
{
    std::vector<Region> regions;
    for (uint64_t i = 0; i < 100; i++)
        regions.push_back({i * 0x2000, 0x1000, 0, 0});
    const Bar bars[] = {{"memory", regions}};
    const std::string text = picture(bars, {{0x64000, 0x65000}, -1});
    EXPECT_NE(text.find("c = 0x64000"), std::string::npos) << text;
    EXPECT_NE(text.find("~ 98 bounds below and 84 above are not shown"), std::string::npos) << text;
    EXPECT_NE(picture(bars, {{UINT64_MAX, 0}, -1}).find("and 0 above"), std::string::npos);
}

TEST(Changed, IsTheSpanOfWhatDiffers)
{
    const Region before[] = {{0, 0x1000, 0, 0}, {0x2000, 0x1000, 0, 0}, {0x8000, 0x1000, 0, 0}};
    const Region after[] = {{0, 0x1000, 0, 0}, {0x2000, 0x800, 0, 0}, {0x8000, 0x1000, 0, 0}};
    EXPECT_EQ(changed(before, after), (Interval{0x2000, 0x3000}));
    EXPECT_TRUE(changed(before, before).empty());
}

} // namespace
} // namespace mblab
