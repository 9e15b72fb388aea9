// SPDX-License-Identifier: GPL-2.0-or-later
// How an array gets room: when it may, where from, and what becomes of the old one.
#include "core/oracle/laws/call.hpp"

namespace mblab::law {
namespace {

constexpr std::string_view source = "mm/memblock.c, kernel-doc of memblock_double_array()";
constexpr std::string_view resize_source = "mm/memblock.c, DOC: memblock overview (memblock_allow_resize())";

bool has_effect(const Call &call, uint32_t kind, uint64_t a, uint64_t b = never)
{
    for (const Effect &effect : call.outcome.effect_list())
        if (effect.kind == kind && effect.a == a && (b == never || effect.b == b))
            return true;
    return false;
}

Verdict allowed(const Call &call)
{
    if (call.doublings.empty())
        return not_applicable;
    return call.before.can_resize ? holds : violated("doubled {} times", call.doublings.size());
}

/// A panic is the answer to a doubling that is not allowed, and to nothing else.
Verdict panics(const Call &call)
{
    if (call.outcome.result.exit != MBLAB_PANIC)
        return not_applicable;
    if (!call.before.dialect.full_array_panics)
        return violated("panic");
    return call.before.can_resize ? violated("panic, though the arrays may grow") : holds;
}

bool can_panic_only_so(uint16_t kind)
{
    return !only<ops::memblock_alloc_or_panic>(kind) && !in_family<Family::history>(kind);
}

/// -ENOMEM is a value: no call is to stop the machine because an array found no room.
Verdict survives(const Call &call)
{
    if (call.outcome.result.exit != MBLAB_BUG)
        return call.cut_short() ? holds : not_applicable;
    return violated("BUG; {} doublings failed before it", call.summary.failed_doublings);
}

Verdict attributed(const Call &call)
{
    for (const Doubling &doubling : call.doublings)
        if (doubling.type < 0)
            return violated("{:#x} bytes were copied to {:#x}, where no array lives", doubling.bytes, doubling.target);
    return call.doublings.empty() ? not_applicable : holds;
}

/// Each copy takes the whole old array, and the second half of the new one is cleared.
Verdict contents(const Call &call)
{
    const std::span<const Effect> list = call.outcome.effect_list();
    std::array<uint64_t, 3> max{};
    for (size_t type = 0; type < max.size(); type++)
        max[type] = call.before.arrays[type].max;
    for (const Doubling &doubling : call.doublings) {
        if (doubling.type < 0)
            return not_applicable;
        uint64_t &room = max[static_cast<size_t>(doubling.type)];
        if (doubling.bytes != room * call.outcome.state.region_bytes)
            return violated("{:#x} bytes copied of an array of {} regions", doubling.bytes, room);
        const Effect clear = list.size() > doubling.effect + 1 ? list[doubling.effect + 1] : Effect{};
        if (clear.kind != MBLAB_EFFECT_zero || clear.a != doubling.target + doubling.bytes ||
            clear.b != doubling.bytes || clear.c != 0)
            return violated("the second half at {:#x} was not cleared", doubling.target + doubling.bytes);
        room *= 2;
    }
    return call.doublings.empty() ? not_applicable : holds;
}

/// The slab once it is up, memblock's own memory before that.
Verdict slab(const Call &call)
{
    const bool up = call.slab_is_up();
    for (const Doubling &doubling : call.doublings)
        if (doubling.to_slab != up)
            return violated("the new array is at {:#x}; slab state {}", doubling.target, call.before.slab);
    if (!up)
        for (const Effect &effect : call.outcome.effect_list())
            if (effect.kind == MBLAB_EFFECT_kmalloc)
                return violated("kmalloc of {:#x} bytes before slab is up", effect.b);
    return call.doublings.empty() ? not_applicable : holds;
}

/// Whether an array may live there. memblock_free_all() clears the hotplug marks, and the restriction to scratch
/// memory, before it may need any room.
bool usable(const Call &call, const Interval &target)
{
    const Regions memory = call.old_regions(MBLAB_TYPE_memory);
    const bool ends_boot = is<ops::memblock_free_all>(call.op);
    const uint32_t cleared = ends_boot ? uint32_t{flag_hotplug} : 0;
    for (size_t i = first_ending_above(memory, target.start); i < memory.size() && memory[i].base < target.end; i++) {
        Region region = memory[i];
        region.flags &= ~cleared;
        if (!(ends_boot ? is_walked : is_usable)(call.before, region))
            return false;
    }
    return covers(memory, target);
}

/// Where memblock takes the new array from: memory that may be used now, below the limit, accepted.
Verdict placed(const Call &call)
{
    Verdict result = not_applicable;
    for (const Doubling &doubling : call.doublings) {
        if (doubling.to_slab)
            continue;
        const Interval target = target_of(doubling);
        if (!usable(call, target))
            return violated("the new array {:#x}-{:#x} is not in usable memory", target.start, target.end);
        if (target.start < page_size || target.end > call.before.current_limit)
            return violated("the new array {:#x}-{:#x} is beyond the limit {:#x}", target.start, target.end,
                            call.before.current_limit);
        if (call.before.dialect.accepts_memory &&
            !has_effect(call, MBLAB_EFFECT_accept_memory, target.start, target.size()))
            return violated("the new array at {:#x} was not accepted", target.start);
        result = holds;
    }
    return result;
}

/// kfree for what came from kmalloc, a free of the whole pages for what came from memblock, nothing for the first
/// array.
Verdict old_array(const Call &call)
{
    for (const Doubling &doubling : call.doublings) {
        const bool kfreed = has_effect(call, MBLAB_EFFECT_kfree, doubling.source);
        const bool freed = has_effect(call, MBLAB_EFFECT_kmemleak_free_part_phys, doubling.source & call.before.top(),
                                      page_align(doubling.bytes));
        const bool from_memblock = !doubling.from_static && !doubling.from_slab;
        if (doubling.type >= 0 && (kfreed != doubling.from_slab || freed != from_memblock))
            return violated("the old array at {:#x}: kfree'd {}, freed {}", doubling.source, kfreed, freed);
    }
    return call.doublings.empty() ? not_applicable : holds;
}

/// What could not grow says so and is left as it was.
Verdict failure(const Call &call)
{
    const OpInfo &info = op_info(call.op.kind);
    const bool has_error = info.result_count && info.results[0].kind == ParameterKind::error;
    if (!has_error || info.family == Family::params || info.family == Family::report)
        return not_applicable;
    if (call.error() == error_no_memory && !call.cut_short())
        return violated("-ENOMEM, and no doubling was reported to have failed");
    if (call.error() == 0 && call.summary.failed_doublings)
        return violated("success, though {} doublings failed", call.summary.failed_doublings);
    return call.cut_short() ? holds : not_applicable;
}

constexpr Law table[] = {
    {"doubling.allowed", "No array grows before memblock_allow_resize().", resize_source, every_op, allowed,
     Occasion::doubling},
    {"doubling.panic",
     "Except for memblock_alloc_or_panic(), a call panics only if an array has to grow before memblock_allow_resize(); "
     "some kernels return an error instead.",
     resize_source, can_panic_only_so, panics, Occasion::effect, true},
    {"doubling.survives", "An array that finds no room to grow is a returned error, not a BUG.",
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
    {"doubling.old-array", "The old array is freed to where it came from, slab or memblock; the initial array is kept.",
     source, every_op, old_array, Occasion::doubling},
    {"doubling.failure",
     "A call returns -ENOMEM if and only if an array could not grow, which is reported as an error.",
     "mm/memblock.c, kernel-doc of memblock_add_range(), memblock_isolate_range()", every_op, failure},
};

} // namespace

std::span<const Law> doubling_laws()
{
    return table;
}

} // namespace mblab::law
