// SPDX-License-Identifier: GPL-2.0-or-later
// Where an allocation may be. Which of these places it has to be is for the model to say.
#include "core/oracle/laws/call.hpp"

#include <bit>

namespace mblab::law {
namespace {

constexpr std::string_view range_source = "mm/memblock.c, kernel-doc of memblock_alloc_range_nid()";
constexpr std::string_view find_source = "mm/memblock.c, kernel-doc of memblock_find_in_range_node()";
constexpr std::string_view flags_source = "include/linux/memblock.h, kernel-doc of enum memblock_flags";

/// An allocation that memblock itself made.
bool is_placed(const Call &call)
{
    return !call.request.from_slab && call.value() != 0;
}

Interval block(const Call &call)
{
    return {call.value(), call.value() + call.request.size};
}

Verdict aligned(const Call &call)
{
    if (!is_placed(call) || !std::has_single_bit(call.request.align))
        return not_applicable;
    return is_aligned(call.value(), call.request.align);
}

Verdict in_range(const Call &call)
{
    if (!is_placed(call))
        return not_applicable;
    const Request &request = call.request;
    const uint64_t start = std::max(request.drops_start ? 0 : request.start, page_size);
    const bool inside =
        call.value() >= start && request.size <= call.before.top() - call.value() && block(call).end <= request.end;
    return inside ? holds : violated("{:#x} is outside {:#x}-{:#x}", call.value(), start, request.end);
}

Verdict in_memory(const Call &call)
{
    return is_placed(call) ? was_memory(call, block(call)) : not_applicable;
}

Verdict was_free(const Call &call)
{
    return is_placed(call) ? was_unreserved(call, block(call)) : not_applicable;
}

Verdict is_reserved(const Call &call)
{
    if (!is_placed(call))
        return not_applicable;
    const Regions reserved = call.new_regions(MBLAB_TYPE_reserved);
    return region_at(reserved, call.value()) && covers(reserved, block(call))
               ? holds
               : violated("{:#x}, of {:#x} bytes, is not reserved", call.value(), call.request.size);
}

/// Every region that the block touches fits.
template <typename Fits> Verdict lies_where(const Call &call, Fits fits)
{
    const Regions memory = call.old_regions(MBLAB_TYPE_memory);
    const Interval taken = block(call);
    for (size_t i = first_ending_above(memory, taken.start); i < memory.size() && memory[i].base < taken.end; i++)
        if (!fits(memory[i]))
            return violated("{:#x} is in memory with flags {:#x}", call.value(), memory[i].flags);
    return holds;
}

/// No byte of the block lies in a region with the flag.
template <uint32_t flag> Verdict avoids(const Call &call)
{
    if (!is_placed(call) || block(call).empty() || (flag == flag_hotplug && !call.before.movable_node))
        return not_applicable;
    return lies_where(call, [](const Region &region) { return !(region.flags & flag); });
}

Verdict scratch_only(const Call &call)
{
    if (!is_placed(call) || block(call).empty() || !call.before.scratch_only)
        return not_applicable;
    return lies_where(call, [](const Region &region) { return (region.flags & flag_kho_scratch) != 0; });
}

Verdict out_of_scratch(const Call &call)
{
    if (!is_placed(call))
        return not_applicable;
    for (const Interval &scratch : call.before.kho_scratch)
        if (scratch.overlaps(block(call)))
            return violated("{:#x} overlaps scratch memory at {:#x}", call.value(), scratch.start);
    return holds;
}

/// The node that a plain reservation has, for which nobody asked.
int32_t plain_node(const Call &call)
{
    return call.before.is_numa() && call.before.dialect.reserve_has_no_node ? -1 : call.before.no_node();
}

Verdict attributes(const Call &call)
{
    if (!is_placed(call) || block(call).empty())
        return not_applicable;
    const Dialect &dialect = call.before.dialect;
    uint32_t flags = dialect.alloc_marks_kern ? uint32_t{flag_kern} : 0;
    if (is<ops::memblock_alloc_hugetlb>(call.op))
        flags |= flag_hugetlb;
    const Region *made = region_at(call.new_regions(MBLAB_TYPE_reserved), call.value());
    if (made && made->flags != flags)
        return violated("{:#x} is reserved with flags {:#x}, not {:#x}", call.value(), made->flags, flags);
    const bool of_request = call.before.is_numa() && dialect.alloc_keeps_node && made && made->nid == call.request.nid;
    return !made || of_request || made->nid == plain_node(call)
               ? holds
               : violated("{:#x} is reserved on node {}", call.value(), static_cast<uint64_t>(made->nid));
}

Verdict never_null(const Call &call)
{
    return call.value() ? holds : violated("returns NULL for {:#x} bytes", call.request.size);
}

Verdict from_slab(const Call &call)
{
    if (!call.slab_is_up() || (!call.request.from_slab && !is<ops::memblock_alloc_hugetlb>(call.op)))
        return not_applicable;
    uint64_t given = 0;
    for (const Effect &effect : call.outcome.effect_list()) {
        if (effect.kind != MBLAB_EFFECT_kzalloc_node)
            continue;
        const uint64_t size = call.request.size & call.before.word_max(); // a size_t
        if (effect.b != size || static_cast<int32_t>(effect.c) != call.request.nid)
            return violated("slab was asked for {:#x} bytes on node {:#x}", effect.b, effect.c);
        given = effect.a;
    }
    return given == call.value() ? holds : violated("{:#x} is returned, slab gave {:#x}", call.value(), given);
}

Verdict exact(const Call &call)
{
    if (!call.request.exact_nid || !is_placed(call) || !call.before.is_valid_node(call.request.nid))
        return not_applicable;
    const Region *region = region_at(call.old_regions(MBLAB_TYPE_memory), call.value());
    return region && region->nid == call.request.nid
               ? holds
               : violated("{:#x} is not on node {}", call.value(), static_cast<uint64_t>(call.request.nid));
}

constexpr Law table[] = {
    {"placement.aligned", "An allocated block begins at a multiple of its alignment, which is a cache line for 0.",
     find_source, in_family<Family::alloc>, aligned},
    {"placement.in-range",
     "An allocated block lies between the bounds that were given, below the current limit where the upper bound asks "
     "for it, and never in the first page.",
     range_source, in_family<Family::alloc>, in_range},
    {"placement.in-memory", "An allocated block is memory.", range_source, in_family<Family::alloc>, in_memory},
    {"placement.free", "No byte of an allocated block was reserved before.", find_source, in_family<Family::alloc>,
     was_free},
    {"placement.reserved", "The block that an allocation returns is reserved afterwards.", range_source,
     in_family<Family::alloc>, is_reserved},
    {"placement.mapped", "No allocation comes from NOMAP memory.", flags_source, in_family<Family::alloc>,
     avoids<flag_nomap>},
    {"placement.driver-managed", "No allocation comes from driver-managed memory.",
     "include/linux/memblock.h, kernel-doc of enum memblock_flags; commit f7892d8e288d (MEMBLOCK_DRIVER_MANAGED)",
     in_family<Family::alloc>, avoids<flag_driver_managed>},
    {"placement.hotplug", "With movable_node, no allocation comes from hotpluggable memory.", flags_source,
     in_family<Family::alloc>, avoids<flag_hotplug>},
    {"placement.kho-only",
     "From memblock_set_kho_scratch_only() on, until memblock_free_all(), allocations come from KHO scratch memory "
     "alone.",
     flags_source, in_family<Family::alloc>, scratch_only},
    {"placement.hugetlb-preservable",
     "Memory for huge pages does not overlap scratch memory of a kexec handover: it can be preserved.",
     "mm/memblock.c, memblock_alloc_hugetlb(): no preserved memory can be in scratch",
     only<ops::memblock_alloc_hugetlb>, out_of_scratch},
    {"placement.hugetlb-unmirrored", "Memory for huge pages is not mirrored.",
     "mm/memblock.c, kernel-doc of memblock_alloc_hugetlb(): mirrored memory is not used",
     only<ops::memblock_alloc_hugetlb>, avoids<flag_mirror>},
    {"placement.attributes",
     "An allocated block is reserved with MEMBLOCK_RSRV_KERN, for huge pages with MEMBLOCK_RSRV_HUGETLB as well, and "
     "on the node that was asked for or on none; in kernels without these marks, with no attributes at all.",
     "include/linux/memblock.h, kernel-doc of enum memblock_flags: all memblock allocations set this flag",
     in_family<Family::alloc>, attributes},
    {"placement.or-panic", "memblock_alloc_or_panic() returns no NULL pointer.",
     "mm/memblock.c, kernel-doc of __memblock_alloc_or_panic()", only<ops::memblock_alloc_or_panic>, never_null},
    {"placement.slab", "Once the slab is up it serves the allocation, for the same size and node.",
     "mm/memblock.c, memblock_alloc_range_nid(): use of memblock after slab is ready is an accident",
     in_family<Family::alloc>, from_slab},
    {"node.exact", "An allocation for exactly one node never comes from another.", range_source,
     in_family<Family::alloc>, exact},
};

} // namespace

std::span<const Law> placement_laws()
{
    return table;
}

} // namespace mblab::law
