// SPDX-License-Identifier: GPL-2.0-or-later
// Each question, answered by the sets.
#include "core/oracle/laws/checks.hpp"

#include <cstring>

namespace mblab::contract {
namespace {

constexpr std::string_view helpers_source = "include/linux/memblock.h, memblock_region_*_pfn(), memblock_is_*()";

Verdict answers(Context &context, uint64_t expected)
{
    return context.value() == expected ? Verdict::holds
                                       : context.broken("answers {:#x}, not {:#x}", context.value(), expected);
}

Verdict address(Context &context)
{
    const uint64_t addr = context.phys(0);
    const Region *memory = region_at(context.old_regions(MBLAB_TYPE_memory), addr);
    switch (context.op().kind) {
    case MBLAB_OP_memblock_is_memory:
        return answers(context, memory != nullptr);
    case MBLAB_OP_memblock_is_map_memory:
        return answers(context, memory && !(memory->flags & flag_nomap));
    default:
        return answers(context, region_at(context.old_regions(MBLAB_TYPE_reserved), addr) != nullptr);
    }
}

/// An empty range is a subset of memory where its address is memory.
Verdict subset(Context &context)
{
    const Regions memory = context.old_regions(MBLAB_TYPE_memory);
    const Range range = context.range(0);
    return answers(context, region_at(memory, range.start) && covers(memory, range));
}

Verdict intersects(Context &context)
{
    const bool typed = context.op().kind == MBLAB_OP_memblock_overlaps_region;
    const uint64_t type = typed ? context.op().arg[0] : uint64_t{MBLAB_TYPE_reserved};
    if (!context.has_type(type))
        return Verdict::not_applicable;
    return answers(context, touches(context.old_regions(type), context.range(typed ? 1 : 0)));
}

Verdict overlap(Context &context)
{
    if (context.wraps(0) || context.wraps(2))
        return Verdict::not_applicable;
    return answers(context, context.range(0).touches(context.range(2)));
}

/// An address that wraps is another one: PFN_PHYS() of a frame that no phys_addr_t has is the caller's.
const Region *region_of_frame(const Context &context)
{
    const uint64_t addr = (context.op().arg[0] * page_size) & context.phys_max();
    return region_at(context.old_regions(MBLAB_TYPE_memory), addr);
}

bool frame_exists(const Context &context)
{
    return context.op().arg[0] <= context.phys_max() / page_size;
}

Verdict frame_node(Context &context)
{
    if (!frame_exists(context))
        return Verdict::not_applicable;
    const Region *region = region_of_frame(context);
    const int32_t node = region ? region->nid : -1;
    return static_cast<int32_t>(context.value()) == node
               ? Verdict::holds
               : context.broken("node {}, not {}", context.value(), static_cast<uint64_t>(node));
}

Verdict frame_range(Context &context)
{
    const Region *region = region_of_frame(context);
    if (!frame_exists(context) || !region)
        return Verdict::not_applicable;
    const uint64_t frame = context.op().arg[0];
    return context.value(1) <= frame && frame < context.value(2)
               ? Verdict::holds
               : context.broken("{:#x} is not in {:#x}-{:#x}", frame, context.value(1), context.value(2));
}

Verdict bounds(Context &context)
{
    const Regions memory = context.old_regions(MBLAB_TYPE_memory);
    if (memory.empty())
        return context.op().kind == MBLAB_OP_memblock_start_of_DRAM ? answers(context, 0) : Verdict::not_applicable;
    const bool start = context.op().kind == MBLAB_OP_memblock_start_of_DRAM;
    return answers(context, start ? memory.front().base : end_of(memory.back()));
}

Verdict numa_coverage(Context &context)
{
    uint64_t pages = 0;
    for (const Region &region : context.old_regions(MBLAB_TYPE_memory)) {
        const Range frames{pfn_up(region.base), pfn_down(end_of(region))};
        pages += context.valid_node(region.nid) ? 0 : frames.size();
    }
    return answers(context, pages <= context.op().arg[0] / page_size);
}

Verdict settings(Context &context)
{
    switch (context.op().kind) {
    case MBLAB_OP_memblock_has_mirror:
        return answers(context, context.facts.has_mirror);
    case MBLAB_OP_memblock_bottom_up:
        return answers(context, context.old_bottom_up);
    default:
        return answers(context, context.old_limit);
    }
}

uint64_t region_answer(const Context &context, const Region &region)
{
    switch (context.op().kind) {
    case MBLAB_OP_memblock_is_hotpluggable:
        return (region.flags & flag_hotplug) != 0;
    case MBLAB_OP_memblock_is_mirror:
        return (region.flags & flag_mirror) != 0;
    case MBLAB_OP_memblock_is_nomap:
        return (region.flags & flag_nomap) != 0;
    case MBLAB_OP_memblock_is_reserved_noinit:
        return (region.flags & flag_noinit) != 0;
    case MBLAB_OP_memblock_is_driver_managed:
        return (region.flags & flag_driver_managed) != 0;
    case MBLAB_OP_memblock_get_region_node:
        return static_cast<uint64_t>(int64_t{region.nid});
    case MBLAB_OP_memblock_set_region_node:
        return context.variant.has(MBLAB_CONFIG_numa) ? static_cast<uint64_t>(int64_t{context.nid(2)}) : 0;
    case MBLAB_OP_memblock_region_memory_base_pfn:
        return pfn_up(region.base);
    case MBLAB_OP_memblock_region_memory_end_pfn:
        return pfn_down(end_of(region));
    case MBLAB_OP_memblock_region_reserved_base_pfn:
        return pfn_down(region.base);
    default:
        return pfn_up(end_of(region));
    }
}

Verdict region(Context &context)
{
    const uint64_t type = context.op().arg[0], index = context.op().arg[1];
    if (!context.has_type(type) || index >= context.old_regions(type).size())
        return Verdict::not_applicable;
    return answers(context, region_answer(context, context.old_regions(type)[index]));
}

Verdict named(Context &context)
{
    for (const NamedRange &range : context.names) {
        if (!range.size || std::strcmp(range.name, context.op().text) != 0)
            continue;
        if (context.value(1) != (range.start & context.phys_max()) ||
            context.value(2) != (range.size & context.phys_max()))
            return context.broken("gives {:#x}, {:#x} bytes", context.value(1), context.value(2));
        return answers(context, 1);
    }
    return answers(context, 0);
}

constexpr Contract table[] = {
    {"queries.address", "An address is memory, mapped memory or reserved when it lies in such a region.",
     "mm/memblock.c, DOC: memblock overview",
     only<MBLAB_OP_memblock_is_memory, MBLAB_OP_memblock_is_map_memory, MBLAB_OP_memblock_is_reserved>, address},
    {"queries.region-memory", "A range is memory when all of it is.",
     "mm/memblock.c, kernel-doc of memblock_is_region_memory()", only<MBLAB_OP_memblock_is_region_memory>, subset},
    {"queries.region-reserved", "A range is reserved, or overlaps a type, when some address of it does.",
     "mm/memblock.c, kernel-doc of memblock_is_region_reserved()",
     only<MBLAB_OP_memblock_is_region_reserved, MBLAB_OP_memblock_overlaps_region>, intersects},
    {"queries.addrs-overlap", "Two ranges overlap when they share an address.",
     "mm/memblock.c, comment over memblock_addrs_overlap(): address comparison", only<MBLAB_OP_memblock_addrs_overlap>,
     overlap},
    {"queries.pfn-node",
     "A page frame has the node of the memory that its first byte is in, and none outside of memory.",
     "mm/mm_init.c, early_pfn_to_nid(), which asks memblock_search_pfn_nid()", only<MBLAB_OP_memblock_search_pfn_nid>,
     frame_node},
    {"queries.pfn-range", "A page frame that was found lies in the range of frames that comes with the answer.",
     "mm/mm_init.c, early_pfn_to_nid(), which keeps that range as a cache", only<MBLAB_OP_memblock_search_pfn_nid>,
     frame_range},
    {"queries.bounds", "DRAM starts where the lowest memory region starts, and ends where the highest one ends.",
     "mm/memblock.c, comment over memblock_start_of_DRAM(): lowest address",
     only<MBLAB_OP_memblock_start_of_DRAM, MBLAB_OP_memblock_end_of_DRAM>, bounds},
    {"queries.numa-coverage", "Coverage holds while the memory without a node does not exceed the threshold.",
     "mm/memblock.c, kernel-doc of memblock_validate_numa_coverage()", only<MBLAB_OP_memblock_validate_numa_coverage>,
     numa_coverage},
    {"queries.settings", "Limit, direction and the presence of mirrored memory are what was set last.",
     "include/linux/memblock.h, kernel-doc of memblock_set_current_limit(), memblock_bottom_up()",
     only<MBLAB_OP_memblock_has_mirror, MBLAB_OP_memblock_bottom_up, MBLAB_OP_memblock_get_current_limit>, settings},
    {"queries.region",
     "A region has the flags and node that it has; of memory only whole frames count, of reserved every frame touched.",
     helpers_source, in_family<Family::region>, region},
    {"queries.named", "A reservation by name is found, with its range, by that name and no other.",
     "mm/memblock.c, kernel-doc of reserve_mem_find_by_name()", only<MBLAB_OP_reserve_mem_find_by_name>, named},
};

} // namespace

std::span<const Contract> query_contracts()
{
    return table;
}

} // namespace mblab::contract
