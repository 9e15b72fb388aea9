// SPDX-License-Identifier: GPL-2.0-or-later
#include "apps/record/arrays.hpp"

#include "apps/record/fake_guest.hpp"
#include "core/trace/trace.hpp"

#include <gtest/gtest.h>

namespace mblab::recording {
namespace {

/*
 *  before            |aaaaaaaa|        |bbbb|
 *  after     |cccc|  |aaaa|
 *            0x1000  0x3000  0x5000    0x8000
 */
const RegionList ab = {{0x3000, 0x2000, 0, 16}, {0x8000, 0x1000, 0, 16}};
const RegionList ca = {{0x1000, 0x1000, 0, 16}, {0x3000, 0x1000, 0, 16}};

TEST(Correction, IsTheCallsBetweenTwoArrays)
{
    const struct {
        std::string what;
        mblab_type type;
        RegionList before, after;
        std::string calls;
        std::string inexpressible; // a part of it
    } cases[] = {
        {"what is equal", MBLAB_TYPE_memory, ab, ab, "", ""},
        {"ranges of memory", MBLAB_TYPE_memory, ab, ca,
         "memblock_add(0x1000, 0x1000)\nmemblock_remove(0x4000, 0x1000)\nmemblock_remove(0x8000, 0x1000)\n", ""},
        {"ranges of reserved", MBLAB_TYPE_reserved, ab, ca,
         "memblock_reserve(0x1000, 0x1000)\nmemblock_phys_free(0x4000, 0x1000)\nmemblock_phys_free(0x8000, 0x1000)\n",
         ""},
        {"nodes and flags, where they changed",
         MBLAB_TYPE_memory,
         {{0x1000, 0x3000, 0x4, 16}},
         {{0x1000, 0x1000, 0x4, 16}, {0x2000, 0x1000, 0x1, 1}, {0x3000, 0x1000, 0x4, 16}},
         "memblock_set_node(0x2000, 0x1000, memory, 1)\nmemblock_mark_hotplug(0x2000, 0x1000)\n"
         "memblock_clear_nomap(0x2000, 0x1000)\n",
         ""},
        {"what no call can do",
         MBLAB_TYPE_reserved,
         {{0x1000, 0x1000, 0x10, 16}},
         {{0x1000, 0x1000, 0, 16}},
         "",
         "0x1000-0x2000"},
        {"other cuts of the same range",
         MBLAB_TYPE_memory,
         {{0x1000, 0x2000, 0, 0}},
         {{0x1000, 0x1000, 0, 0}, {0x2000, 0x1000, 0, 0}},
         "",
         ""},
    };
    for (const auto &[what, type, before, after, calls, inexpressible] : cases) {
        SCOPED_TRACE(what);
        const Correction found = correction(type, before, after);
        Trace trace;
        for (const Op &op : found.ops)
            trace.add(op);
        EXPECT_EQ(print_trace(trace), calls);
        ASSERT_EQ(found.inexpressible.size(), inexpressible.empty() ? 0u : 1u);
        for (const std::string &sentence : found.inexpressible)
            EXPECT_NE(sentence.find(inexpressible), std::string::npos);
    }
}

TEST(Questions, RoundAsTheKernelDoes)
{
    const auto lines = [](mblab_type type, int32_t nid, uint64_t total) {
        const Region region{0x1800, 0x9000, 0, nid};
        return print_trace({"", questions(type, {&region, 1}, total)});
    };
    EXPECT_EQ(lines(MBLAB_TYPE_memory, 2, 0x9400), "memblock_region_memory_base_pfn(memory, 0) = 0x2\n"
                                                   "memblock_region_memory_end_pfn(memory, 0) = 0xa\n"
                                                   "memblock_get_region_node(memory, 0) = 2\n"
                                                   "memblock_phys_mem_size() = 0x9400\n");
    EXPECT_EQ(lines(MBLAB_TYPE_reserved, -1, 0x9000), "memblock_region_reserved_base_pfn(reserved, 0) = 0x1\n"
                                                      "memblock_region_reserved_end_pfn(reserved, 0) = 0xb\n"
                                                      "memblock_get_region_node(reserved, 0) = NUMA_NO_NODE\n"
                                                      "memblock_reserved_size() = 0x9000\n");
}

class GuestArrays : public testing::Test {
  protected:
    static constexpr uint64_t address = 0xffffffff82d00000, regions = 0xffffffff83700000;

    void SetUp() override
    {
        guest.write(address, 1, 8);
        guest.write(address + 8, 0x100000, 8);
        guest.write_array(address + 16, RegionList{{0x1000, 0x1000, 0, 1024}, {0x4000, 0x2000, 0x5, -1}}, regions);
        guest.write_array(address + 56, RegionList{{0, 0, 0, 0}}, regions + 0x1000);
    }

    FakeGuest guest;
    MemblockLayout layout{address, true, 1024};
};

TEST_F(GuestArrays, ReadsTheHeader)
{
    const auto header = layout.read_header(guest);
    ASSERT_TRUE(header);
    EXPECT_TRUE(header->bottom_up);
    EXPECT_EQ(header->current_limit, 0x100000u);
    EXPECT_EQ(header->type[MBLAB_TYPE_memory], (TypeHeader{2, 128, 0x3000, regions}));
    EXPECT_EQ(layout.type_address(MBLAB_TYPE_reserved), address + 56);
}

TEST_F(GuestArrays, ReadsRegionsWithNodesInTheEnginesTerms)
{
    const auto header = layout.read_header(guest);
    const auto memory = layout.read_regions(guest, header->type[MBLAB_TYPE_memory]);
    ASSERT_TRUE(memory);
    EXPECT_TRUE(*memory == RegionList({{0x1000, 0x1000, 0, engine_max_nodes}, {0x4000, 0x2000, 0x5, -1}}));
}

TEST_F(GuestArrays, TranslatesNodes)
{
    EXPECT_EQ(layout.node(-1), -1);
    EXPECT_EQ(layout.node(3), 3);
    EXPECT_EQ(layout.node(1024), engine_max_nodes);
    EXPECT_EQ(layout.node(16), engine_empty_node); // a node of the guest's, none of the engines'
    EXPECT_EQ(layout.node(1023), engine_empty_node);
    layout.max_nodes = engine_max_nodes;
    EXPECT_EQ(layout.node(16), engine_max_nodes);
}

TEST_F(GuestArrays, ReadsTheDummyAsNothing)
{
    const auto reserved = layout.read_regions(guest, layout.read_header(guest)->type[MBLAB_TYPE_reserved]);
    ASSERT_TRUE(reserved);
    EXPECT_TRUE(reserved->empty());
}

TEST_F(GuestArrays, RefusesWhatIsNoArrayAnyMore)
{
    EXPECT_FALSE(layout.read_regions(guest, {129, 128, 0, regions}));
    EXPECT_FALSE(layout.read_regions(guest, {1, 128, 0, 0xdead0000}));
}

} // namespace
} // namespace mblab::recording
