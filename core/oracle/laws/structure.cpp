// SPDX-License-Identifier: GPL-2.0-or-later
// What every array is at every moment, whatever was called.
#include "core/oracle/laws/checks.hpp"

namespace mblab::contract {
namespace {

constexpr std::string_view overview = "mm/memblock.c, DOC: memblock overview";
constexpr std::string_view type_doc = "include/linux/memblock.h, kernel-doc of struct memblock_type";
constexpr std::string_view doubling_doc = "mm/memblock.c, kernel-doc of memblock_double_array()";

/// A fact of the shape, for each array that changed.
Verdict every_shape(Context &context, bool Shape::*fact)
{
    Verdict result = Verdict::not_applicable;
    for (uint64_t type = 0; type < context.type_count(); type++) {
        if (context.same[type])
            continue;
        if (!(context.shape(type).*fact))
            return context.broken("type {}: {} regions", type, context.new_regions(type).size());
        result = Verdict::holds;
    }
    return result;
}

Verdict sorted(Context &context)
{
    return every_shape(context, &Shape::sorted);
}

Verdict disjoint(Context &context)
{
    return every_shape(context, &Shape::disjoint);
}

Verdict filled(Context &context)
{
    return every_shape(context, &Shape::filled);
}

Verdict bounded(Context &context)
{
    return every_shape(context, &Shape::bounded);
}

Verdict minimal(Context &context)
{
    return every_shape(context, &Shape::minimal);
}

Verdict count(Context &context)
{
    for (const mblab_type_state &array : context.outcome().state.type)
        if (array.cnt > array.max)
            return context.broken("cnt {} exceeds max {}", array.cnt, array.max);
    return Verdict::holds;
}

/// max stays, or is doubled as often as the array was moved.
Verdict growth(Context &context)
{
    for (uint64_t type = 0; type < context.type_count(); type++) {
        uint64_t max = context.before[type].max;
        for (const Doubling &doubling : context.doublings)
            max <<= doubling.type == static_cast<int>(type);
        const mblab_type_state &now = context.outcome().state.type[type];
        if (now.max != max)
            return context.broken("type {}: max is {} where its doublings make it {}", type, now.max, max);
    }
    return Verdict::holds;
}

/// An array is where it was, or where the last copy of it went.
Verdict moved(Context &context)
{
    for (uint64_t type = 0; type < context.type_count(); type++) {
        const uint64_t now = context.outcome().state.type[type].storage;
        if (now == context.before[type].storage)
            continue;
        const auto is_its = [&](const Doubling &d) { return d.type == static_cast<int>(type) && d.target == now; };
        if (std::none_of(context.doublings.begin(), context.doublings.end(), is_its))
            return context.broken("type {}: storage is at {:#x}, and nothing was copied there", type, now);
    }
    return Verdict::holds;
}

bool in_memblock(const Context &context, uint64_t type)
{
    const uint64_t storage = context.outcome().state.type[type].storage;
    if (context.is_static(storage))
        return false;
    bool slab = context.before[type].in_slab;
    for (const Doubling &doubling : context.doublings)
        if (doubling.type == static_cast<int>(type))
            slab = doubling.to_slab;
    return !slab;
}

Verdict storage_aligned(Context &context)
{
    Verdict result = Verdict::not_applicable;
    for (const Doubling &doubling : context.doublings) {
        if (doubling.to_slab)
            continue;
        if (doubling.target % page_size)
            return context.broken("the new array is at {:#x}", doubling.target);
        result = Verdict::holds;
    }
    return result;
}

/// Whether the storage is freed because someone said so: the caller, or the lab, whose memory map lies anywhere.
bool freed_on_purpose(const Context &context, const Range &storage)
{
    const uint16_t kind = context.op().kind;
    if (kind == MBLAB_OP_memblock_phys_free || kind == MBLAB_OP_memblock_free)
        return context.range(0).touches(storage);
    if (kind != MBLAB_OP_memblock_free_all)
        return false;
    for (const Effect &effect : context.outcome().effect_list())
        if (effect.kind == MBLAB_EFFECT_kmemleak_free_part_phys && storage.touches({effect.a, effect.a + effect.b}))
            return true;
    return false;
}

Verdict storage_reserved(Context &context)
{
    Verdict result = Verdict::not_applicable;
    if (context.same[MBLAB_TYPE_reserved] && context.doublings.empty())
        return result;
    for (uint64_t type = 0; type < context.type_count(); type++) {
        if (!in_memblock(context, type))
            continue;
        const Range storage = context.storage(type);
        if (freed_on_purpose(context, storage))
            continue;
        if (!covers(context.new_regions(MBLAB_TYPE_reserved), storage))
            return context.broken("type {}: storage {:#x}-{:#x} is not all reserved", type, storage.start, storage.end);
        result = Verdict::holds;
    }
    return result;
}

/// What a call that adds to the reserved array is about to reserve.
Range incoming(const Context &context)
{
    if (context.op().kind == MBLAB_OP_memblock_reserve)
        return context.range(0);
    if (context.is_alloc && context.facts.slab == MBLAB_SLAB_DOWN && context.value())
        return {context.value(), context.value() + context.request.size};
    return {};
}

/// No array lies over another one, over what was reserved (allocations among it), or over what is about to be.
Verdict storage_clear(Context &context)
{
    Verdict result = Verdict::not_applicable;
    const Range coming = incoming(context);
    for (const Doubling &doubling : context.doublings) {
        if (doubling.to_slab)
            continue;
        const Range target{doubling.target, doubling.target + page_align(2 * doubling.bytes)};
        if (doubling.type == MBLAB_TYPE_reserved && target.touches(coming))
            return context.broken("the new array at {:#x} lies over the range that it grew for, {:#x}-{:#x}",
                                  target.start, coming.start, coming.end);
        const bool first = &doubling == &context.doublings.front() && context.op().kind != MBLAB_OP_memblock_free_all;
        if (first && touches(context.old_regions(MBLAB_TYPE_reserved), target))
            return context.broken("the new array {:#x}-{:#x} lies over reserved memory", target.start, target.end);
        result = Verdict::holds;
    }
    if (result == Verdict::holds)
        for (uint64_t a = 0; a < context.type_count(); a++)
            for (uint64_t b = a + 1; b < context.type_count(); b++)
                if (in_memblock(context, a) && in_memblock(context, b) &&
                    context.storage(a).touches(context.storage(b)))
                    return context.broken("types {} and {} share their storage at {:#x}", a, b,
                                          context.storage(a).start);
    return result;
}

constexpr Contract table[] = {
    {"structure.storage-clear",
     "The storage of an array overlaps neither the other array's, nor reserved memory, nor the range it grew for.",
     doubling_doc, every_op, storage_clear, Occasion::doubling},
    {"structure.sorted", "The regions of each array are in the order of their addresses.",
     "mm/memblock.c, kernel-doc of __next_mem_range(): \"both region arrays are sorted\"", every_op, sorted,
     Occasion::change},
    {"structure.disjoint", "No two regions of an array overlap.", overview, every_op, disjoint, Occasion::change},
    {"structure.filled", "No region is empty.", overview, every_op, filled, Occasion::change},
    {"structure.bounded", "No region ends beyond PHYS_ADDR_MAX.",
     "mm/memblock.c, comment of memblock_cap_size(): a sum must not overflow", every_op, bounded, Occasion::change},
    {"structure.minimal", "Regions that touch differ in node or flags: what can be one region is one region.",
     "mm/memblock.c, kernel-doc of memblock_add_range()", every_op, minimal, Occasion::change},
    {"structure.count", "An array never holds more regions than it has room for.", type_doc, every_op, count,
     Occasion::change},
    {"structure.growth", "The room of an array never shrinks, and grows by doubling only.", doubling_doc, every_op,
     growth, Occasion::change},
    {"structure.moved", "An array is moved only by being doubled.", doubling_doc, every_op, moved, Occasion::change},
    {"structure.storage-aligned", "An array that memblock allocated for itself begins at a page boundary.",
     "mm/memblock.c, memblock_double_array(): page-aligned, to be freed completely later", every_op, storage_aligned,
     Occasion::doubling},
    {"structure.storage-reserved", "The storage of an array that memblock allocated for itself is reserved memory.",
     "mm/memblock.c, memblock_double_array(): the new array is reserved if it comes from memblock", every_op,
     storage_reserved, Occasion::change},
};

} // namespace

std::span<const Contract> structure_contracts()
{
    return table;
}

} // namespace mblab::contract
