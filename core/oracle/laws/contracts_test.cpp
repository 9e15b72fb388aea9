// SPDX-License-Identifier: GPL-2.0-or-later
// For each family an outcome made by hand that keeps its promises, and one that does not.
#include "core/oracle/laws/contracts.hpp"

#include <gtest/gtest.h>

#include <set>
#include <vector>

namespace mblab {
namespace {

constexpr int32_t no_node = 16;
constexpr uint64_t any_node = ~uint64_t{0}, all = ~uint64_t{0};

/// A machine whose state and effects are what the test says.
class ContractsTest : public testing::Test {
  protected:
    explicit ContractsTest(uint32_t config = MBLAB_CONFIG_numa) : checker(Variant{config, 16, 4, 4})
    {
        state.type[0].storage = state.type[1].storage = MBLAB_STATIC_ADDR;
        state.type[0].max = state.type[1].max = 4;
        state.current_limit = ~uint64_t{0};
        state.region_bytes = 24;
    }

    /// What the checker says of this op: a contract's id, or nothing. The effects are gone afterwards.
    std::string after(mblab_op_kind kind, std::initializer_list<uint64_t> arguments = {}, uint64_t result = 0,
                      mblab_exit exit = MBLAB_RETURNED)
    {
        Outcome outcome;
        outcome.result = {exit, 1, {result, 0, 0, 0}};
        outcome.effects = {effects.data(), text, static_cast<uint32_t>(effects.size()), sizeof text};
        fill(state.type[MBLAB_TYPE_memory], memory);
        fill(state.type[MBLAB_TYPE_reserved], reserved);
        outcome.state = state;
        const std::optional<Breach> breach = checker.after(make_op(kind, arguments), outcome);
        effects.clear();
        return breach ? std::string(breach->contract) : "";
    }

    void effect(mblab_effect_kind kind, uint64_t a, uint64_t b = 0, uint64_t c = 0)
    {
        effects.push_back({static_cast<uint32_t>(kind), 0, a, b, c});
    }

    /// Memory [0, 0x10000) without a node, added as it should be.
    void boot()
    {
        memory = {{0x0, 0x10000, 0, no_node}};
        ASSERT_EQ(after(MBLAB_OP_memblock_add, {0x0, 0x10000}), "");
    }

    void allocate(uint64_t addr, uint64_t size)
    {
        reserved = {{addr, size, 0, no_node}};
        effect(MBLAB_EFFECT_kmemleak_alloc_phys, addr, size);
        effect(MBLAB_EFFECT_accept_memory, addr, size);
    }

    /// The reserved array moves from its first place to this page, which is then reserved.
    void double_reserved(uint64_t target)
    {
        effect(MBLAB_EFFECT_accept_memory, target, 0x1000);
        effect(MBLAB_EFFECT_copy, target, MBLAB_STATIC_ADDR, 4 * 24);
        effect(MBLAB_EFFECT_zero, target + 4 * 24, 4 * 24);
        state.type[MBLAB_TYPE_reserved].storage = target;
        state.type[MBLAB_TYPE_reserved].max = 8;
    }

    /// Four pages are reserved, and a fifth makes the array grow.
    void fill_reserved()
    {
        for (const uint64_t base : {0x1000u, 0x3000u, 0x5000u, 0x7000u}) {
            reserved.push_back({base, 0x1000, 0, no_node});
            ASSERT_EQ(after(MBLAB_OP_memblock_reserve, {base, 0x1000}), "");
        }
        reserved.push_back({0x9000, 0x1000, 0, no_node});
        reserved.push_back({0xf000, 0x1000, 0, no_node});
    }

    std::vector<Region> memory, reserved;
    std::vector<Effect> effects;
    mblab_state state{};
    Checker checker;

  private:
    static void fill(mblab_type_state &array, const std::vector<Region> &regions)
    {
        array.cnt = regions.size();
        array.regions = regions.data();
        array.total_size = 0;
        for (const Region &region : regions)
            array.total_size += region.size;
    }

