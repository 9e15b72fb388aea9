// SPDX-License-Identifier: GPL-2.0-or-later
#include "apps/record/entry_points.hpp"

#include "core/base/error.hpp"

#include <gtest/gtest.h>

namespace mblab::recording {
namespace {

constexpr std::string_view kallsyms = "ffffffff81000000 T memblock_reserve\n"
                                      "ffffffff81000100 t memblock_reserve.constprop.0\n"
                                      "ffffffff81000200 t memblock_alloc_try_nid.cold\n"
                                      "ffffffff81000300 T memblock_alloc_try_nid\n"
                                      "ffffffff81000400 t memblock_isolate_range\n"
                                      "ffffffff81000500 T __next_mem_range\n"
                                      "ffffffff81000600 t early_memblock\n"
                                      "ffffffff81000700 T memblock_of_tomorrow\n"
                                      "ffffffff81000800 T memblock_free_pages\n"
                                      "ffffffff82000000 D memblock\n"
                                      "ffffffff82000100 D nr_node_ids\n";

std::string why_skipped(const EntryPoints &found, std::string_view name)
{
    for (const Skipped &skipped : found.skipped)
        if (skipped.name == name)
            return skipped.why;
    return {};
}

TEST(EntryPoints, AreTheFunctionsThatOpsAreNamedAfter)
{
    const EntryPoints found = find_entry_points(SymbolTable(kallsyms), {});
    EXPECT_EQ(found.by_address.size(), 4u);
    EXPECT_EQ(found.by_address.at(0xffffffff81000000).op, MBLAB_OP_memblock_reserve);
    EXPECT_EQ(found.by_address.at(0xffffffff81000500).signature, Signature::cookie);
    EXPECT_EQ(found.by_address.at(0xffffffff81000600).op, MBLAB_OP_early_param);
    EXPECT_EQ(found.by_address.at(0xffffffff81000600).prefix, "memblock=");
}

TEST(EntryPoints, SkipClonesAndStrangersKnowingly)
{
    const EntryPoints found = find_entry_points(SymbolTable(kallsyms), {});
    EXPECT_NE(why_skipped(found, "memblock_reserve.constprop.0"), "");
    EXPECT_NE(why_skipped(found, "memblock_alloc_try_nid.cold"), "");
    EXPECT_NE(why_skipped(found, "memblock_of_tomorrow"), "");
    EXPECT_NE(why_skipped(found, "memblock_set_bottom_up"), "");
    // Neither a static helper nor what memblock calls is a way into it.
    EXPECT_EQ(why_skipped(found, "memblock_isolate_range"), "");
    EXPECT_EQ(why_skipped(found, "memblock_free_pages"), "");
}

TEST(EntryPoints, LeaveOutWhatIsAskedFor)
{
    const std::vector<std::string> skip = {"__next_mem_range"};
    const EntryPoints found = find_entry_points(SymbolTable(kallsyms), skip);
    EXPECT_EQ(found.by_address.count(0xffffffff81000500), 0u);
    EXPECT_EQ(why_skipped(found, "__next_mem_range"), "by --skip");
    const std::vector<std::string> wrong = {"kmalloc"};
    EXPECT_THROW(find_entry_points(SymbolTable(kallsyms), wrong), Error);
}

TEST(EntryPoints, NeedMemblock)
{
    EXPECT_THROW(find_entry_points(SymbolTable("ffffffff81000000 T start_kernel\n"), {}), Error);
}

TEST(Configuration, IsSeenInTheSymbols)
{
    const KernelConfiguration first = configuration_of(SymbolTable(kallsyms));
    EXPECT_EQ(first.variant(128, 4), "numa,regions=128:4,keep,debugfs");
    EXPECT_EQ(first.variant(128, 128), "numa-128");
    const KernelConfiguration second =
        configuration_of(SymbolTable("ffffffff81000000 T memblock_discard\n"
                                     "ffffffff81000010 T __next_mem_pfn_range_in_zone\n"));
    EXPECT_EQ(second.variant(8, 8), "uma,regions=8:8,deferred");
}

} // namespace
} // namespace mblab::recording
