// SPDX-License-Identifier: GPL-2.0-or-later
// Each function changes what it says it changes, and nothing else: doublings of arrays are taken into account.
#include "core/oracle/laws/checks.hpp"

namespace mblab::contract {
namespace {

constexpr std::string_view add_source = "mm/memblock.c, kernel-doc of memblock_add_range(), memblock_add_node()";
constexpr std::string_view setclr_source = "mm/memblock.c, kernel-doc of memblock_setclr_flag()";

Verdict memory(Context &context)
{
    return matches(context, MBLAB_TYPE_memory);
}

Verdict reserved(Context &context)
{
    return matches(context, MBLAB_TYPE_reserved);
}

Verdict physmem(Context &context)
{
    return matches(context, MBLAB_TYPE_physmem);
}

Verdict node(Context &context)
{
    const uint64_t type = context.op().arg[2];
    return context.has_type(type) ? matches(context, type) : Verdict::not_applicable;
}

Verdict allocation(Context &context)
{
    return context.facts.slab == MBLAB_SLAB_DOWN ? reserved(context) : Verdict::not_applicable;
}

/// The arrays that an op does not speak of change by nothing but doublings.
Verdict other_arrays(Context &context)
{
    for (uint64_t type = 0; type < context.type_count(); type++)
        if (!context.as_expected(type))
            return matches(context, type);
    return Verdict::holds;
}

Verdict nothing(Context &context)
{
    for (uint64_t type = 0; type < context.type_count(); type++)
        if (!context.same[type])
            return context.broken("type {} was changed", type);
    return Verdict::holds;
}

/// A request that slab served leaves no trace in memblock.
Verdict nothing_for_slab(Context &context)
{
    return context.facts.slab == MBLAB_SLAB_DOWN ? Verdict::not_applicable : nothing(context);
}

Verdict settings(Context &context)
{
    const mblab_state &state = context.outcome().state;
    const uint16_t kind = context.op().kind;
    const bool sets_limit = kind == MBLAB_OP_memblock_set_current_limit;
    const uint64_t limit = sets_limit ? context.phys(0) : context.old_limit;
    const bool bottom_up = kind == MBLAB_OP_memblock_set_bottom_up ? context.op().arg[0] != 0 : context.old_bottom_up;
    if (state.current_limit != limit)
        return context.broken("the limit is {:#x}, not {:#x}", state.current_limit, limit);
    return state.bottom_up == bottom_up ? Verdict::holds : context.broken("bottom_up is {}", state.bottom_up);
}

Verdict errors(Context &context)
{
    const int64_t error = context.error();
    return error == 0 || error == error_no_memory ? Verdict::holds : context.broken("returns {:#x}", context.value());
}

Verdict totalram(Context &context)
{
    return context.outcome().state.totalram == context.old_totalram
               ? Verdict::holds
               : context.broken("totalram was {}, is {}", context.old_totalram, context.outcome().state.totalram);
}

constexpr bool gives_pages(uint16_t kind)
{
    return kind == MBLAB_OP_memblock_free_all || kind == MBLAB_OP_memblock_free_late ||
           kind == MBLAB_OP_memblock_discard;
}

constexpr uint32_t bit(uint32_t kind)
{
    return 1u << kind;
}

/// The kinds of effect that an op of this kind may have of itself, by what it is for.
uint32_t own_effects(uint16_t kind)
{
    constexpr uint32_t gives = bit(MBLAB_EFFECT_page_to_buddy) | bit(MBLAB_EFFECT_kmemleak_free_part_phys);
    constexpr uint32_t allocates = bit(MBLAB_EFFECT_accept_memory) | bit(MBLAB_EFFECT_kmemleak_alloc_phys) |
                                   bit(MBLAB_EFFECT_kzalloc_node) | bit(MBLAB_EFFECT_dump_stack);
    switch (kind) {
    case MBLAB_OP_memblock_free_all:
        return gives | bit(MBLAB_EFFECT_managed_pages) | bit(MBLAB_EFFECT_init_reserved_page);
    case MBLAB_OP_memblock_free_late:
        return gives;
    case MBLAB_OP_memblock_discard:
        return gives | bit(MBLAB_EFFECT_kfree);
    case MBLAB_OP_reset_all_zones_managed_pages:
        return bit(MBLAB_EFFECT_managed_pages);
    case MBLAB_OP_memblock_phys_free:
    case MBLAB_OP_memblock_free:
        return bit(MBLAB_EFFECT_kmemleak_free_part_phys);
    case MBLAB_OP_debugfs_show:
        return bit(MBLAB_EFFECT_seq);
    case MBLAB_OP_early_param:
        return allocates;
    default:
        return in_family<Family::alloc>(kind)     ? allocates
               : in_family<Family::iterate>(kind) ? bit(MBLAB_EFFECT_range)
                                                  : 0;
    }
}

/// Copies, zeroes and the ends of calls have contracts of their own; a doubling may free, accept and allocate.
Verdict effects(Context &context)
{
    constexpr uint32_t spoken_of = bit(MBLAB_EFFECT_print) | bit(MBLAB_EFFECT_warn) | bit(MBLAB_EFFECT_copy) |
                                   bit(MBLAB_EFFECT_zero) | bit(MBLAB_EFFECT_bug) | bit(MBLAB_EFFECT_panic);
    constexpr uint32_t of_doubling =
        bit(MBLAB_EFFECT_accept_memory) | bit(MBLAB_EFFECT_kmemleak_free_part_phys) | bit(MBLAB_EFFECT_kfree);
    uint32_t allowed = spoken_of | own_effects(context.op().kind);
    if (!context.doublings.empty())
        allowed |= of_doubling;
    if (!context.doublings.empty() || context.cut_short())
        allowed |= bit(MBLAB_EFFECT_kmalloc);
    for (const Effect &effect : context.outcome().effect_list())
        if (!(allowed & bit(effect.kind)))
            return context.broken("an effect of kind {}, on {:#x}", effect.kind, effect.a);
    return Verdict::holds;
}

bool gives_no_pages(uint16_t kind)
{
    return !gives_pages(kind);
}

bool looks_only(uint16_t kind)
{
    return in_family<Family::query, Family::region, Family::iterate, Family::report, Family::world>(kind) ||
           only<MBLAB_OP_memblock_allow_resize, MBLAB_OP_memblock_set_bottom_up, MBLAB_OP_memblock_set_current_limit,
                MBLAB_OP_memblock_free_late, MBLAB_OP_memblock_discard, MBLAB_OP_reset_all_zones_managed_pages,
                MBLAB_OP_reserve_mem_find_by_name>(kind);
}

bool returns_errno(uint16_t kind)
{
    return in_family<Family::basic, Family::attributes>(kind) && op_info(kind).result_count;
}

constexpr Contract table[] = {
    {"frame.add",
     "Adding memory makes every address of the range memory, with the attributes given; what was memory already keeps "
     "its own. Every other address stays as it was.",
     add_source, only<MBLAB_OP_memblock_add, MBLAB_OP_memblock_add_node>, memory},
    {"frame.physmem-add", "Adding physical memory does to physmem what memblock_add() does to memory.", add_source,
     only<MBLAB_OP_memblock_physmem_add>, physmem},
    {"frame.remove", "Removing takes every address of the range out of memory; all others keep their attributes.",
     "mm/memblock.c, kernel-doc of memblock_isolate_range()", only<MBLAB_OP_memblock_remove>, memory},
    {"frame.reserve",
     "Reserving makes every address of the range reserved, with no node and no flags where it was not reserved before; "
     "it need not be memory. Every other address stays as it was.",
     add_source, only<MBLAB_OP_memblock_reserve>, reserved},
    {"frame.free", "Freeing takes every address of the range out of reserved; all others keep their attributes.",
     "mm/memblock.c, kernel-doc of memblock_phys_free(), memblock_free()",
     only<MBLAB_OP_memblock_phys_free, MBLAB_OP_memblock_free>, reserved},
    {"frame.flags", "Marking or clearing changes that one flag of the memory in the range, and nothing else of it.",
     setclr_source,
     only<MBLAB_OP_memblock_mark_hotplug, MBLAB_OP_memblock_clear_hotplug, MBLAB_OP_memblock_mark_nomap,
          MBLAB_OP_memblock_clear_nomap>,
     memory},
    {"frame.mirror", "Memory is marked as mirrored only on a machine that was booted for it (kernelcore=mirror).",
     "Documentation/admin-guide/kernel-parameters.txt, kernelcore=; mm/memblock.c, kernel-doc of "
     "memblock_mark_mirror()",
     only<MBLAB_OP_memblock_mark_mirror>, memory},
    {"frame.noinit",
     "Marking reserved memory as not to be initialised changes that flag of what is reserved in the range.",
     "mm/memblock.c, kernel-doc of memblock_reserved_mark_noinit()", only<MBLAB_OP_memblock_reserved_mark_noinit>,
     reserved},
    {"frame.set-node",
     "Setting the node changes the node of what the type has in the range, and nothing without CONFIG_NUMA.",
     "mm/memblock.c, kernel-doc of memblock_set_node()", only<MBLAB_OP_memblock_set_node>, node},
    {"frame.alloc", "An allocation reserves exactly the block that it returns; one that fails reserves nothing.",
     "mm/memblock.c, kernel-doc of memblock_alloc_range_nid()", in_family<Family::alloc>, allocation},
    {"frame.alloc-slab", "An allocation after the slab is up leaves memblock as it was.",
     "mm/memblock.c, memblock_alloc_range_nid(): use of memblock after slab is ready is an accident",
     in_family<Family::alloc>, nothing_for_slab},
    {"frame.parameters", "A boot parameter changes nothing but what reserve_mem= reserves.",
     "Documentation/admin-guide/kernel-parameters.txt, memblock=, reserve_mem=", only<MBLAB_OP_early_param>,
     other_arrays},
    {"frame.look", "Questions, iterators, reports and switches change no array.",
     "mm/memblock.c, DOC: memblock overview", looks_only, nothing},
    {"frame.other-arrays",
     "An operation on one array changes the others only as a doubling has to: the new array is reserved, the old "
     "freed.",
     "mm/memblock.c, kernel-doc of memblock_double_array()",
     in_family<Family::basic, Family::attributes, Family::alloc>, other_arrays},
    {"frame.settings", "The limit and the direction of allocations change only when they are set.",
     "include/linux/memblock.h, kernel-doc of memblock_set_current_limit()", every_op, settings},
    {"frame.errors", "What returns an error returns 0 or -ENOMEM.",
     "mm/memblock.c, kernel-doc: 0 on success, -errno on failure", returns_errno, errors},
    {"frame.effects",
     "A call does to the world only what it is for: pages go to the buddy allocator when memory is freed to it, "
     "kmemleak "
     "hears of allocations and frees, and slab is asked for arrays and late allocations only.",
     "mm/memblock.c, DOC: memblock overview", every_op, effects, Occasion::effect},
    {"frame.totalram", "Only giving pages to the buddy allocator adds to the system's count of pages.",
     "mm/memblock.c, kernel-doc of memblock_free_all(), memblock_free_late()", gives_no_pages, totalram},
};

} // namespace

std::span<const Contract> frame_contracts()
{
    return table;
}

} // namespace mblab::contract
