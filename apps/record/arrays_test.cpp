// SPDX-License-Identifier: GPL-2.0-or-later
#include "apps/record/arrays.hpp"

#include "apps/record/fake_guest.hpp"
#include "core/trace/trace.hpp"

#include <gtest/gtest.h>

namespace mblab::recording {
namespace {

std::vector<std::string> texts(const std::vector<Op> &ops)
{
    std::vector<std::string> lines;
    for (const Op &op : ops)
        lines.push_back(print_op(op));
    return lines;
}

using Lines = std::vector<std::string>;

TEST(Correction, OfWhatIsEqualIsNothing)
{
    const Regions regions = {{0x1000, 0x1000, 0, 16}};
    const Correction found = correction(MBLAB_TYPE_memory, regions, regions);
    EXPECT_TRUE(found.ops.empty());
    EXPECT_TRUE(found.inexpressible.empty());
}

/*
 *  before            |aaaaaaaa|        |bbbb|
 *  after     |cccc|  |aaaa|
 *            0x1000  0x3000  0x5000    0x8000
 */
TEST(Correction, AddsAndRemoves)
{
    const Regions before = {{0x3000, 0x2000, 0, 16}, {0x8000, 0x1000, 0, 16}};
    const Regions after = {{0x1000, 0x1000, 0, 16}, {0x3000, 0x1000, 0, 16}};
    EXPECT_EQ(
        texts(correction(MBLAB_TYPE_memory, before, after).ops),
        (Lines{"memblock_add(0x1000, 0x1000)", "memblock_remove(0x4000, 0x1000)", "memblock_remove(0x8000, 0x1000)"}));
    EXPECT_EQ(texts(correction(MBLAB_TYPE_reserved, before, after).ops),
              (Lines{"memblock_reserve(0x1000, 0x1000)", "memblock_phys_free(0x4000, 0x1000)",
                     "memblock_phys_free(0x8000, 0x1000)"}));
}

TEST(Correction, ChangesNodesAndFlagsWhereTheyChanged)
{
    const Regions before = {{0x1000, 0x3000, 0x4, 16}};
    const Regions after = {{0x1000, 0x1000, 0x4, 16}, {0x2000, 0x1000, 0x1, 1}, {0x3000, 0x1000, 0x4, 16}};
    EXPECT_EQ(texts(correction(MBLAB_TYPE_memory, before, after).ops),
              (Lines{"memblock_set_node(0x2000, 0x1000, memory, 1)", "memblock_mark_hotplug(0x2000, 0x1000)",
                     "memblock_clear_nomap(0x2000, 0x1000)"}));
}

TEST(Correction, SaysWhatNoCallCanDo)
{
    const Correction found = correction(MBLAB_TYPE_reserved, {{0x1000, 0x1000, 0x10, 16}}, {{0x1000, 0x1000, 0, 16}});
    EXPECT_TRUE(found.ops.empty());
    ASSERT_EQ(found.inexpressible.size(), 1u);
    EXPECT_NE(found.inexpressible[0].find("0x1000-0x2000"), std::string::npos);
}

TEST(Correction, DoesNotMindOtherCutsOfTheSameRange)
{
    const Correction found =
        correction(MBLAB_TYPE_memory, {{0x1000, 0x2000, 0, 0}}, {{0x1000, 0x1000, 0, 0}, {0x2000, 0x1000, 0, 0}});
    EXPECT_TRUE(found.ops.empty());
}

TEST(Questions, RoundAsTheKernelDoes)
{
    const auto lines = [](mblab_type type, int32_t nid, uint64_t total) {
        return print_trace({"", questions(type, {{0x1800, 0x9000, 0, nid}}, total)});
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

    void write_type(uint64_t at, uint64_t cnt, uint64_t total, uint64_t storage)
    {
        const uint64_t words[] = {cnt, 128, total, storage, 0};
        for (size_t i = 0; i < std::size(words); i++)
            guest.write(at + 8 * i, words[i], 8);
    }

    void write_region(uint64_t at, uint64_t base, uint64_t size, uint64_t flags, int32_t nid)
    {
        guest.write(at, base, 8);
        guest.write(at + 8, size, 8);
        guest.write(at + 16, flags, 4);
        guest.write(at + 20, static_cast<uint32_t>(nid), 4);
    }

    void SetUp() override
    {
        guest.write(address, 1, 8);
        guest.write(address + 8, 0x100000, 8);
        write_type(address + 16, 2, 0x3000, regions);
        write_type(address + 56, 1, 0, regions + 0x1000);
        write_region(regions, 0x1000, 0x1000, 0, 1024);
        write_region(regions + 24, 0x4000, 0x2000, 0x5, -1);
        write_region(regions + 0x1000, 0, 0, 0, 0);
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
    EXPECT_TRUE(same_regions(*memory, {{0x1000, 0x1000, 0, engine_max_nodes}, {0x4000, 0x2000, 0x5, -1}}));
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
