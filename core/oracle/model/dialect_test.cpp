// SPDX-License-Identifier: GPL-2.0-or-later
// What each member of a dialect makes of a call: the model's outcome where it is so, and where it is not.
#include "core/oracle/model/model.hpp"
#include "core/oracle/traits.hpp"
#include "core/trace/trace.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace mblab {
namespace {

constexpr Variant numa{MBLAB_CONFIG_numa | MBLAB_CONFIG_memmap | MBLAB_CONFIG_kho, 16, 4, 4};
constexpr Variant kept{numa.config | MBLAB_CONFIG_keep, 16, 4, 4};

struct Meaning {
    bool Dialect::*member;
    std::string_view trace;
    std::string_view if_so, if_not; // the last outcome: result, effects, what is reserved
    Variant variant = numa;
};

const Meaning meanings[] = {
    {&Dialect::empty_array_has_entry, "for_each_reserved_mem_range(4)", "1 range(0 0 0) | 0-0/0@0", "0 |"},
    {&Dialect::warns_of_max_numnodes, "memblock_add(0, 1M)\n__for_each_mem_range(memory, none, 16, MEMBLOCK_NONE, 4)",
     "1 warn(0 0 0) range(0 100000 10) |", "1 range(0 100000 10) |"},
    {&Dialect::warns_of_max_numnodes, "memblock_add(0, 1M)\nmemblock_alloc_node(4K, 4K, 16)",
     "ff000 warn(0 0 0) kmemleak_alloc_phys(ff000 1000 0) accept_memory(ff000 1000 0) zero(ff000 1000 0) | "
     "ff000-100000/20@16",
     "ff000 kmemleak_alloc_phys(ff000 1000 0) accept_memory(ff000 1000 0) zero(ff000 1000 0) | ff000-100000/20@16"},
    {&Dialect::full_array_panics,
     "memblock_reserve(0, 4K)\nmemblock_reserve(16K, 4K)\nmemblock_reserve(32K, 4K)\nmemblock_reserve(48K, "
     "4K)\nmemblock_reserve(64K, 4K)",
     "panic panic(0 0 0) | 0-1000/0@-1 4000-5000/0@-1 8000-9000/0@-1 c000-d000/0@-1",
     "-c | 0-1000/0@-1 4000-5000/0@-1 8000-9000/0@-1 c000-d000/0@-1"},
    {&Dialect::accepts_memory, "memblock_add(0, 1M)\nmemblock_phys_alloc(4K, 4K)",
     "ff000 kmemleak_alloc_phys(ff000 1000 0) accept_memory(ff000 1000 0) | ff000-100000/20@-1",
     "ff000 kmemleak_alloc_phys(ff000 1000 0) | ff000-100000/20@-1"},
    {&Dialect::phys_alloc_uses_slab, "memblock_add(0, 1M)\nworld_slab(1)\nmemblock_phys_alloc(4K, 4K)",
     "8000000000040 warn(0 0 0) kzalloc_node(8000000000040 1000 -1) |",
     "ff000 kmemleak_alloc_phys(ff000 1000 0) accept_memory(ff000 1000 0) | ff000-100000/20@-1"},
    {&Dialect::phys_alloc_uses_slab, "memblock_add(0, 1M)\nworld_slab(2)\nmemblock_alloc_from(4K, 4K, 8K)",
     "0 warn(0 0 0) kzalloc_node(0 1000 -1) kzalloc_node(0 1000 -1) |", "0 warn(0 0 0) kzalloc_node(0 1000 -1) |"},
    {&Dialect::free_all_sets_nodes,
     "memblock_add_node(0, 1M, 1, MEMBLOCK_NONE)\nmemblock_reserve(0, "
     "4K)\nreset_all_zones_managed_pages()\nmemblock_free_all()",
     "returned init_reserved_page(0 1000 1) | 0-1000/0@1", "returned init_reserved_page(0 1000 -1) | 0-1000/0@-1"},
    {&Dialect::marks_any_mirror, "memblock_add(0, 1M)\nmemblock_mark_mirror(0, 1M)\nmemblock_is_mirror(memory, 0)",
     "1 |", "0 |"},
    {&Dialect::cap_needs_memory, "memblock_reserve(0, 4K)\nmemblock_reserve(8K, 4K)\nmemblock_cap_memory_range(8K, 4K)",
     "returned | 0-1000/0@-1 2000-3000/0@-1", "returned | 2000-3000/0@-1"},
    {&Dialect::has_reserve_mem, "memblock_add(0, 1M)\nearly_param(\"reserve_mem=4K:4K:a\")",
     "1 kmemleak_alloc_phys(ff000 1000 0) accept_memory(ff000 1000 0) | ff000-100000/20@-1", "-2 |"},
    {&Dialect::cap_leaves_halves,
     "memblock_add(0, 1M)\nmemblock_mark_nomap(0, 1M)\nmemblock_cap_memory_range(0, 512K)\nmemblock_add(4M, "
     "4K)\nfor_each_mem_region(9)",
     "3 range(0 80000 10) range(80000 100000 10) range(400000 401000 10) |",
     "2 range(0 100000 10) range(400000 401000 10) |"},
    {&Dialect::release_drops_last_page,
     "memblock_add(0, 1M)\nearly_param(\"reserve_mem=8K:4K:a\")\nreserve_mem_release_by_name(\"a\")",
     "1 zero(fe000 1000 0) page_to_buddy(fe 0 1) | fe000-100000/20@-1",
     "1 zero(fe000 2000 0) page_to_buddy(fe 0 2) | fe000-100000/20@-1"},
    {&Dialect::counts_before_adding, "memblock_add_node(8K, 4K, 1, MEMBLOCK_NONE)\nmemblock_add(0, 16K)",
     "0 warn(0 0 0) warn(0 0 0) |", "0 warn(0 0 0) |"},
    {&Dialect::counts_at_half,
     "memblock_add_node(8K, 4K, 1, MEMBLOCK_NONE)\nmemblock_add(0, 16K)",
     "0 warn(0 0 0) warn(0 0 0) |",
     "0 warn(0 0 0) |",
     {numa.config, 16, 3, 4}},
    {&Dialect::add_node_takes_flags, "memblock_add_node(0, 4K, 0, MEMBLOCK_HOTPLUG)", "0 |", "refused |"},
    {&Dialect::nomap_pages_are_reserved,
     "memblock_add_node(0, 4K, 1, MEMBLOCK_NOMAP)\nreset_all_zones_managed_pages()\nmemblock_free_all()",
     "returned init_reserved_page(0 1000 1) |", "returned |"},
    {&Dialect::memory_map_is_freed,
     "memblock_add(0, 1M)\nmemblock_add(64M, 1M)\nreset_all_zones_managed_pages()\nmemblock_free_all()",
     "returned kmemleak_free_part_phys(4000000008000 f8000 0) |", "returned |"},
    {&Dialect::invalid_node_is_any, "memblock_add(0, 1M)\n__for_each_mem_range(memory, none, 99, MEMBLOCK_NONE, 4)",
     "1 range(0 100000 10) |", "0 |"},
    {&Dialect::invalid_node_is_any, "memblock_add(0, 1M)\nfor_each_mem_pfn_range(-1, 4)", "1 range(0 100 10) |", "0 |"},
    {&Dialect::reserve_has_no_node, "memblock_reserve(0, 4K)", "0 | 0-1000/0@-1", "0 | 0-1000/0@16"},
    {&Dialect::alloc_marks_kern, "memblock_add(0, 1M)\nmemblock_alloc_raw(4K, 4K)",
     "ff000 kmemleak_alloc_phys(ff000 1000 0) accept_memory(ff000 1000 0) | ff000-100000/20@-1",
     "ff000 kmemleak_alloc_phys(ff000 1000 0) accept_memory(ff000 1000 0) | ff000-100000/0@-1"},
    {&Dialect::alloc_keeps_node,
     "memblock_add_node(0, 1M, 1, MEMBLOCK_NONE)\nmemblock_alloc_try_nid_raw(4K, 4K, 0, 0, 1)",
     "ff000 kmemleak_alloc_phys(ff000 1000 0) accept_memory(ff000 1000 0) | ff000-100000/20@1",
     "ff000 kmemleak_alloc_phys(ff000 1000 0) accept_memory(ff000 1000 0) | ff000-100000/20@-1"},
    {&Dialect::plain_overlap_is_silent, "memblock_add_node(8K, 4K, 16, MEMBLOCK_HOTPLUG)\nmemblock_add(0, 16K)", "0 |",
     "0 warn(0 0 0) |"},
    {&Dialect::array_marks_kern,
     "memblock_allow_resize()\nmemblock_add(64K, 64K)\nmemblock_add(256K, 4K)\nmemblock_add(264K, "
     "4K)\nmemblock_add(272K, 4K)\nmemblock_add(280K, 4K)",
     "0 accept_memory(44000 1000 0) copy(44000 ffffffffffffffff 60) zero(44060 60 0) | 44000-45000/20@-1",
     "0 accept_memory(44000 1000 0) copy(44000 ffffffffffffffff 60) zero(44060 60 0) | 44000-45000/0@-1"},
    {&Dialect::late_free_to_buddy, "memblock_reserve(0, 12K)\nworld_slab(1)\nmemblock_phys_free(4K, 4K)",
     "0 kmemleak_free_part_phys(1000 1000 0) page_to_buddy(1 0 1) | 0-3000/0@-1",
     "0 kmemleak_free_part_phys(1000 1000 0) | 0-1000/0@-1 2000-3000/0@-1"},
    {&Dialect::late_free_to_buddy, "memblock_reserve(0, 12K)\nworld_slab(1)\nmemblock_phys_free(4K, 4K)",
     "0 kmemleak_free_part_phys(1000 1000 0) page_to_buddy(1 0 1) | 0-1000/0@-1 2000-3000/0@-1",
     "0 kmemleak_free_part_phys(1000 1000 0) | 0-1000/0@-1 2000-3000/0@-1", kept},
    {&Dialect::discard_frees_late,
     "memblock_allow_resize()\nmemblock_add(64K, 64K)\nmemblock_add(256K, 4K)\nmemblock_add(264K, "
     "4K)\nmemblock_add(272K, 4K)\nmemblock_add(280K, 4K)\nmemblock_discard()",
     "returned kmemleak_free_part_phys(44000 1000 0) page_to_buddy(44 0 1) | 44000-45000/20@-1",
     "returned kmemleak_free_part_phys(44000 1000 0) |"},
    {&Dialect::deferred_pages_stay,
     "memblock_reserve(0, 4K)\nworld_slab(1)\nworld_deferred_pages(1)\nmemblock_phys_free(0, 4K)",
     "0 kmemleak_free_part_phys(0 1000 0) warn(0 0 0) | 0-1000/0@-1",
     "0 kmemleak_free_part_phys(0 1000 0) page_to_buddy(0 0 1) | 0-1000/0@-1"},
    {&Dialect::estimate_counts_kern, "memblock_add(0, 1M)\nmemblock_reserve(0, 4K)\nmemblock_estimated_nr_free_pages()",
     "100 | 0-1000/0@-1", "ff | 0-1000/0@-1"},
    {&Dialect::scratch_flag_filters,
     "memblock_add(0, 1M)\n__for_each_mem_range(memory, none, -1, MEMBLOCK_KHO_SCRATCH, 4)", "0 |",
     "1 range(0 100000 10) |"},
    {&Dialect::free_all_ends_scratch_only,
     "memblock_add(0, 1M)\nmemblock_set_kho_scratch_only()\nmemblock_free_all()\nmemblock_phys_alloc(4K, 4K)",
     "ff000 kmemleak_alloc_phys(ff000 1000 0) accept_memory(ff000 1000 0) | ff000-100000/20@-1", "0 |"},
    {&Dialect::free_all_reaches_highmem,
     "memblock_add(0, 8K)\nreset_all_zones_managed_pages()\nmemblock_free_all()",
     "returned page_to_buddy(0 1 1) |",
     "returned |",
     {numa.config | MBLAB_CONFIG_highmem, 16, 4, 4}},
    {&Dialect::handover_is_whole,
     "memblock_add(0, 64K)\nearly_param(\"reserve_mem=4K:4K:a\")\nworld_slab(1)\nworld_kho(true)\nworld_kho_fails(3)\n"
     "reserve_mem_init()",
     "-c alloc_page(2000000001 0 0) kho_preserve_pages(2000000001 1 0) kho_add_subtree(2000000001000 0 -c) "
     "kho_unpreserve_pages(2000000001 1 0) put_page(2000000001 0 0) | f000-10000/20@-1",
     "0 alloc_page(2000000001 0 0) kho_preserve_pages(f 1 0) kho_preserve_pages(2000000001 1 -c) "
     "kho_add_subtree(2000000001000 0 0) | f000-10000/20@-1",
     {numa.config | MBLAB_CONFIG_handover, 16, 4, 4}},
    {&Dialect::freed_area_is_unreserved, "memblock_reserve(0, 8K)\nfree_reserved_area(0, 4K, 7, \"\")",
     "1 zero(0 1000 7) page_to_buddy(0 0 1) | 1000-2000/0@-1", "1 zero(0 1000 7) page_to_buddy(0 0 1) | 0-2000/0@-1",
     kept},
};

/// 1000 zero(ff000 1000) | ff000-100000/20@-1: the result, each effect with its numbers, what is reserved; all hex.
std::string shown(const Outcome &outcome)
{
    std::string text = outcome.result.count ? fmt::format("{:x}", static_cast<int64_t>(outcome.result.value[0]))
                                            : std::string(exit_name(outcome.result.exit));
    for (const Effect &effect : outcome.effect_list())
        text += fmt::format(" {}({:x} {:x} {:x})", effect_name(effect.kind), effect.a, effect.b,
                            static_cast<int64_t>(effect.c));
    text += " |";
    for (const Region &region : outcome.regions(MBLAB_TYPE_reserved))
        text += fmt::format(" {:x}-{:x}/{:x}@{}", region.base, end_of(region), region.flags, region.nid);
    return text;
}

std::string outcome_of(const Meaning &meaning, bool so)
{
    Dialect dialect;
    dialect.*meaning.member = so;
    Model model(meaning.variant, dialect);
    std::string text;
    for (const Step &step : parse_trace(meaning.trace, "").steps)
        text = shown(model.run(step.op));
    return text;
}

TEST(ModelDialect, EachMemberDecides)
{
    for (const Meaning &meaning : meanings) {
        EXPECT_EQ(meaning.if_so, outcome_of(meaning, true)) << meaning.trace;
        EXPECT_EQ(meaning.if_not, outcome_of(meaning, false)) << meaning.trace;
        EXPECT_NE(meaning.if_so, meaning.if_not);
    }
}

TEST(ModelDialect, EveryMemberIsHere)
{
    for (const Trait &trait : traits()) {
        const auto is_it = [&](const Meaning &meaning) { return meaning.member == trait.member; };
        EXPECT_TRUE(!trait.member || std::ranges::any_of(meanings, is_it)) << trait.id;
    }
}

} // namespace
} // namespace mblab
