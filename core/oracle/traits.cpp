// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/oracle/traits.hpp"

#include "core/trace/trace.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace mblab {
namespace {

using Of = Probe::Of;

constexpr uint32_t any = 0, numa = MBLAB_CONFIG_numa, keep = MBLAB_CONFIG_keep, kho = MBLAB_CONFIG_kho;
constexpr uint32_t debugfs = MBLAB_CONFIG_keep | MBLAB_CONFIG_debugfs;
constexpr mblab_type memory = MBLAB_TYPE_memory, reserved = MBLAB_TYPE_reserved;

constexpr Probe result{Of::result}, message{Of::message};

constexpr Probe effects(mblab_effect_kind kind)
{
    return {Of::effects, reserved, 0, kind};
}

// Ids S.. are changes between 6.12 and 7.3, E.. between 5.10 and 6.12. Answers are those seen on kernels at hand.
const Trait rows[] = {
    {"E01",
     "An empty array",
     any,
     "memblock_add(0, 0)",
     {Of::regions, memory},
     {{"0", "holds no region"}, {"1", "holds one region of no size"}}},
    {"E02",
     "A search that asks for node MAX_NUMNODES",
     numa,
     "memblock_add_node(0, 1M, 0, MEMBLOCK_NONE)\n__for_each_mem_range(memory, none, 16, MEMBLOCK_NONE, 4)",
     effects(MBLAB_EFFECT_warn),
     {{"0", "is one for any node"}, {"1", "warns, and is one for any node"}}},
    {"E03",
     "Filling an array before memblock_allow_resize()",
     small_arrays,
     "memblock_add(0, 4K)\nmemblock_add(8K, 4K)\nmemblock_add(16K, 4K)\nmemblock_add(24K, 4K)\nmemblock_add(32K, 4K)",
     result,
     {{"panic", "is a panic"}, {"0xfffffffffffffff4", "fails with -ENOMEM"}, {"0x0", "succeeds with four"}}},
    {"E04",
     "Memory that is allocated",
     any,
     "memblock_add(0, 1M)\nmemblock_phys_alloc(4K, 4K)",
     effects(MBLAB_EFFECT_accept_memory),
     {{"0", "is not accepted"}, {"1", "is accepted first"}}},
    {"E05",
     "A physical allocation when the slab is up",
     any,
     "memblock_add(0, 1M)\nworld_slab(1)\nmemblock_phys_alloc(4K, 4K)",
     effects(MBLAB_EFFECT_kzalloc_node),
     {{"0", "takes memory out of memblock"}, {"1", "is served from the slab"}}},
    {"E06",
     "After memblock_free_all() a reserved region in memory of node 1",
     numa,
     "memblock_add_node(0, 1M, 1, MEMBLOCK_NONE)\nmemblock_reserve(0, 4K)\nmemblock_free_all()",
     {Of::node, reserved, 0},
     {{"1", "has that node"}, {"16", "has no node"}}},
    {"E07",
     "memblock_mark_mirror() without kernelcore=mirror",
     any,
     "memblock_add(0, 1M)\nmemblock_mark_mirror(0, 1M)",
     {Of::flags, memory, 0},
     {{"0x0", "does nothing"}, {"0x2", "marks the memory"}}},
    {"E08",
     "memblock_cap_memory_range() without memory",
     any,
     "memblock_cap_memory_range(0, 4K)",
     message,
     {{"", "says nothing"}, {"memblock_cap_memory_range:", "is refused with a message"}}},
    {"E09",
     "With memblock=debug memblock_add_node()",
     any,
     "early_param(\"memblock=debug\")\nmemblock_add_node(0, 4K, 0, MEMBLOCK_NONE)",
     message,
     {{"", "says nothing"}, {"memblock_add_node:", "is announced"}}},
    {"E10",
     "The parameter reserve_mem=",
     any,
     "memblock_add(0, 1M)\nearly_param(\"reserve_mem=4K:4K:a\")",
     result,
     {{"0x1", "is known"}, {"0xfffffffffffffffe", "is unknown"}}},
    {"E11",
     "Two halves that memblock_cap_memory_range() left, when memory is added elsewhere,",
     any,
     "memblock_add(0, 1M)\nmemblock_mark_nomap(0, 1M)\nmemblock_cap_memory_range(0, 512K)\nmemblock_add(4M, 4K)",
     {Of::regions, memory},
     {{"2", "are joined"}, {"3", "stay apart"}}},
    {"S01",
     "The node of what memblock_reserve() reserves",
     numa,
     "memblock_reserve(0, 4K)",
     {Of::node, reserved, 0},
     {{"16", "is MAX_NUMNODES"}, {"-1", "is NUMA_NO_NODE"}}},
    {"S02",
     "What an allocation reserves",
     any,
     "memblock_add(0, 1M)\nmemblock_phys_alloc(4K, 4K)",
     {Of::flags, reserved, 0},
     {{"0x0", "has no flag"}, {"0x20", "has MEMBLOCK_RSRV_KERN"}}},
    {"S03",
     "The node of what an allocation for node 1 reserves",
     numa,
     "memblock_add_node(0, 1M, 1, MEMBLOCK_NONE)\nmemblock_alloc_node(4K, 4K, 1)",
     {Of::node, reserved, 0},
     {{"16", "is MAX_NUMNODES"}, {"1", "is that node"}}},
    {"S04",
     "A reservation beside an allocation",
     any,
     "memblock_add(0, 1M)\nmemblock_phys_alloc(4K, 4K)\nmemblock_reserve(0xfe000, 4K)",
     {Of::regions, reserved},
     {{"1", "joins it"}, {"2", "stays apart"}}},
    {"S05",
     "Adding plain memory over hot-pluggable memory, with a hole below it,",
     any,
     "memblock_add_node(8K, 4K, 16, MEMBLOCK_HOTPLUG)\nmemblock_add(0, 16K)",
     effects(MBLAB_EFFECT_warn),
     {{"1", "warns"}, {"0", "does not warn"}}},
    {"S06",
     "Reserving over an allocation for a node, with a hole below it,",
     numa,
     "memblock_add_node(0, 1M, 0, MEMBLOCK_NONE)\nmemblock_alloc_node(4K, 4K, 0)\nmemblock_reserve(0xfe000, 8K)",
     effects(MBLAB_EFFECT_warn),
     {{"0", "does not warn"}, {"1", "warns of the node"}}},
    {"S07",
     "The reservation of an array's own storage",
     small_arrays,
     "memblock_add(0, 1M)\nmemblock_allow_resize()\nmemblock_reserve(0, 4K)\nmemblock_reserve(8K, 4K)\n"
     "memblock_reserve(16K, 4K)\nmemblock_reserve(24K, 4K)\nmemblock_reserve(32K, 4K)",
     {Of::flags, reserved, 5},
     {{"0x0", "has no flag"}, {"0x20", "has MEMBLOCK_RSRV_KERN"}}},
    {"S08",
     "memblock_phys_free() when the slab is up",
     any,
     "memblock_reserve(0, 8K)\nworld_slab(1)\nmemblock_phys_free(0, 4K)",
     effects(MBLAB_EFFECT_page_to_buddy),
     {{"0", "gives away no page"}, {"1", "gives the pages to the buddy allocator"}}},
    {"S09",
     "memblock_free_late()",
     any,
     "memblock_free_late(0, 4K)",
     result,
     {{"returned", "exists"}, {"absent", "does not exist"}}},
    {"S10",
     "memblock_discard() with the slab down",
     small_arrays,
     "memblock_add(0, 1M)\nmemblock_allow_resize()\nmemblock_reserve(0, 4K)\nmemblock_reserve(8K, 4K)\n"
     "memblock_reserve(16K, 4K)\nmemblock_reserve(24K, 4K)\nmemblock_reserve(32K, 4K)\nmemblock_discard()",
     effects(MBLAB_EFFECT_page_to_buddy),
     {{"1", "gives a grown array's pages to the buddy allocator"}, {"0", "gives away no page"}}},
    {"S12",
     "With memblock=debug a reservation",
     any,
     "early_param(\"memblock=debug\")\nmemblock_reserve(0, 4K)",
     message,
     {{"memblock_reserve:", "is announced as memblock_reserve"},
      {"__memblock_reserve:", "is announced as __memblock_reserve, with node and flags"}}},
    {"S13",
     "memblock_estimated_nr_free_pages()",
     any,
     "memblock_add(0, 1M)\nmemblock_reserve(0, 4K)\nmemblock_estimated_nr_free_pages()",
     result,
     {{"0xff", "leaves out all that is reserved"},
      {"0x100", "leaves out what the kernel allocated only"},
      {"absent", "does not exist"}}},
    {"S14",
     "After memblock_set_kho_scratch_only() an allocation from plain memory",
     kho,
     "memblock_add(0, 1M)\nmemblock_set_kho_scratch_only()\nmemblock_phys_alloc(4K, 4K)",
     result,
     {{"0x0", "fails"}, {"0xff000", "succeeds: there is no such function"}}},
    {"S15",
     "A walk that asks for the flag 0x40",
     any,
     "memblock_add(0, 1M)\n__for_each_mem_range(memory, none, -1, 0x40, 4)",
     effects(MBLAB_EFFECT_range),
     {{"1", "ignores it"}, {"0", "is one for KHO scratch memory"}}},
    {"S20",
     "reserve_mem_release_by_name() with ARCH_KEEP_MEMBLOCK",
     keep,
     "memblock_add(0, 1M)\nearly_param(\"reserve_mem=4K:4K:a\")\nreserve_mem_release_by_name(\"a\")",
     {Of::regions, reserved},
     {{"0", "takes the reservation back"}, {"1", "does not exist, or leaves it"}}},
    {"S21",
     "reserve_mem= with a value that cannot be read",
     any,
     "early_param(\"reserve_mem=0:1:b\")",
     message,
     {{"", "says nothing"}, {"reserve_mem:", "is refused with a message"}}},
    {"S22",
     "debugfs names the flag 0x40",
     debugfs,
     "memblock_add_node(0, 4K, 0, 0x40)\ndebugfs_show(memory)",
     {Of::last_word, memory, 0, MBLAB_EFFECT_seq},
     {{"UNKNOWN", "UNKNOWN"}, {"KHO_SCRATCH", "KHO_SCRATCH"}, {"", "not at all: it prints no flags"}}},
    {"S23",
     "debugfs names the flag 0x80 of a reservation",
     debugfs,
     "__memblock_reserve(0, 4K, -1, 0x80)\ndebugfs_show(reserved)",
     {Of::last_word, memory, 0, MBLAB_EFFECT_seq},
     {{"UNKNOWN", "UNKNOWN"},
      {"RSV_HUGETLB", "RSV_HUGETLB"},
      {"", "not at all: it prints no flags, or there is no such reservation"}}},
    {"S28",
     "A named reservation that was released",
     any,
     "memblock_add(0, 1M)\nearly_param(\"reserve_mem=4K:4K:a\")\nreserve_mem_release_by_name(\"a\")\n"
     "reserve_mem_find_by_name(\"a\")",
     result,
     {{"0x0", "is not found"}, {"0x1", "is found: nothing releases it"}, {"absent", "does not exist"}}},
    {"S30",
     "The old reserved array, when it grows after the slab came up,",
     small_arrays,
     "memblock_add(0, 1M)\nmemblock_allow_resize()\nmemblock_reserve(0, 4K)\nmemblock_reserve(8K, 4K)\n"
     "memblock_reserve(16K, 4K)\nmemblock_reserve(24K, 4K)\nmemblock_reserve(32K, 4K)\nmemblock_reserve(40K, 4K)\n"
     "memblock_reserve(48K, 4K)\nworld_slab(1)\nmemblock_reserve(56K, 4K)",
     effects(MBLAB_EFFECT_page_to_buddy),
     {{"0", "stays with memblock"}, {"1", "goes to the buddy allocator"}}},
};

std::string read(const Probe &probe, const Outcome &outcome)
{
    const Regions regions = outcome.regions(probe.type);
    const auto has_kind = [&](const Effect &effect) { return effect.kind == probe.effect; };
    const std::span<const Effect> list = outcome.effect_list();
    const auto first = std::find_if(list.begin(), list.end(), has_kind);
    const std::string_view text = first == list.end() ? std::string_view() : outcome.text_of(*first);
    switch (probe.of) {
    case Of::result:
        if (outcome.result.exit != MBLAB_RETURNED || outcome.result.count == 0)
            return std::string(exit_name(outcome.result.exit));
        return fmt::format("{:#x}", outcome.result.value[0]);
    case Of::regions:
        return std::to_string(regions.size());
    case Of::flags:
        return probe.index < regions.size() ? fmt::format("{:#x}", regions[probe.index].flags) : "no region";
    case Of::node:
        return probe.index < regions.size() ? std::to_string(regions[probe.index].nid) : "no region";
    case Of::effects:
        return std::to_string(std::count_if(list.begin(), list.end(), has_kind));
    case Of::message:
        return std::string(text.substr(0, text.find(' ')));
    case Of::last_word: {
        const std::string_view line = text.substr(0, text.find_last_not_of(" \n") + 1);
        const std::string_view word = line.substr(line.rfind(' ') + 1);
        return word.starts_with("0x") ? "" : std::string(word); // a line may end in its range
    }
    }
    return {};
}

std::optional<std::string> answer(const Trait &trait, Engine &engine)
{
    const Variant &variant = engine.variant();
    const uint32_t has = variant.config | (variant.reserved_regions <= 4 ? small_arrays : 0);
    if ((has & trait.needs) != trait.needs)
        return std::nullopt;
    const Trace witness = parse_trace(trait.witness, trait.id);
    engine.reset();
    std::string last;
    for (const Step &step : witness.steps)
        last = read(trait.probe, engine.run(step.op));
    return last;
}

} // namespace

std::span<const Trait> traits()
{
    return rows;
}

std::string Dialect::meaning(size_t trait) const
{
    if (!answers_[trait])
        return "-";
    for (const Answer &known : rows[trait].answers)
        if (known.value == *answers_[trait])
            return std::string(known.meaning);
    return fmt::format("\"{}\"", *answers_[trait]);
}

std::vector<size_t> Dialect::undescribed() const
{
    std::vector<size_t> found;
    for (size_t i = 0; i < answers_.size(); i++)
        if (meaning(i).starts_with('"'))
            found.push_back(i);
    return found;
}

Dialect dialect_of(Engine &engine)
{
    std::vector<std::optional<std::string>> answers;
    for (const Trait &trait : rows)
        answers.push_back(answer(trait, engine));
    engine.reset();
    return Dialect(std::move(answers));
}

} // namespace mblab
