// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/oracle/traits.hpp"

#include "core/base/text.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace mblab {
namespace {

using Of = Probe::Of;

constexpr uint32_t any = 0, numa = MBLAB_CONFIG_numa, keep = MBLAB_CONFIG_keep, kho = MBLAB_CONFIG_kho;
constexpr uint32_t memmap = MBLAB_CONFIG_memmap;
constexpr uint32_t debugfs = MBLAB_CONFIG_keep | MBLAB_CONFIG_debugfs;
constexpr mblab_type memory = MBLAB_TYPE_memory, reserved = MBLAB_TYPE_reserved;

constexpr Probe result{Of::result}, message{Of::message};

constexpr Probe effects(mblab_effect_kind kind)
{
    return {Of::effects, reserved, 0, kind};
}

// Ids S.. are changes of meaning between 6.12 and 7.3, A.. of the API, K.. under other options, E.. between 5.10
// and 6.12. Answers are those seen on kernels at hand.
const Trait rows[] = {
    {"A03",
     "memblock_reserved_kern_size() of a limit at which an allocation begins",
     any,
     "memblock_add(0, 1M)\nmemblock_phys_alloc(4K, 4K)\nmemblock_reserved_kern_size(0xff000, -1)",
     result,
     {{"absent", "does not exist"}, {"0x0", "leaves it out"}}},
    {"A05",
     "memblock_alloc_or_panic() without memory",
     any,
     "memblock_alloc_or_panic(4K, 4K)",
     result,
     {{"absent", "does not exist"}, {"panic", "is a panic"}}},
    {"A07",
     "memblock_set_kho_scratch_only() without CONFIG_MEMBLOCK_KHO_SCRATCH",
     any,
     "memblock_set_kho_scratch_only()",
     result,
     {{"absent", "does not exist"}, {"returned", "exists, and does nothing"}}},
    {"A09",
     "reserve_mem_release_by_name()",
     any,
     "memblock_add(0, 1M)\nearly_param(\"reserve_mem=8K:4K:a\")\nreserve_mem_release_by_name(\"a\")",
     {Of::third, reserved, 0, MBLAB_EFFECT_page_to_buddy},
     {{"no effect", "does not exist"},
      {"1", "gives the pages away but for the last", true},
      {"2", "gives the pages away"}},
     &Dialect::release_drops_last_page},
    {"A10",
     "memblock_alloc_hugetlb()",
     any,
     "memblock_add(0, 8M)\nmemblock_alloc_hugetlb(2M, -1, 0)",
     {Of::flags, reserved, 0},
     {{"no region", "does not exist"}, {"0xa0", "reserves with MEMBLOCK_RSRV_KERN and MEMBLOCK_RSRV_HUGETLB"}}},
    {"E01",
     "An empty array",
     any,
     "memblock_add(0, 0)",
     {Of::regions, memory},
     {{"0", "holds no region"}, {"1", "holds one empty region", true}},
     &Dialect::empty_array_has_entry},
    {"E02",
     "A search that asks for node MAX_NUMNODES",
     any,
     "memblock_add(0, 1M)\n__for_each_mem_range(memory, none, MAX_NUMNODES, MEMBLOCK_NONE, 4)",
     effects(MBLAB_EFFECT_warn),
     {{"0", "is one for any node"}, {"1", "warns, and is one for any node", true}},
     &Dialect::warns_of_max_numnodes},
    {"E03",
     "Filling an array before memblock_allow_resize()",
     any,
     "fill memory\nmemblock_add(32M, 4K)",
     result,
     {{"panic", "is a panic", true}, {"0xfffffffffffffff4", "fails with -ENOMEM"}, {"0x0", "succeeds"}},
     &Dialect::full_array_panics},
    {"E04",
     "Memory that is allocated",
     any,
     "memblock_add(0, 1M)\nmemblock_phys_alloc(4K, 4K)",
     effects(MBLAB_EFFECT_accept_memory),
     {{"0", "is not accepted"}, {"1", "is accepted first", true}},
     &Dialect::accepts_memory},
    {"E05",
     "A physical allocation when the slab is up",
     any,
     "memblock_add(0, 1M)\nworld_slab(1)\nmemblock_phys_alloc(4K, 4K)",
     effects(MBLAB_EFFECT_kzalloc_node),
     {{"0", "takes memory out of memblock"}, {"1", "is served from the slab", true}},
     &Dialect::phys_alloc_uses_slab},
    {"E06",
     "memblock_free_all() initializes the pages of a reservation in memory of node 0",
     any,
     "memblock_add_node(0, 1M, 0, MEMBLOCK_NONE)\nmemblock_reserve(0, 4K)\nmemblock_free_all()",
     {Of::third, reserved, 0, MBLAB_EFFECT_init_reserved_page},
     {{"0", "for that node, which the reservation has from then on", true}, {"-1", "for no node"}},
     &Dialect::free_all_sets_nodes},
    {"E07",
     "memblock_mark_mirror() without kernelcore=mirror",
     any,
     "memblock_add(0, 1M)\nmemblock_mark_mirror(0, 1M)",
     {Of::flags, memory, 0},
     {{"0x0", "does nothing"}, {"0x2", "marks the memory", true}},
     &Dialect::marks_any_mirror},
    {"E08",
     "memblock_cap_memory_range() without memory",
     any,
     "memblock_reserve(0, 4K)\nmemblock_reserve(8K, 4K)\nmemblock_cap_memory_range(8K, 4K)",
     {Of::regions, reserved},
     {{"1", "cuts the reservations"}, {"2", "is refused with a message", true}},
     &Dialect::cap_needs_memory},
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
     {{"0x1", "is known", true}, {"0xfffffffffffffffe", "is unknown"}},
     &Dialect::has_reserve_mem},
    {"E11",
     "Two halves that memblock_cap_memory_range() left, when memory is added elsewhere,",
     any,
     "memblock_add(0, 1M)\nmemblock_mark_nomap(0, 1M)\nmemblock_cap_memory_range(0, 512K)\nmemblock_add(4M, 4K)",
     {Of::regions, memory},
     {{"2", "are joined"}, {"3", "stay apart", true}},
     &Dialect::cap_leaves_halves},
    {"E12",
     "Adding memory over memory with other flags, with a hole below it,",
     any,
     // First the array has to grow where it is small: half full, it is a question of one region who counts.
     "memblock_allow_resize()\nmemblock_add(16M, 16M)\nmemblock_add(1M, 4K)\nmemblock_add(2M, 4K)\n"
     "memblock_add(3M, 4K)\nmemblock_remove(1M, 3M)\nmemblock_mark_hotplug(16M, 16M)\nmemblock_add(8M, 32M)",
     effects(MBLAB_EFFECT_warn),
     {{"0", "does not warn"}, {"1", "warns"}, {"2", "warns twice: holes are counted first, then filled", true}},
     &Dialect::counts_before_adding},
    {"E17",
     "The same where twice the regions and one more are just as many as the array has room for (arrays of odd size)",
     any,
     "memblock_add(8K, 4K)\nmemblock_mark_hotplug(8K, 4K)\nmemblock_add(0, 16K)",
     effects(MBLAB_EFFECT_warn),
     {{"0", "does not warn"}, {"1", "warns"}, {"2", "warns twice: holes are counted first, then filled", true}},
     &Dialect::counts_at_half},
    {"E13",
     "memblock_add_node() with flags",
     any,
     "memblock_add_node(0, 4K, 0, MEMBLOCK_HOTPLUG)",
     result,
     {{"0x0", "sets them", true}, {"refused", "does not exist: it takes none"}},
     &Dialect::add_node_takes_flags},
    {"E14",
     "In memblock_free_all() the struct pages of NOMAP memory",
     any,
     "memblock_add(0, 1M)\nmemblock_mark_nomap(0, 1M)\nmemblock_reserve(4M, 4K)\nmemblock_free_all()",
     effects(MBLAB_EFFECT_init_reserved_page),
     {{"1", "are left alone"}, {"2", "are initialized as reserved", true}},
     &Dialect::nomap_pages_are_reserved},
    {"E15",
     "memblock_free_all() and the memory map of holes",
     memmap,
     "memblock_add(0, 1M)\nmemblock_add(64M, 1M)\nmemblock_free_all()",
     effects(MBLAB_EFFECT_kmemleak_free_part_phys),
     {{"0", "stays"}, {"1", "is freed", true}, {"2", "is freed, that of the rest of a section too", true}},
     &Dialect::memory_map_is_freed},
    {"E16",
     "A walk that asks for a node that cannot be",
     any,
     "memblock_add_node(0, 1M, 0, MEMBLOCK_NONE)\n__for_each_mem_range(memory, none, 99, MEMBLOCK_NONE, 4)",
     effects(MBLAB_EFFECT_range),
     {{"0", "finds nothing"}, {"1", "is one for any node", true}},
     &Dialect::invalid_node_is_any},
    {"K01",
     "reserve_mem= with a name that the kernel before handed over",
     MBLAB_CONFIG_handover,
     "world_kho(true)\nworld_kho_reserve_mem(32K, 4K, 0, \"a\")\nmemblock_add(0, 1M)\n"
     "early_param(\"reserve_mem=4K:4K:a\")",
     {Of::regions, reserved},
     {{"1", "reserves again"}, {"0", "gets what was handed over"}}},
    {"K02",
     "Of what reserve_mem_init() leaves to the next kernel, where a part cannot be left,",
     MBLAB_CONFIG_handover,
     "memblock_add(0, 64M)\nearly_param(\"reserve_mem=4K:4K:a\")\nworld_slab(1)\nworld_kho(true)\n"
     "world_kho_fails(3)\nreserve_mem_init()",
     result,
     {{"0x0", "the rest is"},
      {"0xfffffffffffffff4", "nothing is", true},
      {"absent", "nothing is: there is no such function"}},
     &Dialect::handover_is_whole},
    {"S01",
     "The node of what memblock_reserve() reserves",
     numa,
     "memblock_reserve(0, 4K)",
     {Of::node, reserved, 0},
     {{"16", "is MAX_NUMNODES"}, {"-1", "is NUMA_NO_NODE", true}},
     &Dialect::reserve_has_no_node},
    {"S02",
     "What an allocation reserves",
     any,
     "memblock_add(0, 1M)\nmemblock_phys_alloc(4K, 4K)",
     {Of::flags, reserved, 0},
     {{"0x0", "has no flag"}, {"0x20", "has MEMBLOCK_RSRV_KERN", true}},
     &Dialect::alloc_marks_kern},
    {"S03",
     "The node of what an allocation for node 1 reserves",
     numa,
     "memblock_add_node(0, 1M, 1, MEMBLOCK_NONE)\nmemblock_alloc_node(4K, 4K, 1)",
     {Of::node, reserved, 0},
     {{"16", "is MAX_NUMNODES"}, {"1", "is that node", true}},
     &Dialect::alloc_keeps_node},
    {"S04",
     "A reservation beside an allocation",
     any,
     "memblock_add(0, 1M)\nmemblock_phys_alloc(4K, 4K)\nmemblock_reserve(0xfe000, 4K)",
     {Of::regions, reserved},
     {{"1", "joins it"}, {"2", "stays apart"}}},
    {"S05",
     "Adding plain memory over hot-pluggable memory, with a hole below it,",
     any,
     "memblock_add(8K, 4K)\nmemblock_mark_hotplug(8K, 4K)\nmemblock_add(0, 16K)",
     effects(MBLAB_EFFECT_warn),
     {{"1", "warns"}, {"2", "warns, twice"}, {"0", "does not warn", true}},
     &Dialect::plain_overlap_is_silent},
    {"S06",
     "Reserving over an allocation for a node, with a hole below it,",
     numa,
     "memblock_add_node(0, 1M, 0, MEMBLOCK_NONE)\nmemblock_alloc_node(4K, 4K, 0)\nmemblock_reserve(0xfe000, 8K)",
     effects(MBLAB_EFFECT_warn),
     {{"0", "does not warn"}, {"1", "warns of the node"}}},
    {"S07",
     "The reservation of an array's own storage",
     any,
     "memblock_add(0, 64M)\nmemblock_allow_resize()\nfill reserved\nmemblock_reserve(32M, 4K)",
     {Of::flags, reserved, Probe::last},
     {{"0x0", "has no flag"}, {"0x20", "has MEMBLOCK_RSRV_KERN", true}},
     &Dialect::array_marks_kern},
    {"S08",
     "memblock_phys_free() when the slab is up",
     any,
     "memblock_reserve(0, 8K)\nworld_slab(1)\nmemblock_phys_free(0, 4K)",
     effects(MBLAB_EFFECT_page_to_buddy),
     {{"0", "gives away no page"}, {"1", "gives the pages to the buddy allocator", true}},
     &Dialect::late_free_to_buddy},
    {"S09",
     "memblock_free_late()",
     any,
     "memblock_free_late(0, 4K)",
     result,
     {{"returned", "exists"}, {"absent", "does not exist"}}},
    {"S10",
     "memblock_discard() with the slab down",
     any,
     "memblock_add(0, 64M)\nmemblock_allow_resize()\nfill reserved\nmemblock_reserve(32M, 4K)\nmemblock_discard()",
     effects(MBLAB_EFFECT_page_to_buddy),
     {{"1", "gives a grown array's pages to the buddy allocator", true}, {"0", "gives away no page"}},
     &Dialect::discard_frees_late},
    {"S11",
     "While struct pages are deferred, memblock_phys_free() when the slab is up",
     any,
     "memblock_reserve(0, 8K)\nworld_slab(1)\nworld_deferred_pages(1)\nmemblock_phys_free(0, 4K)",
     effects(MBLAB_EFFECT_warn),
     {{"0", "does what it does without"}, {"1", "gives nothing away, and warns", true}},
     &Dialect::deferred_pages_stay},
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
      {"0x100", "leaves out what the kernel allocated only", true},
      {"absent", "does not exist"}},
     &Dialect::estimate_counts_kern},
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
     {{"1", "ignores it"}, {"0", "is one for KHO scratch memory", true}},
     &Dialect::scratch_flag_filters},
    {"S16",
     "An allocation from plain memory after memblock_set_kho_scratch_only() and memblock_free_all()",
     kho,
     "memblock_add(0, 1M)\nmemblock_set_kho_scratch_only()\nmemblock_free_all()\nmemblock_phys_alloc(4K, 4K)",
     result,
     {{"0x0", "fails still"}, {"0xff000", "succeeds", true}},
     &Dialect::free_all_ends_scratch_only},
    {"S18",
     "With HIGHMEM, memblock_free_all()",
     MBLAB_CONFIG_highmem,
     "memblock_add(0, 48K)\nworld_max_low_pfn(8)\nmemblock_free_all()",
     effects(MBLAB_EFFECT_page_to_buddy),
     {{"1", "gives nothing above max_low_pfn"}, {"2", "gives what lies above max_low_pfn, too", true}},
     &Dialect::free_all_reaches_highmem},
    {"S20",
     "reserve_mem_release_by_name() with ARCH_KEEP_MEMBLOCK",
     keep,
     "memblock_add(0, 1M)\nearly_param(\"reserve_mem=4K:4K:a\")\nreserve_mem_release_by_name(\"a\")",
     {Of::regions, reserved},
     {{"0", "takes the reservation back", true}, {"1", "does not exist, or leaves it"}},
     &Dialect::freed_area_is_unreserved},
    {"S21",
     "reserve_mem= with a value that cannot be read",
     any,
     "early_param(\"reserve_mem=0:1:b\")",
     message,
     {{"", "says nothing"}, {"reserve_mem:", "is refused with a message"}}},
    {"S21b",
     "The ninth reserve_mem=",
     any,
     "memblock_add(0, 1M)\nearly_param(\"reserve_mem=4K:4K:a\")\nearly_param(\"reserve_mem=4K:4K:b\")\n"
     "early_param(\"reserve_mem=4K:4K:c\")\nearly_param(\"reserve_mem=4K:4K:d\")\n"
     "early_param(\"reserve_mem=4K:4K:e\")\nearly_param(\"reserve_mem=4K:4K:f\")\n"
     "early_param(\"reserve_mem=4K:4K:g\")\nearly_param(\"reserve_mem=4K:4K:h\")\n"
     "early_param(\"reserve_mem=4K:4K:i\")",
     message,
     {{"", "says nothing"}, {"reserve_mem:", "is refused with a message"}}},
    {"S21c",
     "reserve_mem= with a name that was used",
     any,
     "memblock_add(0, 1M)\nearly_param(\"reserve_mem=4K:4K:a\")\nearly_param(\"reserve_mem=4K:4K:a\")",
     message,
     {{"", "says nothing"}, {"reserve_mem:", "is refused with a message"}}},
    {"S21d",
     "reserve_mem= for which there is no memory",
     any,
     "early_param(\"reserve_mem=4K:4K:a\")",
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
    {"S25",
     "After memblock_free_all() a reservation beside an allocation",
     any,
     "memblock_add_node(0, 1M, 0, MEMBLOCK_NONE)\nmemblock_phys_alloc(4K, 4K)\nmemblock_reserve(0xfe000, 4K)\n"
     "memblock_free_all()",
     {Of::regions, reserved},
     {{"1", "is joined with it"}, {"2", "stays apart"}}},
    {"S28",
     "A named reservation that was released",
     any,
     "memblock_add(0, 1M)\nearly_param(\"reserve_mem=4K:4K:a\")\nreserve_mem_release_by_name(\"a\")\n"
     "reserve_mem_find_by_name(\"a\")",
     result,
     {{"0x0", "is not found"}, {"0x1", "is found: nothing releases it"}, {"absent", "does not exist"}}},
    {"S29",
     "Of an allocation for node 1 memblock_dump_all() shows",
     numa,
     "early_param(\"memblock=debug\")\nmemblock_add_node(0, 1M, 1, MEMBLOCK_NONE)\nmemblock_alloc_node(4K, 4K, 1)\n"
     "memblock_dump_all()",
     {Of::attributes, reserved, 0},
     {{"flags: 0x0", "neither node nor flag"}, {"on node 1 flags: 0x20", "node and flag"}}},
    {"S30",
     "The old reserved array, when it grows after the slab came up,",
     any,
     "memblock_add(0, 64M)\nmemblock_allow_resize()\nfill reserved\nmemblock_reserve(32M, 4K)\nrefill "
     "reserved\nworld_slab(1)\n"
     "memblock_reserve(48M, 4K)",
     effects(MBLAB_EFFECT_page_to_buddy),
     {{"0", "stays with memblock"}, {"1", "goes to the buddy allocator"}}},
};

