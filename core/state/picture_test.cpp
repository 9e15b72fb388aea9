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
    const Region regions[] = {{0, 0x1000, 0, 1}, {0x2000, 0x1000, 0, 16}, {0x4000, 0x1000, 0, -1}};
    const Bar bar[] = {{"memory", regions}};
    EXPECT_NE(picture(bar, {{}, 16}).find("memory: a-b node 1; e-f NUMA_NO_NODE\n"), std::string::npos);
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

TEST(LayOut, EachScaleIsInOrderFromEndToEnd)
{
    const Region memory[] = {{0x1000, 0x1000, 0, 0}, {0x40000000, 0x10000000000, 0, 0}};
    const uint64_t bounds[] = {0x1000, 0x2000, 0x40000000, 0x10040000000};
    for (const Scale scale : {Scale::even, Scale::squeezed, Scale::log, Scale::linear}) {
        const std::vector<double> places = lay_out(bounds, scale, memory);
        ASSERT_EQ(places.size(), 4u);
        EXPECT_EQ(places.front(), 0);
        EXPECT_DOUBLE_EQ(places.back(), 1);
        EXPECT_TRUE(std::is_sorted(places.begin(), places.end()));
    }
    const std::vector<double> even = lay_out(bounds, Scale::even), squeezed = lay_out(bounds, Scale::squeezed, memory);
    EXPECT_DOUBLE_EQ(even[1], 1.0 / 3);
    EXPECT_LT(squeezed[2] - squeezed[1], squeezed[1] - squeezed[0]); // a hole of a GiB beside a page
    EXPECT_GT(squeezed[1] - squeezed[0], 0.008);                     // a page beside a TiB
    EXPECT_LT(lay_out(bounds, Scale::linear)[1], 1e-8);
    EXPECT_NEAR(lay_out(bounds, Scale::log)[2], 0.62, 0.03); // 2^18 pages of 2^28
    EXPECT_EQ(lay_out({bounds, 1}, Scale::linear), std::vector<double>{0});
    EXPECT_TRUE(lay_out({}, Scale::even).empty());
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
