// SPDX-License-Identifier: GPL-2.0-or-later
// Where an allocation may be, and that no better place was passed over.
#include "core/oracle/laws/checks.hpp"

namespace mblab::contract {
namespace {

constexpr std::string_view range_source = "mm/memblock.c, kernel-doc of memblock_alloc_range_nid()";
constexpr std::string_view internal_source = "mm/memblock.c, kernel-doc of memblock_alloc_internal()";
constexpr std::string_view find_source = "mm/memblock.c, kernel-doc of memblock_find_in_range_node()";
constexpr std::string_view flags_source = "include/linux/memblock.h, kernel-doc of enum memblock_flags";

/// An allocation that memblock itself made.
bool placed(const Context &context)
{
    return context.facts.slab == MBLAB_SLAB_DOWN && context.value() != 0;
}

Range block(const Context &context)
{
    return {context.value(), context.value() + context.request.size};
}

/// Which place was best can be said when the alignment is one and no array was in the way of taking it.
bool decided(const Context &context)
{
    return context.facts.slab == MBLAB_SLAB_DOWN && context.request.size && is_power_of_two(context.request.align) &&
           !context.cut_short();
}

Verdict aligned(Context &context)
{
    if (!placed(context) || !is_power_of_two(context.request.align))
        return Verdict::not_applicable;
    return context.value() % context.request.align == 0
               ? Verdict::holds
               : context.broken("{:#x} is not aligned to {:#x}", context.value(), context.request.align);
}

Verdict in_range(Context &context)
{
    if (!placed(context))
        return Verdict::not_applicable;
    const Request &request = context.request;
    const uint64_t start = std::max(request.drops_start ? 0 : request.start, page_size);
    const bool inside = context.value() >= start && request.size <= context.phys_max() - context.value() &&
                        block(context).end <= request.end;
    return inside ? Verdict::holds
                  : context.broken("{:#x} is outside {:#x}-{:#x}", context.value(), start, request.end);
}

Verdict in_memory(Context &context)
{
    if (!placed(context))
        return Verdict::not_applicable;
    return covers(context.old_regions(MBLAB_TYPE_memory), block(context))
               ? Verdict::holds
               : context.broken("{:#x}-{:#x} is not all memory", block(context).start, block(context).end);
}

Verdict was_free(Context &context)
{
    if (!placed(context))
        return Verdict::not_applicable;
    return touches(context.old_regions(MBLAB_TYPE_reserved), block(context))
               ? context.broken("{:#x}-{:#x} was reserved already", block(context).start, block(context).end)
               : Verdict::holds;
}

Verdict is_reserved(Context &context)
{
    if (!placed(context))
        return Verdict::not_applicable;
    return region_at(context.new_regions(MBLAB_TYPE_reserved), context.value()) &&
                   covers(context.new_regions(MBLAB_TYPE_reserved), block(context))
               ? Verdict::holds
               : context.broken("{:#x}, of {:#x} bytes, is not reserved", context.value(), context.request.size);
}

/// No byte of the block lies in a region with one of these flags.
Verdict avoids(Context &context, uint32_t flags)
{
    if (!placed(context) || block(context).empty())
        return Verdict::not_applicable;
    const Regions memory = context.old_regions(MBLAB_TYPE_memory);
    const Range taken = block(context);
    for (size_t i = first_ending_above(memory, taken.start); i < memory.size() && memory[i].base < taken.end; i++)
        if (memory[i].flags & flags)
            return context.broken("{:#x} is in memory with flags {:#x}", context.value(), memory[i].flags);
    return Verdict::holds;
}

Verdict mapped(Context &context)
{
    return avoids(context, flag_nomap);
}

Verdict not_driver_managed(Context &context)
{
    return avoids(context, flag_driver_managed);
}

Verdict not_hotplug(Context &context)
{
    return context.facts.movable_node ? avoids(context, flag_hotplug) : Verdict::not_applicable;
}

/// The block is one that the attempt with this index may take.
bool taken_by(const Context &context, size_t index)
{
    const Attempt attempt = context.attempt(index);
    const Region *region = region_at(context.old_regions(MBLAB_TYPE_memory), context.value());
    return region && attempt.window.contains(context.value()) && lawful(context, attempt, *region);
}

Verdict mirror_first(Context &context)
{
    if (!context.facts.has_mirror || !placed(context) || !decided(context))
        return Verdict::not_applicable;
    const Search &search = context.search();
    if (search.found_by == search.attempts || !context.attempt(search.found_by).mirror)
        return Verdict::holds;
    const Region *region = region_at(context.old_regions(MBLAB_TYPE_memory), context.value());
    return region && (region->flags & flag_mirror)
               ? Verdict::holds
               : context.broken("{:#x} is not mirrored; {:#x} is, and is free", context.value(), search.addr);
}

Verdict lower_bound_first(Context &context)
{
    if (!context.request.drops_start || !placed(context) || !decided(context))
        return Verdict::not_applicable;
    const Search &search = context.search();
    const bool could = search.found_by < search.attempts / 2;
    return !could || context.value() >= context.request.start
               ? Verdict::holds
               : context.broken("{:#x} is below {:#x}; {:#x} is not", context.value(), context.request.start,
                                search.addr);
}

/// The best place of the first attempt that has one.
Verdict best(Context &context, bool bottom_up)
{
    if (context.old_bottom_up != bottom_up || !placed(context) || !decided(context))
        return Verdict::not_applicable;
    const Search &search = context.search();
    if (search.addr == context.value())
        return Verdict::holds;
    if (search.found_by < search.attempts && !taken_by(context, search.found_by))
        return Verdict::not_applicable; // other contracts say which memory comes first
    return context.broken("{:#x} is returned; {:#x} was to be had", context.value(), search.addr);
}

Verdict highest(Context &context)
{
    return best(context, false);
}

Verdict lowest(Context &context)
{
    return best(context, true);
}

Verdict failure(Context &context)
{
    if (context.value() || !decided(context))
        return Verdict::not_applicable;
    const Search &search = context.search();
    return search.addr == 0 ? Verdict::holds : context.broken("fails, though {:#x} was to be had", search.addr);
}

Verdict from_slab(Context &context)
{
    if (context.facts.slab == MBLAB_SLAB_DOWN)
        return Verdict::not_applicable;
    uint64_t given = 0;
    for (const Effect &effect : context.outcome().effect_list()) {
        if (effect.kind != MBLAB_EFFECT_kzalloc_node)
            continue;
        if (effect.b != context.request.size || static_cast<int32_t>(effect.c) != context.request.nid)
            return context.broken("slab was asked for {:#x} bytes on node {:#x}", effect.b, effect.c);
        given = effect.a;
    }
    return given == context.value() ? Verdict::holds
                                    : context.broken("{:#x} is returned, slab gave {:#x}", context.value(), given);
}

constexpr Contract table[] = {
    {"placement.aligned", "An allocated block begins at a multiple of its alignment, which is a cache line for 0.",
     find_source, in_family<Family::alloc>, aligned},
    {"placement.in-range",
     "An allocated block lies between the bounds that were given, below the current limit where the upper bound asks "
     "for "
     "it, and never in the first page.",
     range_source, in_family<Family::alloc>, in_range},
    {"placement.in-memory", "An allocated block is memory.", range_source, in_family<Family::alloc>, in_memory},
    {"placement.free", "No byte of an allocated block was reserved before.", find_source, in_family<Family::alloc>,
     was_free},
    {"placement.reserved", "The block that an allocation returns is reserved afterwards.", range_source,
     in_family<Family::alloc>, is_reserved},
    {"placement.mapped", "No allocation comes from NOMAP memory.", flags_source, in_family<Family::alloc>, mapped},
    {"placement.driver-managed", "No allocation comes from driver-managed memory.",
     "include/linux/memblock.h, kernel-doc of enum memblock_flags; commit f7892d8e288d (MEMBLOCK_DRIVER_MANAGED)",
     in_family<Family::alloc>, not_driver_managed},
    {"placement.hotplug", "With movable_node, no allocation comes from hotpluggable memory.", flags_source,
     in_family<Family::alloc>, not_hotplug},
    {"placement.mirror-first", "On a machine with mirrored memory, a block comes from there when it fits there.",
     range_source, in_family<Family::alloc>, mirror_first},
    {"placement.lower-bound-first",
     "The functions that return pointers go below their lower bound only when nothing fits above it.", internal_source,
     in_family<Family::alloc>, lower_bound_first},
    {"placement.highest", "Top-down, no higher place in the memory that comes first would have done.",
     "mm/memblock.c, kernel-doc of __memblock_find_range_top_down()", in_family<Family::alloc>, highest},
    {"placement.lowest", "Bottom-up, no lower place in the memory that comes first would have done.",
     "mm/memblock.c, kernel-doc of __memblock_find_range_bottom_up()", in_family<Family::alloc>, lowest},
    {"placement.failure",
     "An allocation fails only when no memory region that it may use has a free stretch of that size and alignment.",
     range_source, in_family<Family::alloc>, failure},
    {"placement.slab", "Once the slab is up it serves the allocation, for the same size and node.",
     "mm/memblock.c, memblock_alloc_range_nid(): use of memblock after slab is ready is an accident",
     in_family<Family::alloc>, from_slab},
};

// ---- node: which node an allocation comes from ----

Verdict exact(Context &context)
{
    if (!context.request.exact_nid || !placed(context) || !context.valid_node(context.request.nid))
        return Verdict::not_applicable;
    const Region *region = region_at(context.old_regions(MBLAB_TYPE_memory), context.value());
    return region && region->nid == context.request.nid
               ? Verdict::holds
               : context.broken("{:#x} is not on node {}", context.value(), static_cast<uint64_t>(context.request.nid));
}

Verdict node_first(Context &context)
{
    if (!context.valid_node(context.request.nid) || !placed(context) || !decided(context))
        return Verdict::not_applicable;
    const Search &search = context.search();
    if (search.found_by == search.attempts || !context.attempt(search.found_by).on_node)
        return Verdict::holds;
    const Region *region = region_at(context.old_regions(MBLAB_TYPE_memory), context.value());
    return region && region->nid == context.request.nid
               ? Verdict::holds
               : context.broken("{:#x} is not on node {}; {:#x} is, and is free", context.value(),
                                static_cast<uint64_t>(context.request.nid), search.addr);
}

/// Any number that is no node's asks for any node: the outcome is the one of NUMA_NO_NODE.
Verdict no_node(Context &context)
{
    constexpr int32_t numa_no_node = -1;
    const int32_t nid = context.request.nid;
    if (nid == numa_no_node || context.valid_node(nid) || !decided(context))
        return Verdict::not_applicable;
    const Search &search = context.search();
    return context.value() == search.addr
               ? Verdict::holds
               : context.broken("{:#x} is returned; {:#x} is what any node has to give", context.value(), search.addr);
}

Verdict order(Context &context)
{
    if (!placed(context) || !decided(context) || context.attempt_count() == 1)
        return Verdict::not_applicable;
    const Search &search = context.search();
    return search.found_by == search.attempts || taken_by(context, search.found_by)
               ? Verdict::holds
               : context.broken("{:#x} is not from attempt {}, which finds {:#x}", context.value(), search.found_by,
                                search.addr);
}

constexpr Contract node_table[] = {
    {"node.exact", "An allocation for exactly one node never comes from another.", range_source,
     in_family<Family::alloc>, exact},
    {"node.first", "An allocation for a node comes from there when it fits there, else from any node.",
     "mm/memblock.c, kernel-doc of memblock_alloc_range_nid(), memblock_phys_alloc_try_nid()", in_family<Family::alloc>,
     node_first},
    {"node.order",
     "Attempts come in one order: the node, any node; with mirrored memory both there first, then both anywhere; and "
     "last "
     "the same again without the lower bound.",
     internal_source, in_family<Family::alloc>, order},
    {"node.none", "A node that is negative, or not below MAX_NUMNODES, means any node.",
     "mm/memblock.c, kernel-doc: NUMA_NO_NODE for any node; commit 8043832e2a12 (memblock: use numa_valid_node())",
     in_family<Family::alloc>, no_node},
};

} // namespace

std::span<const Contract> placement_contracts()
{
    return table;
}

std::span<const Contract> node_contracts()
{
    return node_table;
}

} // namespace mblab::contract