/// What follows the size in the line of memblock_dump_all() that has this.
std::string attributes_of_line(const Outcome &outcome, std::string_view wanted)
{
    constexpr std::string_view size_ends = " bytes ";
    for (const Effect &effect : outcome.effect_list()) {
        const std::string_view line = outcome.text_of(effect);
        if (const size_t at = line.find(size_ends); at != line.npos && line.find(wanted) != line.npos)
            return std::string(line.substr(at + size_ends.size(), line.find('\n') - at - size_ends.size()));
    }
    return "no line";
}

std::string read(const Probe &probe, const Outcome &outcome)
{
    const Regions regions = outcome.regions(probe.type);
    const size_t index = probe.index == Probe::last ? regions.size() - 1 : probe.index;
    const Region *region = index < regions.size() && regions[index].size ? &regions[index] : nullptr;
    const auto has_kind = [&](const Effect &effect) { return effect.kind == probe.effect; };
    const std::span<const Effect> list = outcome.effect_list();
    const auto first = std::find_if(list.begin(), list.end(), has_kind);
    const std::string_view text = first == list.end() ? std::string_view() : outcome.text_of(*first);
    if (outcome.result.exit == MBLAB_FAULT)
        return std::string(exit_name(outcome.result.exit)); // no kernel means that
    switch (probe.of) {
    case Of::result:
        if (outcome.result.exit != MBLAB_RETURNED || outcome.result.count == 0)
            return std::string(exit_name(outcome.result.exit));
        return fmt::format("{:#x}", outcome.result.value[0]);
    case Of::regions:
        return std::to_string(regions.size());
    case Of::flags:
        return region ? fmt::format("{:#x}", region->flags) : "no region";
    case Of::node:
        return region ? std::to_string(region->nid) : "no region";
    case Of::effects:
        return std::to_string(std::count_if(list.begin(), list.end(), has_kind));
    case Of::third:
        return first == list.end() ? "no effect" : std::to_string(static_cast<int64_t>(first->c));
    case Of::message:
        return std::string(text.substr(0, text.find(' ')));
    case Of::last_word: {
        const std::string_view line = text.substr(0, text.find_last_not_of(" \n") + 1);
        const std::string_view word = line.substr(line.rfind(' ') + 1);
        return word.starts_with("0x") ? "" : std::string(word); // a line may end in its range
    }
    case Of::attributes:
        return attributes_of_line(outcome, fmt::format("{}[{:#x}]", type_name(probe.type), probe.index));
    }
    return {};
}

