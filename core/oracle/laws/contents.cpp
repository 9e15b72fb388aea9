// SPDX-License-Identifier: GPL-2.0-or-later
// What an allocation does to its memory, and whom it tells.
#include "core/oracle/laws/checks.hpp"

namespace mblab::contract {
namespace {

/// How many effects of this kind there are on exactly this range.
size_t count_effects(const Context &context, uint32_t kind, uint64_t addr, uint64_t size)
{
    size_t count = 0;
    for (const Effect &effect : context.outcome().effect_list())
        count += effect.kind == kind && effect.a == addr && effect.b == size;
    return count;
}

Verdict zeroed(Context &context)
{
    if (!context.request.zeroed || !context.value())
        return Verdict::not_applicable;
    for (const Effect &effect : context.outcome().effect_list())
        if (effect.kind == MBLAB_EFFECT_zero && effect.a == context.value() && effect.c != 0)
            return context.broken("filled with {}", effect.c);
    const size_t times = count_effects(context, MBLAB_EFFECT_zero, context.value(), context.request.size);
    return times == 1 && context.summary.kernel_zeroes == 1
               ? Verdict::holds
               : context.broken("{:#x} is zeroed {} times, of {} ranges that are zeroed", context.value(), times,
                                context.summary.kernel_zeroes);
}

Verdict not_zeroed(Context &context)
{
    if (context.is_alloc && context.request.zeroed && context.value())
        return Verdict::not_applicable;
    return context.summary.kernel_zeroes == 0 ? Verdict::holds
                                              : context.broken("{} ranges are zeroed", context.summary.kernel_zeroes);
}

Verdict accepted(Context &context)
{
    if (context.facts.slab != MBLAB_SLAB_DOWN || !context.value())
        return Verdict::not_applicable;
    const size_t times = count_effects(context, MBLAB_EFFECT_accept_memory, context.value(), context.request.size);
    return times == 1 ? Verdict::holds : context.broken("{:#x} is accepted {} times", context.value(), times);
}

Verdict leak_traced(Context &context)
{
    if (context.facts.slab != MBLAB_SLAB_DOWN)
        return Verdict::not_applicable;
    size_t any = 0;
    for (const Effect &effect : context.outcome().effect_list())
        any += effect.kind == MBLAB_EFFECT_kmemleak_alloc_phys;
    const size_t wanted = context.value() && context.request.leak_trace;
    const size_t told = count_effects(context, MBLAB_EFFECT_kmemleak_alloc_phys, context.value(), context.request.size);
    return any == wanted && told == wanted
               ? Verdict::holds
               : context.broken("kmemleak is told of {} blocks, {} of them this one; {} expected", any, told, wanted);
}

Verdict leak_forgotten(Context &context)
{
    const bool of_pointer = context.op().kind == MBLAB_OP_memblock_free;
    const bool null = of_pointer && !context.phys(0);
    const size_t told = count_effects(context, MBLAB_EFFECT_kmemleak_free_part_phys, context.phys(0), context.phys(1));
    return (told != 0) == !null ? Verdict::holds
                                : context.broken("kmemleak is told {} times of {:#x}", told, context.phys(0));
}

constexpr Contract table[] = {
    {"contents.zeroed", "The functions that zero clear exactly the block that they return, once.",
     "mm/memblock.c, kernel-doc of memblock_alloc_try_nid()", in_family<Family::alloc>, zeroed},
    {"contents.raw", "Nothing else clears memory: not the raw functions, not those that return physical addresses.",
     "mm/memblock.c, kernel-doc of memblock_alloc_try_nid_raw(), memblock_alloc_exact_nid_raw()", every_op, not_zeroed,
     Occasion::effect},
    {"contents.accepted", "An allocated block is accepted, once.",
     "mm/memblock.c, memblock_alloc_range_nid(): memory must be accepted before it can be used",
     in_family<Family::alloc>, accepted},
    {"contents.leak-traced", "kmemleak learns of an allocated block, unless MEMBLOCK_ALLOC_NOLEAKTRACE was asked for.",
     "mm/memblock.c, kernel-doc of memblock_alloc_range_nid()", in_family<Family::alloc>, leak_traced},
    {"contents.leak-forgotten", "kmemleak learns of a block that is freed; freeing a NULL pointer frees nothing.",
     "mm/memblock.c, kernel-doc of memblock_free(), memblock_phys_free(), memblock_free_late()",
     only<MBLAB_OP_memblock_free, MBLAB_OP_memblock_phys_free, MBLAB_OP_memblock_free_late>, leak_forgotten},
};

} // namespace

std::span<const Contract> contents_contracts()
{
    return table;
}

} // namespace mblab::contract
