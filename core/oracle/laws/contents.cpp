// SPDX-License-Identifier: GPL-2.0-or-later
// What an allocation does to its memory, and what memblock tells of it.
#include "core/oracle/laws/call.hpp"

namespace mblab::law {
namespace {

/// How many effects of this kind there are on exactly this range.
size_t count_effects(const Call &call, uint32_t kind, uint64_t addr, uint64_t size)
{
    size_t count = 0;
    for (const Effect &effect : call.outcome.effect_list())
        count += effect.kind == kind && effect.a == addr && effect.b == size;
    return count;
}

Verdict zeroed(const Call &call)
{
    if (!call.request.zeroed || !call.value())
        return not_applicable;
    for (const Effect &effect : call.outcome.effect_list())
        if (effect.kind == MBLAB_EFFECT_zero && effect.a == call.value() && effect.c != 0)
            return violated("filled with {}", effect.c);
    const size_t times =
        count_effects(call, MBLAB_EFFECT_zero, call.value(), call.request.size & call.before.word_max()); // a size_t
    return times == 1 && call.summary.kernel_zeroes == 1
               ? holds
               : violated("{:#x} is zeroed {} times, of {} ranges that are zeroed", call.value(), times,
                          call.summary.kernel_zeroes);
}

Verdict not_zeroed(const Call &call)
{
    const bool clears = (call.is_alloc && call.request.zeroed && call.value()) ||
                        only<ops::reserve_mem_release_by_name, ops::free_reserved_area>(call.op.kind);
    if (clears)
        return not_applicable;
    return call.summary.kernel_zeroes == 0 ? holds : violated("{} ranges are zeroed", call.summary.kernel_zeroes);
}

Verdict accepted(const Call &call)
{
    if (call.request.from_slab || !call.value() || !call.before.dialect.accepts_memory)
        return not_applicable;
    const size_t times = count_effects(call, MBLAB_EFFECT_accept_memory, call.value(), call.request.size);
    return times == 1 ? holds : violated("{:#x} is accepted {} times", call.value(), times);
}

Verdict leak_traced(const Call &call)
{
    if (call.request.from_slab)
        return not_applicable;
    size_t any = 0;
    for (const Effect &effect : call.outcome.effect_list())
        any += effect.kind == MBLAB_EFFECT_kmemleak_alloc_phys;
    const size_t wanted = call.value() && call.request.leak_trace;
    const size_t told = count_effects(call, MBLAB_EFFECT_kmemleak_alloc_phys, call.value(), call.request.size);
    return any == wanted && told == wanted
               ? holds
               : violated("kmemleak is notified of {} blocks, {} of them this one; {} expected", any, told, wanted);
}

Verdict leak_forgotten(const Call &call)
{
    const Region named = call.named();
    const bool null = is<ops::memblock_free>(call.op) && !named.base;
    const size_t told = count_effects(call, MBLAB_EFFECT_kmemleak_free_part_phys, named.base, named.size);
    return (told != 0) == !null ? holds : violated("kmemleak is notified {} times of {:#x}", told, named.base);
}

Verdict quiet(const Call &call)
{
    if (call.before.debug ||
        only<ops::early_param, ops::reserve_mem_release_by_name, ops::free_reserved_area>(call.op.kind))
        return not_applicable;
    return call.summary.infos == 0 ? holds : violated("{} messages without memblock=debug", call.summary.infos);
}

/// An array that grows frees its old storage, and that may have to wait for struct pages, which is another matter.
Verdict overlap_is_silent(const Call &call)
{
    const uint32_t warnings = call.summary.warnings - call.summary.deferral_warnings;
    return warnings ? violated("{} warnings", warnings) : holds;
}

/// A block outside of mirrored memory comes with a warning; a warning, only with mirrored memory.
Verdict mirror(const Call &call)
{
    const uint32_t warnings = call.summary.mirror_warnings;
    if (is<ops::memblock_alloc_hugetlb>(call.op))
        return not_applicable; // only an array that grows with it may warn
    if (!call.before.has_mirror || call.before.scratch_only || call.request.from_slab)
        return warnings == 0 ? not_applicable : violated("{} warnings of mirrored memory", warnings);
    const Region *region = region_at(call.old_regions(MBLAB_TYPE_memory), call.value());
    if (!region || (region->flags & flag_mirror) || !call.value() || !call.request.size)
        return not_applicable;
    return warnings ? holds : violated("{:#x} is not mirrored, and no warning says so", call.value());
}

constexpr Law table[] = {
    {"contents.zeroed", "The functions that zero clear exactly the block that they return, once.",
     "mm/memblock.c, kernel-doc of memblock_alloc_try_nid()", in_family<Family::alloc>, zeroed},
    {"contents.raw", "Nothing else clears memory: not the raw functions, not those that return physical addresses.",
     "mm/memblock.c, kernel-doc of memblock_alloc_try_nid_raw(), memblock_alloc_exact_nid_raw()", every_op, not_zeroed,
     Occasion::effect},
    {"contents.accepted", "An allocated block is accepted, once.",
     "mm/memblock.c, memblock_alloc_range_nid(): memory must be accepted before it can be used",
     in_family<Family::alloc>, accepted},
    {"contents.leak-traced",
     "kmemleak is notified of an allocated block, unless MEMBLOCK_ALLOC_NOLEAKTRACE was asked for.",
     "mm/memblock.c, kernel-doc of memblock_alloc_range_nid()", in_family<Family::alloc>, leak_traced},
    {"contents.leak-forgotten", "kmemleak is notified of a block that is freed; freeing a NULL pointer frees nothing.",
     "mm/memblock.c, kernel-doc of memblock_free(), memblock_phys_free(), memblock_free_late()",
     only<ops::memblock_free, ops::memblock_phys_free, ops::memblock_free_late>, leak_forgotten},
    {"messages.quiet", "Without memblock=debug, memblock prints only warnings and errors.",
     "Documentation/admin-guide/kernel-parameters.txt, memblock=debug", every_op, quiet, Occasion::effect},
    {"messages.overlap",
     "Adding or reserving a range that overlaps existing regions leaves those unchanged, and does not warn.",
     "mm/memblock.c, kernel-doc of memblock_add_range()",
     only<ops::memblock_add, ops::memblock_add_node, ops::memblock_physmem_add, ops::memblock_reserve,
          ops::memblock_reserve_kern, ops::__memblock_reserve>,
     overlap_is_silent, Occasion::effect},
    {"messages.mirror", "An allocation that falls back to memory without a mirror warns.",
     "mm/memblock.c, kernel-doc of memblock_alloc_range_nid()", in_family<Family::alloc>, mirror},
};

} // namespace

std::span<const Law> contents_laws()
{
    return table;
}

} // namespace mblab::law
