// SPDX-License-Identifier: GPL-2.0-or-later
// What the documentation says, worked out by hand and asked of the model.
#include "core/oracle/model/model.hpp"

#include <gtest/gtest.h>

#include <cstdio>

namespace mblab {
namespace {

constexpr uint32_t flag_hotplug = 1, flag_nomap = 4;
constexpr uint64_t NO_NODE = ~uint64_t(0), ANYWHERE = ~uint64_t(0);

class ModelTest : public testing::Test {
  protected:
    static constexpr Variant numa{MBLAB_CONFIG_numa | MBLAB_CONFIG_physmap, 16, 4, 4};

    /// Run the op, following nothing; its first result as a signed number.
    int64_t run(mblab_op_kind kind, std::initializer_list<uint64_t> arguments = {}, std::string_view text = {})
    {
        outcome = &model.run(make_op(kind, arguments, text));
        return static_cast<int64_t>(outcome->result.value[0]);
    }

    /// The outcome that the next op follows, valid until it is run.
    void follow(std::span<const Effect> effects_done, mblab_exit exit)
    {
        first = {};
        first.result.exit = exit;
        first.effects = {effects_done.data(), "", static_cast<uint32_t>(effects_done.size()), 1};
        model.follow(&first);
    }

    /// The regions of a type: "1000-3000 5000-6000/4@1", flags after a slash and the node after an @ where there is
    /// one.
    std::string regions(mblab_type type)
    {
        std::string text;
        char part[64];
        const mblab_type_state &array = model.state().type[type];
        for (uint64_t i = 0; i < array.cnt; i++) {
            const Region &region = array.regions[i];
            snprintf(part, sizeof part, "%s%lx-%lx", i ? " " : "", region.base, region.base + region.size);
            text += part;
            if (region.flags)
                text += "/" + std::to_string(region.flags);
            if (model.at().is_valid_node(region.nid))
                text += "@" + std::to_string(region.nid);
        }
        return text;
    }
    std::string memory() { return regions(MBLAB_TYPE_memory); }
    std::string reserved() { return regions(MBLAB_TYPE_reserved); }

    /// The effects of the last op, one a line: kind in words, numbers in hex.
    std::string effects() const
    {
        static constexpr const char *names[] = {
#define MBLAB_NAME(name, a, b, c) #name,
            MBLAB_EFFECT_KINDS(MBLAB_NAME)
#undef MBLAB_NAME
        };
        std::string text;
        char numbers[64];
        for (const Effect &effect : outcome->effect_list()) {
            snprintf(numbers, sizeof numbers, " %lx %lx %lx", effect.a, effect.b, effect.c);
            text += names[effect.kind] + std::string(numbers) + '\n';
        }
        return text;
    }

