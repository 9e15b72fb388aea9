// SPDX-License-Identifier: GPL-2.0-or-later
#include "apps/view/scene.hpp"

#include "core/base/error.hpp"
#include "core/op/typed.hpp"

#include <gtest/gtest.h>

namespace mblab::view {
namespace {

constexpr uint64_t MiB = 1 << 20;

Model numa()
{
    return Model({.config = MBLAB_CONFIG_numa, .max_nodes = 16});
}

TEST(Splice, IsWhatLiesBetweenEqualEnds)
{
    const Region before[] = {{0, 1, 0, 0}, {2, 1, 0, 0}, {4, 1, 0, 0}},
                 after[] = {{0, 1, 0, 0}, {2, 1, 4, 0}, {4, 1, 0, 0}};
    const Splice made = splice(before, after);
    EXPECT_EQ(made.at, 1u);
    EXPECT_EQ(made.removed, 1u);
    EXPECT_EQ(made.inserted, std::vector{after[1]});
    EXPECT_TRUE(splice(before, before).empty());
    const Splice shrunk = splice(before, {before, 2});
    EXPECT_EQ(shrunk.at + shrunk.removed, 3u);
    EXPECT_EQ(splice({}, before).inserted.size(), 3u);
}

/// Whatever two lists are, the splice makes one of the other.
TEST(Splice, MakesTheOther)
{
    const Region some[] = {{0, 1, 0, 0}, {2, 1, 0, 0}, {2, 1, 0, 0}, {4, 1, 0, 0}};
    for (unsigned from = 0; from < 16; from++)
        for (unsigned to = 0; to < 16; to++) {
            std::vector<Region> before, after;
            for (unsigned i = 0; i < 4; i++) {
                if (from >> i & 1)
                    before.push_back(some[i]);
                if (to >> i & 1)
                    after.push_back(some[i]);
            }
            const Splice made = splice(before, after);
            const auto at = before.begin() + static_cast<ptrdiff_t>(made.at);
            before.insert(before.erase(at, at + static_cast<ptrdiff_t>(made.removed)), made.inserted.begin(),
                          made.inserted.end());
            EXPECT_EQ(before, after) << from << ' ' << to;
        }
}

TEST(Player, SaysWhatASearchPassedOver)
{
    Model engine = numa();
    Player player(engine);
    for (const Op &op :
         {Op(ops::memblock_add{0, 64 * MiB}), Op(ops::memblock_set_node{32 * MiB, 32 * MiB, MBLAB_TYPE_memory, 1}),
          Op(ops::memblock_set_node{0, 32 * MiB, MBLAB_TYPE_memory, 0}),
          Op(ops::memblock_mark_nomap{60 * MiB, 4 * MiB}), Op(ops::memblock_reserve{40 * MiB, MiB})})
        ASSERT_TRUE(player.play(op));
    EXPECT_TRUE(player.searches().empty());
    ASSERT_TRUE(player.play(ops::memblock_phys_alloc_try_nid{24 * MiB, 4096, 1}));
    ASSERT_EQ(player.searches().size(), 2u);
    EXPECT_EQ(player.searches()[0].found, 0u);
    EXPECT_EQ(player.searches()[1].found, 8 * MiB);
    const std::string on_node = search_text(player.searches()[0], player.before());
    EXPECT_NE(on_node.find("[0x2900000, 0x3c00000): too small\n"), std::string::npos) << on_node;
    EXPECT_NE(on_node.find("[0x0, 0x2000000): not on node 1\n"), std::string::npos) << on_node;
    EXPECT_EQ(search_text(player.searches()[1], player.before()).find("not on node"), std::string::npos);
    ASSERT_TRUE(player.play(ops::memblock_phys_alloc_range{2 * MiB, 4096, 0, 8 * MiB}));
    const std::string below = search_text(player.searches().back(), player.before());
    EXPECT_NE(below.find("above the limit"), std::string::npos) << below;
    EXPECT_NE(below.find("[0x3c00000"), 0u);
    ASSERT_TRUE(player.play(ops::memblock_phys_alloc{4 * MiB, 64 * MiB}));
    EXPECT_NE(search_text(player.searches().back(), player.before()).find("no aligned place"), std::string::npos);
}

TEST(Player, StopsWhereTheMachineIsDead)
{
    Model engine = numa();
    Player player(engine);
    ASSERT_TRUE(player.play(ops::memblock_add{MiB, MiB}));
    ASSERT_TRUE(player.play(ops::memblock_alloc_or_panic{4 * MiB, 4096}));
    EXPECT_TRUE(player.over());
    EXPECT_FALSE(player.play(ops::memblock_add{4 * MiB, MiB}));
    EXPECT_EQ(player.after().memory().set.count(), 1u);
}

TEST(ReadStory, TakesProseOutOfComments)
{
    const Story story =
        read_story("# SPDX-License-Identifier: x\n# A title\n#\n# Two lines\n# of prose.\nvariant numa-4\n"
                   "# First.\nmemblock_allow_resize() # setup_arch+0x1\n# Second.\n"
                   "memblock_add(0x0, 1M)\n# The end.\n",
                   "folder/name.trace");
    EXPECT_EQ(story.title, "name.trace");
    EXPECT_EQ(story.about, "A title\n\nTwo lines of prose.");
    EXPECT_EQ(story.remarks, (std::vector<std::string>{"First.", "Second.", "The end."}));
    EXPECT_EQ(story.callers, (std::vector<std::string>{"setup_arch+0x1", ""}));
    EXPECT_EQ(story.variant, "numa-4");
}

/// The data of the page, which are in a script element.
Json data_of(const std::string &page)
{
    const std::string begin = "id=\"data\">";
    const size_t at = page.find(begin) + begin.size();
    return Json::parse(page.substr(at, page.find("</script>", at) - at));
}

Story two_nodes()
{
    return read_story("memblock_add_node(0x0, 1G, 0, MEMBLOCK_NONE)\nmemblock_add_node(1T, 4K, 1, MEMBLOCK_NONE)\n"
                      "memblock_reserve(1M, 1M)\nmemblock_phys_alloc(8K, 4K)\n",
                      "two");
}

TEST(Page, HoldsEachChangeAndWhereItLies)
{
    Model engine = numa();
    Counts counts;
    const Chapter chapter{two_nodes(), {&engine}};
    const Json data = data_of(page("two", {&chapter, 1}, &counts));
    EXPECT_EQ(counts.calls, 4u);
    const Json &scene = data["chapters"][0];
    EXPECT_EQ(scene["steps"].size(), 4u);
    EXPECT_EQ(scene["lanes"].size(), 2u);
    EXPECT_EQ(scene["lanes"][1]["nid"], 1);
    for (const char *scale : {"squeezed", "log", "linear"})
        EXPECT_EQ(scene["scales"][scale].size(), scene["bounds"].size());
    const Json &change = scene["engines"][0]["played"][2]["d"][0];
    EXPECT_EQ(change[0], MBLAB_TYPE_reserved);
    EXPECT_EQ(scene["bounds"][change[3][0].get<size_t>()], "0x100000");
    EXPECT_EQ(scene["bounds"][change[3][1].get<size_t>()], "0x200000");
    EXPECT_EQ(scene["engines"][0]["played"][3]["searches"][0]["passed"][0][2], "too small");
}

TEST(Page, NeedsNothingFromElsewhereAndIsNoWayIn)
{
    Model engine = numa();
    Story story = two_nodes();
    story.title = "</script><img src=x>/*js*/";
    story.remarks = {"</script><b>\xff"};
    const Chapter chapter{story, {&engine}};
    const std::string text = page(story.title, {&chapter, 1});
    EXPECT_EQ(text.find("<img"), std::string::npos);
    EXPECT_EQ(text.find("</script><b>"), std::string::npos);
    EXPECT_EQ(data_of(text)["chapters"][0]["title"], story.title);
    for (const char *outside : {"src=\"", "href=\"", "url(http", "@import", "fetch("})
        EXPECT_EQ(text.find(outside), std::string::npos) << outside;
    EXPECT_NE(text.find("default-src 'none'"), std::string::npos);
}

TEST(Page, MarksWhereEnginesDiffer)
{
    Dialect other_dialect;
    other_dialect.alloc_marks_kern = !other_dialect.alloc_marks_kern;
    Model one = numa(), other(one.variant(), other_dialect);
    const Chapter chapter{two_nodes(), {&one, &other}};
    Counts counts;
    const Json data = data_of(page("", {&chapter, 1}, &counts));
    const Json &played = data["chapters"][0]["engines"][1]["played"];
    EXPECT_EQ(counts.differences, 1u);
    EXPECT_FALSE(played[2].contains("differs"));
    EXPECT_TRUE(played[3].contains("differs"));
}

TEST(Page, OfNothingIsAnError)
{
    Model engine = numa();
    const Chapter without_calls{{}, {&engine}}, without_engines{two_nodes(), {}};
    EXPECT_THROW(page("", {&without_calls, 1}), Error);
    EXPECT_THROW(page("", {&without_engines, 1}), Error);
}

} // namespace
} // namespace mblab::view
