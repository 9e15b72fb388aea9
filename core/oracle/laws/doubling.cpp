// SPDX-License-Identifier: GPL-2.0-or-later
// How an array gets room: when it may, where from, and what becomes of the old one.
#include "core/oracle/laws/checks.hpp"

namespace mblab::contract {
namespace {

constexpr std::string_view source = "mm/memblock.c, kernel-doc of memblock_double_array()";
constexpr std::string_view resize_source = "mm/memblock.c, DOC: memblock overview (memblock_allow_resize())";

/// What the effects right before and after a copy say; null past either end.
const Effect *neighbour(const Context &context, const Doubling &doubling, int64_t distance)
{
    const std::span<const Effect> list = context.outcome().effect_list();
    const int64_t index = static_cast<int64_t>(doubling.effect) + distance;
    return index >= 0 && index < static_cast<int64_t>(list.size()) ? &list[static_cast<size_t>(index)] : nullptr;
}

bool has_effect(const Context &context, uint32_t kind, uint64_t a, uint64_t b = never)
{
    for (const Effect &effect : context.outcome().effect_list())
        if (effect.kind == kind && effect.a == a && (b == never || effect.b == b))
            return true;
    return false;
}

Verdict allowed(Context &context)
{
    if (context.doublings.empty())
        return Verdict::not_applicable;
    return context.facts.can_resize ? Verdict::holds : context.broken("doubled {} times", context.doublings.size());
}

/// A panic is the answer to a doubling that is not allowed, and to nothing else.
Verdict panics(Context &context)
{
    if (context.outcome().result.exit != MBLAB_PANIC)
        return Verdict::not_applicable;
    return context.facts.can_resize ? context.broken("panic, though the arrays may grow") : Verdict::holds;
}

/// -ENOMEM is a value: no call is to stop the machine because an array found no room.
Verdict survives(Context &context)
{
    if (context.outcome().result.exit != MBLAB_BUG)
        return context.cut_short() ? Verdict::holds : Verdict::not_applicable;
    return context.broken("BUG; {} doublings failed before it", context.summary.failed_doublings);
}

Verdict attributed(Context &context)
{
    for (const Doubling &doubling : context.doublings)
        if (doubling.type < 0)
            return context.broken("{:#x} bytes were copied to {:#x}, where no array lives", doubling.bytes,
                                  doubling.target);
    return context.doublings.empty() ? Verdict::not_applicable : Verdict::holds;
}

/// Each copy takes the whole old array, and the second half of the new one is cleared.
Verdict contents(Context &context)
{
    std::array<uint64_t, 3> max{};
    for (uint64_t type = 0; type < max.size(); type++)
        max[type] = context.before[type].max;
    for (const Doubling &doubling : context.doublings) {
        if (doubling.type < 0)
            return Verdict::not_applicable;
        uint64_t &room = max[static_cast<size_t>(doubling.type)];
        if (doubling.bytes != room * context.outcome().state.region_bytes)
            return context.broken("{:#x} bytes copied of an array of {} regions", doubling.bytes, room);
        const Effect *clear = neighbour(context, doubling, 1);
        if (!clear || clear->kind != MBLAB_EFFECT_zero || clear->a != doubling.target + doubling.bytes ||
            clear->b != doubling.bytes || clear->c != 0)
            return context.broken("the second half at {:#x} was not cleared", doubling.target + doubling.bytes);
        room *= 2;
    }
    return context.doublings.empty() ? Verdict::not_applicable : Verdict::holds;
}

/// The slab once it is up, memblock's own memory before that.
Verdict slab(Context &context)
{
    const bool up = context.facts.slab != MBLAB_SLAB_DOWN;
    for (const Doubling &doubling : context.doublings)
        if (doubling.to_slab != up)
            return context.broken("the new array is at {:#x}; slab state {}", doubling.target, context.facts.slab);
    if (!up)
        for (const Effect &effect : context.outcome().effect_list())
            if (effect.kind == MBLAB_EFFECT_kmalloc)
                return context.broken("kmalloc of {:#x} bytes before slab is up", effect.b);
    return context.doublings.empty() ? Verdict::not_applicable : Verdict::holds;
}

/// Whether an array may live there. memblock_free_all() clears the hotplug marks before it may need any room.
bool usable(const Context &context, const Range &target)
{
    const Regions memory = context.old_regions(MBLAB_TYPE_memory);
    const uint32_t cleared = context.op().kind == MBLAB_OP_memblock_free_all ? uint32_t{flag_hotplug} : 0;
    for (size_t i = first_ending_above(memory, target.start); i < memory.size() && memory[i].base < target.end; i++) {
        Region region = memory[i];
        region.flags &= ~cleared;
        if (!lawful(context, {}, region))
            return false;
    }
    return covers(memory, target);
}

/// Where memblock takes the new array from: memory that may be used now, below the limit, accepted.
Verdict placed(Context &context)
{
    Verdict result = Verdict::not_applicable;
    for (const Doubling &doubling : context.doublings) {
        if (doubling.to_slab)
            continue;
        const Range target{doubling.target, doubling.target + page_align(2 * doubling.bytes)};
        if (!usable(context, target))
            return context.broken("the new array {:#x}-{:#x} is not in usable memory", target.start, target.end);
        if (target.start < page_size || target.end > context.old_limit)
            return context.broken("the new array {:#x}-{:#x} is beyond the limit {:#x}", target.start, target.end,
                                  context.old_limit);
        if (!has_effect(context, MBLAB_EFFECT_accept_memory, target.start, target.size()))
            return context.broken("the new array at {:#x} was not accepted", target.start);
        result = Verdict::holds;
    }
    return result;
}

/// kfree for what came from kmalloc, a free of the whole pages for what came from memblock, nothing for the first
/// array.
Verdict old_array(Context &context)
{
    for (const Doubling &doubling : context.doublings) {
        const bool kfreed = has_effect(context, MBLAB_EFFECT_kfree, doubling.source);
        const bool freed = has_effect(context, MBLAB_EFFECT_kmemleak_free_part_phys,
                                      doubling.source & context.phys_max(), page_align(doubling.bytes));
        const bool from_memblock = !doubling.from_static && !doubling.from_slab;
        if (doubling.type >= 0 && (kfreed != doubling.from_slab || freed != from_memblock))
            return context.broken("the old array at {:#x}: kfree'd {}, freed {}", doubling.source, kfreed, freed);
    }
    return context.doublings.empty() ? Verdict::not_applicable : Verdict::holds;
}

/// What could not grow says so and is left as it was.
Verdict failure(Context &context)
{
    const OpInfo &info = op_info(context.op().kind);
    const bool has_error = info.result_count && info.results[0].kind == ParameterKind::error;
    if (!has_error || info.family == Family::params || info.family == Family::report)
        return Verdict::not_applicable;
    if (context.error() == error_no_memory && !context.cut_short())
        return context.broken("-ENOMEM, and no doubling was reported to have failed");
    if (context.error() == 0 && context.cut_short())
        return context.broken("success, though {} doublings failed", context.summary.failed_doublings);
    return context.cut_short() ? Verdict::holds : Verdict::not_applicable;
}

constexpr Contract table[] = {
    {"doubling.allowed", "No array grows before memblock_allow_resize().", resize_source, every_op, allowed,
     Occasion::doubling},
    {"doubling.panic", "Only an array that has to grow and may not stops the machine with a panic.", resize_source,
     every_op, panics, Occasion::effect, true},
    {"doubling.survives", "An array that finds no room to grow is an error that comes back, not a BUG.",
     "mm/memblock.c, kernel-doc of memblock_double_array() and memblock_add_range(): failure is a return value",
     every_op, survives, Occasion::effect, true},
    {"doubling.attributed", "Memory is copied only from an old array to its new one.", source, every_op, attributed,
     Occasion::doubling},
    {"doubling.contents", "The new array begins with the whole old one, and the rest of it is cleared.", source,
     every_op, contents, Occasion::doubling},
    {"doubling.slab", "A new array comes from the slab if and only if that is up.", source, every_op, slab,
     Occasion::effect},
    {"doubling.placed",
     "Before the slab is up, a new array is taken from memory that may be allocated, below the current limit and above "
     "the first page, and is accepted.",
     source, every_op, placed, Occasion::doubling},
    {"doubling.old-array", "The old array goes back to where it came from: slab or memblock; the first array stays.",
     source, every_op, old_array, Occasion::doubling},
    {"doubling.failure",
     "A call returns -ENOMEM if and only if an array could not grow, which is reported as an error.",
     "mm/memblock.c, kernel-doc of memblock_add_range(), memblock_isolate_range()", every_op, failure},
};

} // namespace

std::span<const Contract> doubling_contracts()
{
    return table;
}

} // namespace mblab::contract