/// One call for each of so many regions, no two of which touch, from the address on.
std::string calls(std::string_view function, uint64_t count, uint64_t from)
{
    std::string text;
    for (uint64_t i = 0; i < count; i++)
        text += fmt::format("{}({:#x}, 4K)\n", function, from + i * 0x2000);
    return text;
}

} // namespace

std::span<const Trait> traits()
{
    return rows;
}

Trace witness_of(const Trait &trait, const Variant &variant)
{
    constexpr uint64_t first = 0x10000, second = 0x2100000;
    constexpr std::string_view max_numnodes = "MAX_NUMNODES";
    std::string text;
    each_line(trait.witness, [&](std::string_view line) {
        if (line == "fill memory")
            text += calls("memblock_add", variant.memory_regions, first);
        else if (line == "fill reserved")
            text += calls("memblock_reserve", variant.reserved_regions, first);
        else if (line == "refill reserved") // one region made it grow, and one is its own storage
            text += calls("memblock_reserve", variant.reserved_regions - 2, second);
        else
            text.append(line) += '\n';
    });
    if (const size_t at = text.find(max_numnodes); at != text.npos)
        text.replace(at, max_numnodes.size(), std::to_string(variant.max_nodes));
    return parse_trace(text, trait.id);
}

std::string Answers::meaning(size_t trait) const
{
    if (!answers_[trait])
        return "-";
    for (const Answer &known : rows[trait].answers)
        if (known.value == *answers_[trait])
            return std::string(known.meaning);
    return fmt::format("\"{}\"", *answers_[trait]);
}

