// SPDX-License-Identifier: GPL-2.0-or-later
// Figures of a small boot, by hand.
#include "apps/history/beside.hpp"
#include "apps/history/report.hpp"
#include "core/base/error.hpp"
#include "core/base/files.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace mblab::history {
namespace {

/// 4 MB less the first page. A page and a half is kept at 1 MB; two blocks are asked for, and one given back.
constexpr std::string_view small_boot = "variant numa-128\n"
                                        "memblock_add(0x1000, 0x3ff000)\n"
                                        "memblock_reserve(0x100000, 0x1800)\n"
                                        "memblock_alloc(0x64, 64) = 0x3fff80\n"
                                        "memblock_phys_alloc_range(0x1000, 0x1000, 0x0, 0x400000) = 0x3fe000\n"
                                        "memblock_phys_free(0x3fe000, 0x1000)\n"
                                        "memblock_free_all()\n";

constexpr std::string_view interleaved_nodes = "variant numa-128\n"
                                               "memblock_add_node(0x1000, 0x100000, 0, MEMBLOCK_NONE)\n"
                                               "memblock_add_node(0x200000, 0x100000, 1, MEMBLOCK_NONE)\n"
                                               "memblock_add_node(0x300000, 0x100000, 0, MEMBLOCK_NONE)\n"
                                               "memblock_alloc(0x1000, 0x1000)\n";

Boot boot_of(std::string_view text)
{
    const TemporaryFolder folder;
    write_new_file(folder.file("boot.trace"), text);
    return read_boot(folder.file("boot.trace"));
}

Figures run(const Boot &boot, std::string_view allocator)
{
    return make_contender(boot, allocator)->run();
}

TEST(CompareAllocators, DemandsAreReadOffTheCalls)
{
    const Boot boot = boot_of(small_boot);
    ASSERT_EQ(boot.demands.size(), 4u);
    EXPECT_EQ(boot.memory_bytes(), 0x3ff000u);
    EXPECT_EQ(boot.demands[0].kind, DemandKind::keep);
    EXPECT_EQ(boot.demands[1].kind, DemandKind::block);
    EXPECT_EQ(boot.demands[1].range, (Interval{0x3fff80, 0x3fffe4}));
    EXPECT_EQ(boot.demands[2].limit, 0x400000u);
    EXPECT_EQ(boot.demands[3].kind, DemandKind::back);
}

/// The range above what is kept: 0x101800 to 0x400000, of which the blocks take the beginning for good.
TEST(CompareAllocators, BumpHasOneRangeAndNothingBack)
{
    const Figures figures = run(boot_of(small_boot), "bump");
    EXPECT_EQ(figures.own, 0u);
    EXPECT_EQ(figures.beyond, 0x100800u);
    EXPECT_EQ(figures.largest, 0x2fd000u);
    EXPECT_EQ(figures.pages, 765u);
    EXPECT_EQ(figures.blocks[0], 765u);
    EXPECT_EQ(figures.waste, 0x1800u - 0x64 - 0x1000);
    ASSERT_TRUE(figures.unmet.contains("cannot free"));
    EXPECT_EQ(figures.unmet.at("cannot free").bytes, 0x1000u);
}

/// The map is in the page behind what is kept; three pages are taken at the end, for 0x1800 and 0x64 bytes.
TEST(CompareAllocators, BootmemTakesPages)
{
    const Figures figures = run(boot_of(small_boot), "bootmem");
    EXPECT_EQ(figures.own, 0x1000u);
    EXPECT_EQ(figures.beyond, 0u);
    EXPECT_EQ(figures.largest, 0x2fd000u);
    EXPECT_EQ(figures.pages, 1020u);
    EXPECT_EQ(figures.blocks[6] * 64 + figures.blocks[0], 1020u);
    EXPECT_EQ(figures.waste, 0x3000u - 0x1800 - 0x64);
    EXPECT_TRUE(figures.unmet.empty());
}

TEST(CompareAllocators, MemblockTakesBytesFromTheTop)
{
    for (const char *allocator : {"memblock", "nobootmem"}) {
        const Figures figures = run(boot_of(small_boot), allocator);
        EXPECT_EQ(figures.own, 256u * 24) << allocator;
        EXPECT_EQ(figures.largest, 0x3fff80u - 0x101800) << allocator;
        EXPECT_EQ(figures.pages, 1020u) << allocator;
        EXPECT_EQ(figures.waste, 0x3000u - 0x1800 - 0x64) << allocator;
        EXPECT_TRUE(figures.unmet.empty()) << allocator;
    }
}

/// A block that bootmem put low is where a device's data is reserved later; memblock's was at the top.
TEST(CompareAllocators, WhatIsReservedTooLateIsSaid)
{
    const Boot boot = boot_of("variant numa-128\nmemblock_add(0x1000, 0x3ff000)\n"
                              "memblock_alloc(0x1000, 0x1000) = 0x3ff000\nmemblock_reserve(0x1000, 0x2000)\n");
    EXPECT_EQ(run(boot, "bootmem").unmet.at("given already, reserved later").bytes, 0x1000u);
    EXPECT_TRUE(run(boot, "memblock").unmet.empty());
}

/// bootmem has a span for each node.
TEST(CompareAllocators, NodesThatInterleaveAreNotForBootmem)
{
    const Boot boot = boot_of(interleaved_nodes);
    const Figures figures = run(boot, "bootmem");
    EXPECT_EQ(figures.impossible, "the span of node 1 overlaps another's");
    EXPECT_NE(describe(boot, {figures}, false).find("cannot: the span"), std::string::npos);
    EXPECT_TRUE(to_json(boot, {figures}, false)["allocators"][0].contains("impossible"));
}

/// On a page each has calls of its own at every step of the boot, and one more step, which ends boot memory.
TEST(CompareAllocators, BesideOneAnotherEachMakesCallsOfItsOwn)
{
    const Boot boot = boot_of(small_boot);
    const Beside all = beside(boot, {"memblock", "bootmem"});
    EXPECT_EQ(all.figures[1].pages, 1020u);
    view::Counts counts;
    const auto told = nlohmann::json::parse(view::tell(all.chapter, counts));
    EXPECT_EQ(told["steps"].size(), 6u);
    const auto &memblock = told["engines"][0]["played"], &bootmem = told["engines"][1]["played"];
    EXPECT_FALSE(bootmem[1].contains("calls")) << "nobody asked for memory yet: bootmem has no map";
    EXPECT_FALSE(bootmem[1].contains("differs"));
    EXPECT_EQ(bootmem[2]["calls"][0], "init_bootmem_node(0, 0x102, 0x1, 0x400) = 0x80");
    EXPECT_EQ(memblock[3]["r"][0], "0x3fe000");
    EXPECT_EQ(bootmem[3]["calls"][0], "__alloc_bootmem_core(NUMA_NO_NODE, 0x1000, 0x1000, 0x0, 0x400000) = 0x2000");
    EXPECT_EQ(bootmem[3]["differs"], "takes [0x3fe000, 0x3ff000) / takes [0x2000, 0x3000)");
    EXPECT_EQ(bootmem[4]["differs"], "gives back [0x3fe000, 0x3ff000) / gives back [0x2000, 0x3000)");
    EXPECT_EQ(bootmem[5]["calls"].back(), "free_all_bootmem() = 1020");
    EXPECT_EQ(bootmem[5]["differs"], "takes nothing / gives back [0x102000, 0x103000)") << "the page of the map";
    EXPECT_EQ(counts.differences, 4u);
}

/// What an allocator cannot do is said at the step, and one that cannot begin is left out.
TEST(CompareAllocators, BesideOneAnotherWhatCannotBeDoneIsSaid)
{
    view::Counts counts;
    const Beside bump = beside(boot_of(small_boot), {"memblock", "bump"});
    EXPECT_EQ(nlohmann::json::parse(view::tell(bump.chapter, counts))["engines"][1]["played"][4]["unmet"],
              "cannot free");
    const Boot interleaved = boot_of(interleaved_nodes);
    EXPECT_EQ(beside(interleaved, {"memblock", "bootmem"}).chapter.engines.size(), 1u);
    EXPECT_THROW(beside(interleaved, {"bootmem"}), Error);
}

} // namespace
} // namespace mblab::history