    static constexpr char text[] = "";
};

TEST(ContractsTable, IdsAreUniqueAndEachSaysItsSource)
{
    std::set<std::string_view> ids;
    for (const Contract &contract : contracts()) {
        EXPECT_TRUE(ids.insert(contract.id).second) << contract.id;
        EXPECT_LT(contract.family().size(), contract.id.size()) << contract.id;
        EXPECT_FALSE(contract.statement.empty() || contract.source.empty()) << contract.id;
        EXPECT_NE(markdown().find(contract.statement), std::string::npos) << contract.id;
    }
}

TEST(ContractsTable, EachExcuseIsOfContractsThatThereAre)
{
    for (const Excuse &excuse : excuses()) {
        std::string_view rest = excuse.contracts;
        while (!rest.empty()) {
            const std::string_view pattern = rest.substr(0, rest.find(' '));
            rest.remove_prefix(std::min(rest.size(), pattern.size() + 1));
            const auto matches = [pattern](const Contract &contract) {
                return pattern == contract.id ||
                       (pattern.ends_with(".*") && contract.id.starts_with(pattern.substr(0, pattern.size() - 1)));
            };
            EXPECT_TRUE(std::any_of(contracts().begin(), contracts().end(), matches)) << excuse.id << ": " << pattern;
        }
    }
}

//   memory: [0x0 0x1000) [0x1000 0x2000), alike
TEST_F(ContractsTest, StructureMinimal)
{
    boot();
    memory = {{0x0, 0x8000, 0, no_node}, {0x8000, 0x8000, 0, no_node}};
    EXPECT_EQ(after(MBLAB_OP_memblock_add, {0x0, 0x1000}), "structure.minimal");
}

TEST_F(ContractsTest, StructureSorted)
{
    memory = {{0x3000, 0x1000, 0, no_node}, {0x1000, 0x1000, 0, no_node}};
    EXPECT_EQ(after(MBLAB_OP_memblock_add, {0x1000, 0x1000}), "structure.sorted");
}

TEST_F(ContractsTest, StructureOfAnEngineThatDidNotReturnIsItsOwnAffair)
{
    memory = {{0x3000, 0x1000, 0, no_node}, {0x1000, 0x1000, 0, no_node}};
    EXPECT_EQ(after(MBLAB_OP_memblock_add, {0x1000, 0x1000}, 0, MBLAB_PANIC), "");
    EXPECT_EQ(after(MBLAB_OP_memblock_add, {0x1000, 0x1000}), ""); // the machine is dead
}

TEST_F(ContractsTest, DoublingReservesItsNewPlace)
{
    boot();
    ASSERT_EQ(after(MBLAB_OP_memblock_allow_resize), "");
    fill_reserved();
    double_reserved(0xf000);
    EXPECT_EQ(after(MBLAB_OP_memblock_reserve, {0x9000, 0x1000}), "");
}

TEST_F(ContractsTest, DoublingIsAllowedFirst)
{
    boot();
    fill_reserved();
    double_reserved(0xf000);
    EXPECT_EQ(after(MBLAB_OP_memblock_reserve, {0x9000, 0x1000}), "doubling.allowed");
}

TEST_F(ContractsTest, DoublingKeepsClearOfTheRangeItGrowsFor)
{
    boot();
    ASSERT_EQ(after(MBLAB_OP_memblock_allow_resize), "");
    fill_reserved();
    reserved.pop_back();
    double_reserved(0x9000);
    EXPECT_EQ(after(MBLAB_OP_memblock_reserve, {0x9000, 0x1000}), "structure.storage-clear");
}

TEST_F(ContractsTest, AccountingReportsTheSum)
{
    boot();
    EXPECT_EQ(after(MBLAB_OP_memblock_phys_mem_size, {}, 0x10000), "");
    EXPECT_EQ(after(MBLAB_OP_memblock_phys_mem_size, {}, 0xf000), "accounting.reported");
}

TEST_F(ContractsTest, FrameOfAddKeepsWhatWasThere)
{
    memory = {{0x1000, 0x1000, 4, 1}};
    ASSERT_EQ(after(MBLAB_OP_memblock_add_node, {0x1000, 0x1000, 1, 4}), "");
    memory = {{0x0, 0x1000, 0, no_node}, {0x1000, 0x1000, 4, 1}, {0x2000, 0x1000, 0, no_node}};
    EXPECT_EQ(after(MBLAB_OP_memblock_add, {0x0, 0x3000}), "");
    memory = {{0x0, 0x1000, 0, no_node}, {0x1000, 0x2000, 4, 1}};
    EXPECT_EQ(after(MBLAB_OP_memblock_remove, {0x8000, 0x1000}), "frame.remove");
}

TEST_F(ContractsTest, LimitsCutFromAbove)
{
    boot();
    memory[0].size = 0x4000;
    EXPECT_EQ(after(MBLAB_OP_memblock_enforce_memory_limit, {0x4000}), "");
    memory[0].size = 0x3000;
    EXPECT_EQ(after(MBLAB_OP_memblock_enforce_memory_limit, {0x2000}), "limits.amount");
}

TEST_F(ContractsTest, PlacementTakesTheHighest)
{
    boot();
    allocate(0xf000, 0x1000);
    EXPECT_EQ(after(MBLAB_OP_memblock_phys_alloc_range, {0x1000, 0x1000, 0, all}, 0xf000), "");
    reserved.clear();
    effect(MBLAB_EFFECT_kmemleak_free_part_phys, 0xf000, 0x1000);
    ASSERT_EQ(after(MBLAB_OP_memblock_phys_free, {0xf000, 0x1000}), "");
    allocate(0xe000, 0x1000);
    EXPECT_EQ(after(MBLAB_OP_memblock_phys_alloc_range, {0x1000, 0x1000, 0, all}, 0xe000), "placement.highest");
}

TEST_F(ContractsTest, PlacementKeepsOutOfNomapMemory)
{
    boot();
    memory = {{0x0, 0xf000, 0, no_node}, {0xf000, 0x1000, 4, no_node}};
    ASSERT_EQ(after(MBLAB_OP_memblock_mark_nomap, {0xf000, 0x1000}), "");
    allocate(0xf000, 0x1000);
    EXPECT_EQ(after(MBLAB_OP_memblock_phys_alloc_range, {0x1000, 0x1000, 0, all}, 0xf000), "placement.mapped");
}

TEST_F(ContractsTest, PlacementFailsOnlyWhenNothingFits)
{
    boot();
    EXPECT_EQ(after(MBLAB_OP_memblock_phys_alloc, {0x20000, 0x1000}), "");
    EXPECT_EQ(after(MBLAB_OP_memblock_phys_alloc, {0x1000, 0x1000}), "placement.failure");
}

TEST_F(ContractsTest, PlacementWithMovableNodesKeepsOutOfHotpluggableMemory)
{
    boot();
    memory[0].flags = 1;
    ASSERT_EQ(after(MBLAB_OP_memblock_mark_hotplug, {0x0, 0x10000}), "");
    ASSERT_EQ(after(MBLAB_OP_world_movable_node, {1}), "");
    allocate(0xf000, 0x1000);
    EXPECT_EQ(after(MBLAB_OP_memblock_phys_alloc, {0x1000, 0x1000}, 0xf000), "placement.hotplug");
}

//   node 0: [0x0 0x10000)   node 1: [0x10000 0x20000)
TEST_F(ContractsTest, NodeComesFirstAndExactlyMeansExactly)
{
    memory = {{0x0, 0x10000, 0, 0}};
    ASSERT_EQ(after(MBLAB_OP_memblock_add_node, {0x0, 0x10000, 0, 0}), "");
    memory.push_back({0x10000, 0x10000, 0, 1});
    ASSERT_EQ(after(MBLAB_OP_memblock_add_node, {0x10000, 0x10000, 1, 0}), "");
    allocate(0xf000, 0x1000);
    EXPECT_EQ(after(MBLAB_OP_memblock_phys_alloc_try_nid, {0x1000, 0x1000, 0}, 0xf000), "");
    allocate(0x1f000, 0x1000);
    reserved.insert(reserved.begin(), {0xf000, 0x1000, 0, no_node});
    EXPECT_EQ(after(MBLAB_OP_memblock_alloc_range_nid, {0x1000, 0x1000, 0, all, 0, 1}, 0x1f000), "node.exact");
}

TEST_F(ContractsTest, ContentsAreZeroedByThoseThatSaySo)
{
    boot();
    allocate(0xf000, 0x1000);
    effect(MBLAB_EFFECT_zero, 0xf000, 0x1000);
    EXPECT_EQ(after(MBLAB_OP_memblock_alloc, {0x1000, 0x1000}, 0xf000), "");
    reserved.clear();
    effect(MBLAB_EFFECT_kmemleak_free_part_phys, 0xf000, 0x1000);
    ASSERT_EQ(after(MBLAB_OP_memblock_phys_free, {0xf000, 0x1000}), "");
    allocate(0xf000, 0x1000);
    EXPECT_EQ(after(MBLAB_OP_memblock_alloc, {0x1000, 0x1000}, 0xf000), "contents.zeroed");
}

TEST_F(ContractsTest, IterateGivesFreeMemory)
{
    boot();
    reserved = {{0x4000, 0x1000, 0, no_node}};
    ASSERT_EQ(after(MBLAB_OP_memblock_reserve, {0x4000, 0x1000}), "");
    effect(MBLAB_EFFECT_range, 0x0, 0x4000, no_node);
    effect(MBLAB_EFFECT_range, 0x5000, 0x10000, no_node);
    EXPECT_EQ(after(MBLAB_OP_for_each_free_mem_range, {any_node, 0, all}, 2), "");
    effect(MBLAB_EFFECT_range, 0x0, 0x5000, no_node);
    effect(MBLAB_EFFECT_range, 0x5000, 0x10000, no_node);
    EXPECT_EQ(after(MBLAB_OP_for_each_free_mem_range, {any_node, 0, all}, 2), "iterate.forward");
}

TEST_F(ContractsTest, QueriesAnswerWithTheSets)
{
    boot();
    EXPECT_EQ(after(MBLAB_OP_memblock_is_memory, {0xffff}, 1), "");
    EXPECT_EQ(after(MBLAB_OP_memblock_is_memory, {0x10000}, 1), "queries.address");
}

/// Frames 1, 2-3, 4-7, 8-15 in their largest blocks.
TEST_F(ContractsTest, ConservationGivesEachPageOnce)
{
    memory = {{0x1000, 0xf000, 0, 0}};
    ASSERT_EQ(after(MBLAB_OP_memblock_add_node, {0x1000, 0xf000, 0, 0}), "");
    ASSERT_EQ(after(MBLAB_OP_world_max_low_pfn, {0x100}), "");
    for (uint64_t zone = 0; zone < 4; zone++)
        effect(MBLAB_EFFECT_managed_pages, 0, zone, 0);
    for (uint64_t order = 0; order < 4; order++)
        effect(MBLAB_EFFECT_page_to_buddy, uint64_t{1} << order, order, 1);
    state.totalram = 15;
    EXPECT_EQ(after(MBLAB_OP_memblock_free_all), "");
    for (uint64_t order = 0; order < 3; order++)
        effect(MBLAB_EFFECT_page_to_buddy, uint64_t{1} << order, order, 1);
    state.totalram += 7;
    EXPECT_EQ(after(MBLAB_OP_memblock_free_all), "conservation.pages");
}

TEST_F(ContractsTest, ConservationDiscardsArrays)
{
    boot();
    ASSERT_EQ(after(MBLAB_OP_memblock_allow_resize), "");
    fill_reserved();
    double_reserved(0xf000);
    ASSERT_EQ(after(MBLAB_OP_memblock_reserve, {0x9000, 0x1000}), "");
    EXPECT_EQ(after(MBLAB_OP_memblock_discard), "conservation.discard");
}

TEST_F(ContractsTest, MessagesWithoutDebugAreWarningsAndErrors)
{
    boot();
    effect(MBLAB_EFFECT_print, 4);
    EXPECT_EQ(after(MBLAB_OP_memblock_bottom_up), "");
    effect(MBLAB_EFFECT_print, 6);
    EXPECT_EQ(after(MBLAB_OP_memblock_bottom_up), "messages.quiet");
}

} // namespace
} // namespace mblab