std::vector<size_t> Answers::undescribed() const
{
    std::vector<size_t> found;
    for (size_t i = 0; i < answers_.size(); i++)
        if (meaning(i).starts_with('"'))
            found.push_back(i);
    return found;
}

Dialect Answers::dialect() const
{
    Dialect dialect;
    dialect.functions = functions_;
    for (size_t i = 0; i < answers_.size(); i++)
        for (const Answer &known : rows[i].answers)
            if (rows[i].member && answers_[i] == known.value)
                dialect.*rows[i].member = known.says;
    return dialect;
}

std::optional<std::string> ask(Engine &engine, size_t trait)
{
    const Trait &asked = rows[trait];
    if ((engine.variant().config & asked.needs) != asked.needs)
        return std::nullopt;
    engine.reset();
    std::string last;
    for (const Step &step : witness_of(asked, engine.variant()).steps)
        last = read(asked.probe, engine.run(step.op));
    engine.reset();
    return last;
}

std::bitset<256> functions_of(const Engine &engine)
{
    std::bitset<256> functions;
    for (uint16_t kind = 0; kind < MBLAB_OP_COUNT; kind++)
        functions[kind] = engine.has(kind);
    return functions;
}

Answers ask(Engine &engine)
{
    std::vector<std::optional<std::string>> answers;
    for (size_t i = 0; i < std::size(rows); i++)
        answers.push_back(ask(engine, i));
    return Answers(std::move(answers), functions_of(engine));
}

} // namespace mblab
