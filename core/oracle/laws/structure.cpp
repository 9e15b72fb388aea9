// SPDX-License-Identifier: GPL-2.0-or-later
// What every array is at every moment, whatever was called.
#include "core/oracle/laws/call.hpp"

namespace mblab::law {
namespace {

constexpr std::string_view overview = "mm/memblock.c, DOC: memblock overview";
constexpr std::string_view type_doc = "include/linux/memblock.h, kernel-doc of struct memblock_type";
constexpr std::string_view doubling_doc = "mm/memblock.c, kernel-doc of memblock_double_array()";

/// A fact of the shape, for each array that changed.
template <bool Shape::*fact> Verdict every_shape(const Call &call)
{
    Verdict result = not_applicable;
    for (size_t type = 0; type < call.type_count(); type++) {
        if (!call.regions_changed[type])
            continue;
        if (!(call.shapes[type].*fact))
            return violated("type {}: {} regions", type, call.new_regions(type).size());
        result = holds;
    }
    return result;
}

Verdict count(const Call &call)
{
    for (const mblab_type_state &array : call.outcome.state.type)
        if (array.cnt > array.max)
            return violated("cnt {} exceeds max {}", array.cnt, array.max);
    return holds;
}

/// max stays, or is doubled as often as the array was moved.
Verdict growth(const Call &call)
{
    for (size_t type = 0; type < call.type_count(); type++) {
        uint64_t max = call.before.arrays[type].max;
        for (const Doubling &doubling : call.doublings)
            max <<= doubling.type == static_cast<int>(type);
        const mblab_type_state &now = call.outcome.state.type[type];
        if (now.max != max)
            return violated("type {}: max is {} where its doublings make it {}", type, now.max, max);
    }
    return holds;
}

/// An array is where it was, or where the last copy of it went.
Verdict moved(const Call &call)
{
    for (size_t type = 0; type < call.type_count(); type++) {
        const uint64_t now = call.outcome.state.type[type].storage;
        if (now == call.before.arrays[type].storage)
            continue;
        const auto is_its = [&](const Doubling &d) { return d.type == static_cast<int>(type) && d.target == now; };
        if (std::none_of(call.doublings.begin(), call.doublings.end(), is_its))
            return violated("type {}: storage is at {:#x}, and nothing was copied there", type, now);
    }
    return holds;
}

Verdict storage_aligned(const Call &call)
{
    Verdict result = not_applicable;
    for (const Doubling &doubling : call.doublings) {
        if (doubling.to_slab)
            continue;
        if (doubling.target % page_size)
            return violated("the new array is at {:#x}", doubling.target);
        result = holds;
    }
    return result;
}

/// Whether the storage is freed because someone said so: the caller, who cannot mean an array that is put there within
/// the call, or the lab, whose memory map lies anywhere.
bool freed_on_purpose(const Call &call, size_t type)
{
    const Interval storage = call.storage(type);
    if (!is<ops::memblock_free_all>(call.op) && storage.start != call.before.arrays[type].storage)
        return false;
    if (only<ops::memblock_phys_free, ops::memblock_free, ops::free_reserved_area, ops::reserve_mem_release_by_name>(
            call.op.kind))
        return call.late_range().overlaps(storage);
    if (is<ops::memblock_discard>(call.op))
        return true;
    if (!is<ops::memblock_free_all>(call.op))
        return false;
    for (const Effect &effect : call.outcome.effect_list())
        if (effect.kind == MBLAB_EFFECT_kmemleak_free_part_phys && storage.overlaps({effect.a, effect.a + effect.b}))
            return true;
    return false;
}

Verdict storage_reserved(const Call &call)
{
    Verdict result = not_applicable;
    if (!call.regions_changed[MBLAB_TYPE_reserved] && call.doublings.empty())
        return result;
    for (size_t type = 0; type < call.type_count(); type++) {
        const Interval storage = call.storage(type);
        if (!call.in_memblock(type) || freed_on_purpose(call, type))
            continue;
        if (!covers(call.new_regions(MBLAB_TYPE_reserved), storage))
            return violated("type {}: storage {:#x}-{:#x} is not all reserved", type, storage.start, storage.end);
        result = holds;
    }
    return result;
}

/// What a call that adds to the reserved array is about to reserve.
Interval incoming(const Call &call)
{
    if (reserves(call.op.kind))
        return call.range();
    if (call.is_alloc && !call.request.from_slab && call.value())
        return {call.value(), call.value() + call.request.size};
    return {};
}

/// No array lies over another one, over what was reserved (allocations among it), or over what is about to be.
Verdict storage_clear(const Call &call)
{
    Verdict result = not_applicable;
    const Interval coming = incoming(call);
    for (const Doubling &doubling : call.doublings) {
        if (doubling.to_slab)
            continue;
        const Interval target = target_of(doubling);
        if (doubling.type == MBLAB_TYPE_reserved && target.overlaps(coming))
            return violated("the new array at {:#x} lies over the range that it grew for, {:#x}-{:#x}", target.start,
                            coming.start, coming.end);
        const bool first = &doubling == &call.doublings.front() && !is<ops::memblock_free_all>(call.op);
        if (first && overlaps(call.old_regions(MBLAB_TYPE_reserved), target))
            return violated("the new array {:#x}-{:#x} lies over reserved memory", target.start, target.end);
        result = holds;
    }
    for (size_t a = 0; result.kind == Verdict::holds && a < call.type_count(); a++)
        for (size_t b = a + 1; b < call.type_count(); b++)
            if (call.in_memblock(a) && call.in_memblock(b) && call.storage(a).overlaps(call.storage(b)))
                return violated("types {} and {} share their storage at {:#x}", a, b, call.storage(a).start);
    return result;
}

/// Every address of the interval is in a region with the flag.
bool all_have(Regions regions, Interval interval, uint32_t flag)
{
    uint64_t at = interval.start;
    for (size_t i = first_ending_above(regions, at); i < regions.size() && at < interval.end; i++) {
        if (regions[i].base > at || !(regions[i].flags & flag))
            return false;
        at = end_of(regions[i]);
    }
    return at >= interval.end;
}

Verdict storage_marked(const Call &call)
{
    Verdict result = not_applicable;
    if (!call.before.dialect.array_marks_kern)
        return result;
    for (size_t type = 0; type < call.type_count(); type++) {
        const bool moved = call.outcome.state.type[type].storage != call.before.arrays[type].storage;
        if (!moved || !call.in_memblock(type) || freed_on_purpose(call, type))
            continue;
        if (!all_have(call.new_regions(MBLAB_TYPE_reserved), call.storage(type), flag_kern))
            return violated("type {}: storage at {:#x} is not marked", type, call.storage(type).start);
        result = holds;
    }
    return result;
}

constexpr Law table[] = {
    {"structure.storage-clear",
     "The storage of an array overlaps neither the other array's, nor reserved memory, nor the range it grew for.",
     doubling_doc, every_op, storage_clear, Occasion::doubling},
    {"structure.sorted", "The regions of each array are in the order of their addresses.",
     "mm/memblock.c, kernel-doc of __next_mem_range(): \"both region arrays are sorted\"", every_op,
     every_shape<&Shape::sorted>, Occasion::change},
    {"structure.disjoint", "No two regions of an array overlap.", overview, every_op, every_shape<&Shape::disjoint>,
     Occasion::change},
    {"structure.filled", "No region is empty.", overview, every_op, every_shape<&Shape::filled>, Occasion::change},
    {"structure.bounded", "No region ends beyond PHYS_ADDR_MAX.",
     "mm/memblock.c, comment of memblock_cap_size(): a sum must not overflow", every_op, every_shape<&Shape::bounded>,
     Occasion::change},
    {"structure.minimal", "Regions that touch differ in node or flags: what can be one region is one region.",
     "mm/memblock.c, kernel-doc of memblock_add_range()", every_op, every_shape<&Shape::minimal>, Occasion::change},
    {"structure.count", "The number of regions in an array never exceeds its capacity.", type_doc, every_op, count,
     Occasion::change},
    {"structure.growth", "The capacity of an array never shrinks, and grows by doubling only.", doubling_doc, every_op,
     growth, Occasion::change},
    {"structure.moved", "An array moves only when it is doubled.", doubling_doc, every_op, moved, Occasion::change},
    {"structure.storage-aligned", "An array that memblock allocated for itself begins at a page boundary.",
     "mm/memblock.c, memblock_double_array(): page-aligned, to be freed completely later", every_op, storage_aligned,
     Occasion::doubling},
    {"structure.storage-reserved", "The storage of an array that memblock allocated for itself is reserved memory.",
     "mm/memblock.c, memblock_double_array(): the new array is reserved if it comes from memblock", every_op,
     storage_reserved, Occasion::change},
    {"structure.storage-marked",
     "The storage of an array is reserved with MEMBLOCK_RSRV_KERN, where the kernel marks what it allocates so.",
     "include/linux/memblock.h, kernel-doc of enum memblock_flags: memory that is reserved for kernel use", every_op,
     storage_marked, Occasion::doubling},
};

} // namespace

std::span<const Law> structure_laws()
{
    return table;
}

} // namespace mblab::law
