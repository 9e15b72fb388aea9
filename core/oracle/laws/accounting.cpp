// SPDX-License-Identifier: GPL-2.0-or-later
// Sizes, counted: what memblock keeps as sums is the sum, and a limit leaves what it says.
#include "core/oracle/laws/call.hpp"
#include "core/state/numbers.hpp"

namespace mblab::law {
namespace {

constexpr std::string_view type_doc = "include/linux/memblock.h, kernel-doc of struct memblock_type";
constexpr std::string_view mem_source =
    "Documentation/admin-guide/kernel-parameters.txt, mem=; mm/memblock.c, DOC: memblock overview";

/// A surplus that a known issue explained once is carried along; any other difference is a violation.
Verdict total(const Call &call)
{
    for (size_t type = 0; type < call.type_count(); type++) {
        const uint64_t now = call.outcome.state.type[type].total_size, sum = call.shapes[type].sum;
        if (now != sum && now != ((sum + call.surplus[type]) & call.before.top()))
            return violated(is_below_zero(now, sum) ? "type {}: total_size is -{:#x}, the regions sum up to {:#x}"
                                                    : "type {}: total_size is {:#x}, the regions sum up to {:#x}",
                            type, is_below_zero(now, sum) ? 0 - now : now, sum);
    }
    return holds;
}

Verdict reported_size(const Call &call)
{
    const bool memory = is<ops::memblock_phys_mem_size>(call.op);
    const uint64_t sum = call.shapes[memory ? MBLAB_TYPE_memory : MBLAB_TYPE_reserved].sum;
    return call.value() == sum ? holds : violated("{:#x} reported, the regions sum up to {:#x}", call.value(), sum);
}

Verdict estimate(const Call &call)
{
    const uint64_t memory = call.shapes[MBLAB_TYPE_memory].sum, used = used_by_estimate(call);
    const uint64_t pages = memory > used ? (memory - used) / page_size : 0;
    return call.value() == pages
               ? holds
               : violated("{} pages estimated; memory is {:#x}, used {:#x}", call.value(), memory, used);
}

/// How much of the interval is memory of the node.
uint64_t size_on_node(Regions memory, const Interval &interval, int32_t nid)
{
    uint64_t sum = 0;
    for (size_t i = first_ending_above(memory, interval.start); i < memory.size() && memory[i].base < interval.end; i++)
        if (memory[i].nid == nid)
            sum += Interval{std::max(memory[i].base, interval.start), std::min(end_of(memory[i]), interval.end)}.size();
    return sum;
}

Verdict reported_flag_sum(const Call &call)
{
    const uint64_t sum = flag_sum(call, NodeOf::memory);
    return call.value() == sum ? holds
                               : violated("{:#x} is reported, {:#x} is reserved with that mark", call.value(), sum);
}

uint64_t limit_of(const Call &call)
{
    const bool enforces = is<ops::memblock_enforce_memory_limit>(call.op);
    return call.before.top() & (enforces ? ops::memblock_enforce_memory_limit::of(call.op).limit
                                         : ops::memblock_mem_limit_remove_map::of(call.op).limit);
}

/// The address below which the lowest limit bytes of memory lie; never when memory has fewer.
uint64_t limit_to_address(Regions memory, uint64_t limit)
{
    for (const Region &region : memory) {
        if (limit <= region.size)
            return region.base + limit;
        limit -= region.size;
    }
    return never;
}

/// What is left is what was asked for, or all there was.
Verdict amount(const Call &call)
{
    const uint64_t limit = limit_of(call);
    const uint64_t had = total_size(call.old_regions(MBLAB_TYPE_memory)), left = call.shapes[MBLAB_TYPE_memory].sum;
    if (call.cut_short())
        return not_applicable;
    return left == (limit ? std::min(limit, had) : had) ? holds
                                                        : violated("{:#x} bytes of memory left of {:#x}", left, had);
}

/// The regions as far as they lie in the interval.
RegionSet within(Regions regions, Interval interval)
{
    RegionSet set;
    set.load(regions, 0);
    set.remove({0, interval.start});
    set.remove({interval.end, never});
    return set;
}

Verdict kept(const Call &call)
{
    const Interval kept = kept_by_limit(call);
    if (call.cut_short() || !call.doublings.empty())
        return not_applicable;
    for (const mblab_type type : {MBLAB_TYPE_memory, MBLAB_TYPE_reserved})
        if (call.regions_changed[type] &&
            !same_set(within(call.old_regions(type), kept), within(call.new_regions(type), kept)))
            return violated("type {} changes in {:#x}-{:#x}, which is kept", type, kept.start, kept.end);
    return holds;
}

constexpr Law table[] = {
    {"accounting.total", "total_size of an array is the sum of the sizes of its regions.", type_doc, every_op, total,
     Occasion::change},
    {"accounting.reported", "memblock_phys_mem_size() and memblock_reserved_size() are the sums over their arrays.",
     type_doc, // what they return is total_size
     only<ops::memblock_phys_mem_size, ops::memblock_reserved_size>, reported_size},
    {"accounting.estimate",
     "The estimate of free pages is memory minus reservations or, where reservations are marked, minus what the kernel "
     "allocated, in pages; 0 where that is negative.",
     "mm/memblock.c, kernel-doc of memblock_estimated_nr_free_pages()", only<ops::memblock_estimated_nr_free_pages>,
     estimate},
    {"accounting.flag-sums",
     "memblock_reserved_kern_size() and memblock_reserved_hugetlb_size() are the bytes below the limit that are "
     "reserved for that purpose, on the node if one is named.",
     "include/linux/memblock.h, kernel-doc of enum memblock_flags; commit 4c78cc596bb8 (MEMBLOCK_RSRV_KERN)",
     only<ops::memblock_reserved_kern_size, ops::memblock_reserved_hugetlb_size>, reported_flag_sum},
    {"limits.amount", "Enforcing a limit leaves exactly that much memory, or all of it if there is less.", mem_source,
     only<ops::memblock_enforce_memory_limit>, amount},
    {"limits.kept",
     "A limit changes nothing below it, and a cap nothing in its range, neither memory nor reservations. A limit or "
     "size of 0 changes nothing at all, nor does a limit, or in newer kernels a cap, without memory.",
     mem_source,
     only<ops::memblock_enforce_memory_limit, ops::memblock_cap_memory_range, ops::memblock_mem_limit_remove_map>,
     kept},
};

} // namespace

uint64_t used_by_estimate(const Call &call)
{
    if (!call.before.dialect.estimate_counts_kern)
        return call.shapes[MBLAB_TYPE_reserved].sum;
    uint64_t sum = 0;
    for (const Region &region : call.old_regions(MBLAB_TYPE_reserved))
        sum += region.flags & flag_kern ? region.size : 0;
    return sum;
}

uint64_t flag_sum(const Call &call, NodeOf node_of)
{
    const bool huge = is<ops::memblock_reserved_hugetlb_size>(call.op);
    const uint32_t flag = huge ? flag_hugetlb : flag_kern;
    ops::memblock_reserved_kern_size asked{};
    if (huge)
        asked = {ops::memblock_reserved_hugetlb_size::of(call.op).limit,
                 ops::memblock_reserved_hugetlb_size::of(call.op).nid};
    else
        asked = ops::memblock_reserved_kern_size::of(call.op);
    const bool any_node = !call.before.is_valid_node(asked.nid);
    uint64_t sum = 0;
    for (const Region &region : call.old_regions(MBLAB_TYPE_reserved)) {
        const Interval part{region.base, std::min(end_of(region), asked.limit & call.before.top())};
        if (!(region.flags & flag) || part.empty())
            continue;
        if (any_node || (node_of == NodeOf::reservation && region.nid == asked.nid))
            sum += part.size();
        else if (node_of == NodeOf::memory)
            sum += size_on_node(call.old_regions(MBLAB_TYPE_memory), part, asked.nid);
    }
    return sum;
}

Interval kept_by_limit(const Call &call)
{
    const Regions memory = call.old_regions(MBLAB_TYPE_memory);
    const bool caps = !memory.empty() || !call.before.dialect.cap_needs_memory;
    if (is<ops::memblock_cap_memory_range>(call.op) && call.named().size && caps)
        return call.range();
    if (only<ops::memblock_enforce_memory_limit, ops::memblock_mem_limit_remove_map>(call.op.kind) && limit_of(call))
        return {0, limit_to_address(memory, limit_of(call))};
    return {0, never};
}

std::span<const Law> accounting_laws()
{
    return table;
}

} // namespace mblab::law