    Model model{numa};
    const Outcome *outcome = nullptr;
    Outcome first;
};

// ---- adding, removing, marking ----

TEST_F(ModelTest, AddFillsTheHolesAndLeavesWhatIsThere)
{
    //     |   +------+        |   [2000, 3000) on node 1
    //     | +---------------+ |   [1000, 5000) on no node
    // expect: the middle keeps its node, and is not merged with what surrounds it
    run(MBLAB_OP_memblock_add_node, {0x2000, 0x1000, 1, 0});
    EXPECT_EQ(0, run(MBLAB_OP_memblock_add, {0x1000, 0x4000}));
    EXPECT_EQ("1000-2000 2000-3000@1 3000-5000", memory());
    EXPECT_EQ("warn 0 0 0\n", effects()); // the nodes differ
    EXPECT_EQ(0x4000, run(MBLAB_OP_memblock_phys_mem_size));
}

TEST_F(ModelTest, NeighboursThatAreAlikeMerge)
{
    //     | +----+      +----+ |
    //     |      +------+      |   expect: one region
    run(MBLAB_OP_memblock_reserve, {0x1000, 0x1000});
    run(MBLAB_OP_memblock_reserve, {0x3000, 0x1000});
    run(MBLAB_OP_memblock_reserve, {0x2000, 0x1000});
    EXPECT_EQ("1000-4000", reserved());
}

TEST_F(ModelTest, SizeIsCappedAtTheTop)
{
    run(MBLAB_OP_memblock_reserve, {0xfffffffffffff000, 0x10000});
    EXPECT_EQ("fffffffffffff000-ffffffffffffffff", reserved());
    EXPECT_EQ(0, run(MBLAB_OP_memblock_reserve, {ANYWHERE, 0x1000})); // nothing is left of it
    EXPECT_EQ("fffffffffffff000-ffffffffffffffff", reserved());
}

TEST_F(ModelTest, RemoveCutsOut)
{
    //     | +-------------+ |
    //     |     +----+      |   expect: both ends stay
    run(MBLAB_OP_memblock_add, {0x1000, 0x8000});
    run(MBLAB_OP_memblock_remove, {0x3000, 0x2000});
    EXPECT_EQ("1000-3000 5000-9000", memory());
}

TEST_F(ModelTest, FreeTellsKmemleak)
{
    run(MBLAB_OP_memblock_reserve, {0x1000, 0x3000});
    run(MBLAB_OP_memblock_phys_free, {0x1000, 0x1000});
    EXPECT_EQ("2000-4000", reserved());
    EXPECT_EQ("kmemleak_free_part_phys 1000 1000 0\n", effects());
}

TEST_F(ModelTest, MarkDividesAndClearHeals)
{
    //     | +---+NOMAP+---+ |   expect: three regions, and one when the mark is taken back
    run(MBLAB_OP_memblock_allow_resize); // marking wants room for two more, whether it needs them or not
    run(MBLAB_OP_memblock_add, {0x1000, 0x8000});
    run(MBLAB_OP_memblock_mark_nomap, {0x3000, 0x2000});
    EXPECT_EQ("1000-3000 3000-5000/4 5000-9000", memory());
    EXPECT_FALSE(run(MBLAB_OP_memblock_is_map_memory, {0x3fff}));
    EXPECT_TRUE(run(MBLAB_OP_memblock_is_memory, {0x3fff}));
    run(MBLAB_OP_memblock_clear_nomap, {0x3000, 0x2000});
    EXPECT_EQ("1000-9000", memory());
}

TEST_F(ModelTest, SetNodeReachesOnlyWhatIsThere)
{
    //     | +---+   +---+ |
    //     |   +-------+   |   node 2: expect the two inner halves
    run(MBLAB_OP_memblock_add, {0x1000, 0x2000});
    run(MBLAB_OP_memblock_add, {0x5000, 0x2000});
    run(MBLAB_OP_memblock_set_node, {0x2000, 0x4000, MBLAB_TYPE_memory, 2});
    EXPECT_EQ("1000-2000 2000-3000@2 5000-6000@2 6000-7000", memory());
}

// ---- quirks that a set does not have by itself ----

TEST_F(ModelTest, TrimDoesNotTellTheTotal)
{
    //     |  +800---+  |   trimmed to pages: 1800..3800 becomes 2000..3000, the size stays 2000
    run(MBLAB_OP_memblock_add, {0x1800, 0x2000});
    run(MBLAB_OP_memblock_trim_memory, {0x1000});
    EXPECT_EQ("2000-3000", memory());
    EXPECT_EQ(0x2000, run(MBLAB_OP_memblock_phys_mem_size));
    run(MBLAB_OP_memblock_remove, {0, ANYWHERE});
    EXPECT_EQ("warn 0 0 0\n", effects()); // empty, and not of size 0
}

TEST_F(ModelTest, CapLeavesNomapCutInTwo)
{
    //     | +--NOMAP--+----MAP----+ |
    //     |     [ cap    )          |   expect: NOMAP whole but in two, MAP only inside; marking again heals
    run(MBLAB_OP_memblock_add_node, {0x1000, 0x4000, 16, flag_nomap});
    run(MBLAB_OP_memblock_add, {0x5000, 0x4000});
    run(MBLAB_OP_memblock_cap_memory_range, {0x3000, 0x4000});
    EXPECT_EQ("1000-3000/4 3000-5000/4 5000-7000", memory());
    run(MBLAB_OP_memblock_allow_resize);
    run(MBLAB_OP_memblock_mark_nomap, {0x2000, 0x2000});
    EXPECT_EQ("1000-5000/4 5000-7000", memory());
}

TEST_F(ModelTest, MemoryLimitKeepsTheLowestBytes)
{
    //     | +--2000--+   +--2000--+ |   limit 3000: expect the second one halved, and reserved cut there too
    run(MBLAB_OP_memblock_add, {0x1000, 0x2000});
    run(MBLAB_OP_memblock_add, {0x5000, 0x2000});
    run(MBLAB_OP_memblock_reserve, {0x5800, 0x1800});
    run(MBLAB_OP_memblock_enforce_memory_limit, {0x3000});
    EXPECT_EQ("1000-3000 5000-6000", memory());
    EXPECT_EQ("5800-6000", reserved());
}

// ---- allocation ----

TEST_F(ModelTest, TopDownTakesTheHighestAndBottomUpTheLowest)
{
    //     | 0    +---------reserved+   |   expect: below the limit from above; never the first page from below
    run(MBLAB_OP_memblock_add, {0, 0x10000});
    run(MBLAB_OP_memblock_reserve, {0xe000, 0x1000});
    EXPECT_EQ(0xf000, run(MBLAB_OP_memblock_phys_alloc, {0x1000, 0x1000}));
    EXPECT_EQ(0xc000, run(MBLAB_OP_memblock_phys_alloc, {0x1800, 0x1000}));
    EXPECT_EQ("kmemleak_alloc_phys c000 1800 0\naccept_memory c000 1800 0\n", effects());
    run(MBLAB_OP_memblock_set_bottom_up, {1});
    EXPECT_EQ(0x1000, run(MBLAB_OP_memblock_phys_alloc, {0x1000, 0x1000}));
    EXPECT_EQ("1000-2000/32 c000-d800/32 e000-f000 f000-10000/32", reserved());
}

TEST_F(ModelTest, CurrentLimitAndRangeBound)
{
    run(MBLAB_OP_memblock_add, {0, 0x100000});
    run(MBLAB_OP_memblock_set_current_limit, {0x8000});
    EXPECT_EQ(0x7000, run(MBLAB_OP_memblock_phys_alloc, {0x1000, 0x1000}));
    EXPECT_EQ(0x4000, run(MBLAB_OP_memblock_phys_alloc_range, {0x1000, 0x1000, 0x4000, 0x5000}));
    EXPECT_EQ(0, run(MBLAB_OP_memblock_phys_alloc_range, {0x1000, 0x1000, 0x4000, 0x5000}));
}

TEST_F(ModelTest, LowerBoundIsDroppedWhenItCannotBeMet)
{
    run(MBLAB_OP_memblock_add, {0, 0x10000});
    EXPECT_EQ(0xf000, run(MBLAB_OP_memblock_alloc_from, {0x1000, 0x1000, 0x20000}));
    EXPECT_EQ("kmemleak_alloc_phys f000 1000 0\naccept_memory f000 1000 0\nzero f000 1000 0\n", effects());
}

TEST_F(ModelTest, NodeFirstThenAnyUnlessExact)
{
    //     | +--node 0--+--node 1--+ |
    run(MBLAB_OP_memblock_add_node, {0x10000, 0x2000, 0, 0});
    run(MBLAB_OP_memblock_add_node, {0x12000, 0x2000, 1, 0});
    EXPECT_EQ(0x10000, run(MBLAB_OP_memblock_alloc_node, {0x2000, 0x1000, 0}));
    EXPECT_EQ(0, run(MBLAB_OP_memblock_alloc_exact_nid_raw, {0x1000, 0x1000, 0, 0, 0}));
    EXPECT_EQ(0x13000, run(MBLAB_OP_memblock_alloc_try_nid_raw, {0x1000, 0x1000, 0, 0, 0}));
}

TEST_F(ModelTest, MirroredMemoryFirst)
{
    //     | +--mirror--+--plain--+ |   expect: the mirror though it is lower, then the rest
    run(MBLAB_OP_world_mirrored_kernelcore, {1});
    run(MBLAB_OP_memblock_add, {0x10000, 0x4000});
    run(MBLAB_OP_memblock_mark_mirror, {0x10000, 0x1000});
    EXPECT_EQ(0x10000, run(MBLAB_OP_memblock_phys_alloc_try_nid, {0x1000, 0x1000, NO_NODE}));
    EXPECT_EQ(0x13000, run(MBLAB_OP_memblock_phys_alloc_try_nid, {0x1000, 0x1000, NO_NODE}));
    EXPECT_EQ("kmemleak_alloc_phys 13000 1000 0\naccept_memory 13000 1000 0\n", effects());
}

TEST_F(ModelTest, HotpluggableMemoryIsLeftAloneWithMovableNode)
{
    run(MBLAB_OP_memblock_add, {0x10000, 0x2000});
    run(MBLAB_OP_memblock_add_node, {0x20000, 0x2000, 16, flag_hotplug});
    run(MBLAB_OP_world_movable_node, {1});
    EXPECT_EQ(0x11000, run(MBLAB_OP_memblock_phys_alloc, {0x1000, 0x1000}));
}

TEST_F(ModelTest, AlignZeroDumpsTheStackAndMeansACacheLine)
{
    run(MBLAB_OP_memblock_add, {0x10000, 0x1000});
    EXPECT_EQ(0x10fc0, run(MBLAB_OP_memblock_phys_alloc, {1, 0}));
    EXPECT_EQ(0u, effects().find("dump_stack"));
}

TEST_F(ModelTest, HugePagesKeepClearOfScratchMemory)
{
    //     | 0        +--node 1--+    scratch of the next kernel at the top of it   |   expect: below; aligned by size
    run(MBLAB_OP_world_kho_overlap, {0x3f0000, 0x10000});
    run(MBLAB_OP_memblock_add_node, {0, 0x400000, 1, 0});
    EXPECT_EQ(0x200000, run(MBLAB_OP_memblock_alloc_hugetlb, {0x100000, 1, 1}));
    EXPECT_EQ("kmemleak_alloc_phys 200000 100000 0\naccept_memory 200000 100000 0\n", effects()); // not zeroed
    EXPECT_EQ(0x100000, run(MBLAB_OP_memblock_alloc_hugetlb, {0x100000, 2, 0}));
    EXPECT_EQ(0, run(MBLAB_OP_memblock_alloc_hugetlb, {0x100000, 2, 1}));
    EXPECT_EQ("100000-200000/160 200000-300000/160@1", reserved()); // any node is none
    EXPECT_EQ(0x180000, run(MBLAB_OP_memblock_reserved_hugetlb_size, {0x280000, NO_NODE}));
    EXPECT_EQ(0x80000, run(MBLAB_OP_memblock_reserved_kern_size, {0x280000, 1}));
}

TEST_F(ModelTest, HandedOverKernelsKeepToScratchMemory)
{
    Model scratch({numa.config | MBLAB_CONFIG_kho, 16, 4, 4});
    const auto call = [&](mblab_op_kind kind, std::initializer_list<uint64_t> arguments) {
        return scratch.run(make_op(kind, arguments)).result.value[0];
    };
    call(MBLAB_OP_memblock_add, {0, 0x10000});
    call(MBLAB_OP_memblock_mark_kho_scratch, {0x4000, 0x1000});
    call(MBLAB_OP_memblock_set_kho_scratch_only, {});
    EXPECT_EQ(0x4000u, call(MBLAB_OP_memblock_phys_alloc, {0x1000, 0x1000}));
    EXPECT_EQ(0u, call(MBLAB_OP_memblock_phys_alloc, {0x1000, 0x1000}));
    call(MBLAB_OP_memblock_clear_kho_scratch_only, {});
    EXPECT_EQ(0xf000u, call(MBLAB_OP_memblock_phys_alloc, {0x1000, 0x1000}));
}

TEST_F(ModelTest, AllocationOrPanic)
{
    run(MBLAB_OP_memblock_alloc_or_panic, {0x1000, 0x1000});
    EXPECT_EQ(MBLAB_PANIC, outcome->result.exit);
}

// ---- arrays ----

TEST_F(ModelTest, FullArrayWithoutLeaveToGrowPanics)
{
    for (uint64_t base = 0x1000; base < 0x9000; base += 0x2000)
        run(MBLAB_OP_memblock_add, {base, 0x1000});
    run(MBLAB_OP_memblock_add, {0x9000, 0x1000});
    EXPECT_EQ(MBLAB_PANIC, outcome->result.exit);
    EXPECT_EQ("panic 0 0 0\n", effects());
}

TEST_F(ModelTest, FullArrayDoublesIntoMemory)
{
    // Four regions of 24 bytes are 0x60; the new array is at the top of what is free, and is reserved.
    run(MBLAB_OP_memblock_allow_resize);
    for (uint64_t base = 0x1000; base < 0x9000; base += 0x2000)
        run(MBLAB_OP_memblock_add, {base, 0x1000});
    run(MBLAB_OP_memblock_add, {0x9000, 0x1000});
    EXPECT_EQ("accept_memory 7000 1000 0\ncopy 7000 ffffffffffffffff 60\nzero 7060 60 0\n", effects());
    EXPECT_EQ("7000-8000/32", reserved());
    EXPECT_EQ(8u, model.state().type[MBLAB_TYPE_memory].max);
    EXPECT_EQ(0x7000u, model.state().type[MBLAB_TYPE_memory].storage);
}

TEST_F(ModelTest, NewReservedArrayAvoidsWhatIsAboutToBeReserved)
{
    //     | r r r r +--new--+ |   the range is at the top, where the array would go
    run(MBLAB_OP_memblock_allow_resize);
    run(MBLAB_OP_memblock_add, {0, 0x20000});
    for (uint64_t base = 0x1000; base < 0x9000; base += 0x2000)
        run(MBLAB_OP_memblock_reserve, {base, 0x1000});
    run(MBLAB_OP_memblock_reserve, {0x1f000, 0x1000});
    EXPECT_EQ("1000-2000 3000-4000 5000-6000 7000-8000 1e000-1f000/32 1f000-20000", reserved());
}

TEST_F(ModelTest, ArraysComeFromSlabOnceItIsUp)
{
    run(MBLAB_OP_memblock_allow_resize);
    for (uint64_t base = 0x1000; base < 0x9000; base += 0x2000)
        run(MBLAB_OP_memblock_add, {base, 0x1000});
    run(MBLAB_OP_world_slab, {MBLAB_SLAB_EMPTY});
    EXPECT_EQ(-12, run(MBLAB_OP_memblock_add, {0x9000, 0x1000}));
    EXPECT_EQ("kmalloc 0 c0 0\n", effects());
    run(MBLAB_OP_world_slab, {MBLAB_SLAB_UP});
    EXPECT_EQ(0, run(MBLAB_OP_memblock_add, {0x9000, 0x1000}));
    EXPECT_EQ("", reserved());
    EXPECT_EQ(MBLAB_SLAB_ADDR_64, model.state().type[MBLAB_TYPE_memory].storage);
}

// ---- what is taken from the outcome that is followed ----

TEST_F(ModelTest, NewArrayGoesWhereTheFollowedOneWent)
{
    //     | m m m m new? |   the model would put it at 7000; at 3000 is as lawful for the model, the laws judge it
    run(MBLAB_OP_memblock_allow_resize);
    for (uint64_t base = 0x1000; base < 0x9000; base += 0x2000)
        run(MBLAB_OP_memblock_add, {base, 0x1000});
    const Effect copied{MBLAB_EFFECT_copy, 0, 0x3000, MBLAB_STATIC_ADDR, 0x60};
    follow({&copied, 1}, MBLAB_RETURNED);
    run(MBLAB_OP_memblock_add, {0x9000, 0x1000});
    EXPECT_EQ("accept_memory 3000 1000 0\ncopy 3000 ffffffffffffffff 60\nzero 3060 60 0\n", effects());
    EXPECT_EQ("3000-4000/32", reserved());
    EXPECT_EQ(0x3000u, model.state().type[MBLAB_TYPE_memory].storage);
}

TEST_F(ModelTest, FailedKmallocIsTakenAsItWas)
{
    run(MBLAB_OP_world_slab, {MBLAB_SLAB_UP});
    const Effect failed{MBLAB_EFFECT_kzalloc_node, 0, 0, 0x1000, NO_NODE};
    follow({&failed, 1}, MBLAB_RETURNED);
    EXPECT_EQ(0, run(MBLAB_OP_memblock_alloc, {0x1000, 0x1000}));
    EXPECT_EQ(static_cast<int64_t>(MBLAB_SLAB_ADDR_64), run(MBLAB_OP_memblock_alloc, {0x1000, 0x1000}));
}

TEST_F(ModelTest, LoadedStateGoesOnAsTheOtherWould)
{
    run(MBLAB_OP_memblock_add, {0x1000, 0x4000});
    run(MBLAB_OP_memblock_reserve, {0x4000, 0x1000});
    Model other = model;
    model.reset();
    EXPECT_EQ("", memory());
    model.load(other.at());
    EXPECT_EQ(0x3000, run(MBLAB_OP_memblock_phys_alloc, {0x1000, 0x1000}));
    EXPECT_EQ("3000-4000/32 4000-5000", reserved());
    EXPECT_EQ(0x1000u, other.at().reserved().set.total); // the copy is a value
}

// ---- walks ----

TEST_F(ModelTest, CookieCountsRegionsAndGaps)
{
    // The example in the kernel-doc of __next_mem_range(), in one region of memory and in pages of 0x1000.
    run(MBLAB_OP_memblock_add, {0, 0x100000});
    run(MBLAB_OP_memblock_reserve, {0, 0x10000});
    run(MBLAB_OP_memblock_reserve, {0x20000, 0x10000});
    run(MBLAB_OP_memblock_reserve, {0x80000, 0x2000});
    run(MBLAB_OP_for_each_free_mem_range, {NO_NODE, 0, 10});
    EXPECT_EQ("range 10000 20000 10\nrange 30000 80000 10\nrange 82000 100000 10\n", effects());
    const auto next = [&](uint64_t cookie) {
        return static_cast<uint64_t>(
            run(MBLAB_OP___next_mem_range, {cookie, NO_NODE, 0, MBLAB_TYPE_memory, MBLAB_TYPE_reserved}));
    };
    EXPECT_EQ(2ull << 32, next(0));
    EXPECT_EQ(3ull << 32, next(2ull << 32));
    EXPECT_EQ(0x30000u, outcome->result.value[1]);
    EXPECT_EQ(3ull << 32 | 1, next(3ull << 32)); // memory ends first
    EXPECT_EQ(~0ull, next(3ull << 32 | 1));
}

TEST_F(ModelTest, WalkDownIsTheWalkUpReversed)
{
    run(MBLAB_OP_memblock_add, {0, 0x8000});
    run(MBLAB_OP_memblock_reserve, {0x2000, 0x1000});
    run(MBLAB_OP_for_each_free_mem_range_reverse, {NO_NODE, 0, 10});
    EXPECT_EQ("range 3000 8000 10\nrange 0 2000 10\n", effects());
    EXPECT_EQ(1, run(MBLAB_OP_for_each_free_mem_range_reverse, {NO_NODE, 0, 1}));
}

TEST_F(ModelTest, PfnRangesHoldWholePagesOnly)
{
    run(MBLAB_OP_memblock_add, {0x1800, 0x1000}); // no whole page
    run(MBLAB_OP_memblock_add, {0x3800, 0x2800});
    run(MBLAB_OP_for_each_mem_pfn_range, {16, 10});
    EXPECT_EQ("range 4 6 10\n", effects());
}

// ---- the rest of boot ----

TEST_F(ModelTest, FreeAllGivesTheLargestAlignedBlocks)
{
    //     |   1fe  1ff  200 ........ 400 ........ 600   |   frames
    //     |   free resv free....................... |
    // expect: 1fe alone; 200 in an order of 9, as 0x200 is aligned; 400 in an order of 9, as 1024 would pass 601; then
    // 600
    run(MBLAB_OP_world_max_low_pfn, {0x1000});
    run(MBLAB_OP_memblock_add_node, {0x1fe000, 0x403000, 0, 0});
    run(MBLAB_OP_memblock_reserve, {0x1ff000, 0x1000});
    run(MBLAB_OP_reset_all_zones_managed_pages);
    EXPECT_EQ(4u, outcome->effects.count); // the zones of the one node, and not again below
    run(MBLAB_OP_memblock_free_all);
    EXPECT_EQ("init_reserved_page 1ff000 200000 0\n"
              "page_to_buddy 1fe 0 1\npage_to_buddy 200 9 2\npage_to_buddy 600 0 1\n",
              effects());
    EXPECT_EQ(0x402u, model.state().totalram);
}

TEST_F(ModelTest, NamedReservation)
{
    run(MBLAB_OP_memblock_add, {0, 0x100000});
    EXPECT_EQ(1, run(MBLAB_OP_early_param, {}, "reserve_mem=16K:4096:oops"));
    EXPECT_EQ(-16, run(MBLAB_OP_early_param, {}, "reserve_mem=4K:4096:oops"));
    EXPECT_EQ(-22, run(MBLAB_OP_early_param, {}, "reserve_mem=4K:oops"));
    EXPECT_EQ(-2, run(MBLAB_OP_early_param, {}, "quiet"));
    EXPECT_EQ(1, run(MBLAB_OP_reserve_mem_find_by_name, {}, "oops"));
    EXPECT_EQ(0xfc000u, outcome->result.value[1]);
    EXPECT_EQ(0x4000u, outcome->result.value[2]);
}

TEST_F(ModelTest, ReleasedNameIsZeroedAndKeepsItsPlace)
{
    run(MBLAB_OP_memblock_add, {0, 0x100000});
    for (const char name : std::string("abcdefgh"))
        run(MBLAB_OP_early_param, {}, std::string("reserve_mem=4K:4096:") + name);
    EXPECT_EQ(1, run(MBLAB_OP_reserve_mem_release_by_name, {}, "a"));
    EXPECT_EQ("zero ff000 1000 0\npage_to_buddy ff 0 1\n", effects());
    EXPECT_EQ(0, run(MBLAB_OP_reserve_mem_release_by_name, {}, "a"));
    EXPECT_EQ(0, run(MBLAB_OP_reserve_mem_find_by_name, {}, "a"));
    EXPECT_EQ(-16, run(MBLAB_OP_early_param, {}, "reserve_mem=4K:4096:i")); // the table is as full as before
}

// ---- variants ----

TEST(ModelVariants, RegionSizes)
{
    const auto bytes = [](uint32_t config) { return Model({config, 16, 4, 4}).state().region_bytes; };
    EXPECT_EQ(24u, bytes(MBLAB_CONFIG_numa));
    EXPECT_EQ(24u, bytes(0));
    EXPECT_EQ(16u, bytes(MBLAB_CONFIG_phys32 | MBLAB_CONFIG_numa));
    EXPECT_EQ(12u, bytes(MBLAB_CONFIG_phys32));
}

TEST(ModelVariants, WhatIsAbsentAndWhatIsRefused)
{
    Model model({0, 1, 4, 4});
    EXPECT_EQ(MBLAB_ABSENT, model.run(make_op(MBLAB_OP_memblock_physmem_add, {0, 0x1000})).result.exit);
    EXPECT_EQ(MBLAB_ABSENT, model.run(make_op(MBLAB_OP_debugfs_show)).result.exit);
    EXPECT_EQ(MBLAB_REFUSED, model.run(make_op(MBLAB_OP_memblock_is_nomap, {0, 0})).result.exit);
}

TEST(ModelVariants, UniformMemoryHasNoNodes)
{
    Model model({0, 1, 4, 4});
    model.run(make_op(MBLAB_OP_memblock_add_node, {0x1000, 0x1000, 5, 0}));
    EXPECT_EQ(0, model.state().type[MBLAB_TYPE_memory].regions[0].nid);
    model.run(make_op(MBLAB_OP_memblock_set_node, {0x1000, 0x1000, MBLAB_TYPE_memory, 3}));
    EXPECT_EQ(0, model.state().type[MBLAB_TYPE_memory].regions[0].nid);
}

} // namespace
} // namespace mblab
