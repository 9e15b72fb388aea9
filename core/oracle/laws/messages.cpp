// SPDX-License-Identifier: GPL-2.0-or-later
// What the kernel log says: memblock=debug makes calls announce themselves, and nothing else is chatty.
#include "core/oracle/laws/checks.hpp"

namespace mblab::contract {
namespace {

constexpr std::string_view debug_source = "Documentation/admin-guide/kernel-parameters.txt, memblock=debug";

/// The function whose name a call is announced by: wrappers in the header are called by the one that they wrap.
std::string_view announced_name(uint16_t kind)
{
    switch (kind) {
    case MBLAB_OP_memblock_free:
        return "memblock_phys_free";
    case MBLAB_OP_memblock_phys_alloc:
        return "memblock_phys_alloc_range";
    case MBLAB_OP_memblock_alloc_raw:
        return "memblock_alloc_try_nid_raw";
    case MBLAB_OP_memblock_alloc:
    case MBLAB_OP_memblock_alloc_from:
    case MBLAB_OP_memblock_alloc_low:
    case MBLAB_OP_memblock_alloc_node:
        return "memblock_alloc_try_nid";
    default:
        return op_info(kind).name;
    }
}

bool is_announced(uint16_t kind)
{
    return only<MBLAB_OP_memblock_add, MBLAB_OP_memblock_add_node, MBLAB_OP_memblock_remove,
                MBLAB_OP_memblock_physmem_add, MBLAB_OP_memblock_reserve, MBLAB_OP_memblock_phys_free,
                MBLAB_OP_memblock_free, MBLAB_OP_memblock_free_late>(kind) ||
           (in_family<Family::alloc>(kind) && kind != MBLAB_OP_memblock_alloc_range_nid &&
            kind != MBLAB_OP_memblock_phys_alloc_try_nid);
}

Verdict announced(Context &context)
{
    const uint16_t kind = context.op().kind;
    if (!context.facts.debug || (kind == MBLAB_OP_memblock_free && !context.phys(0)))
        return Verdict::not_applicable;
    const std::string_view name = announced_name(kind);
    size_t times = 0;
    for (const Effect &effect : context.outcome().effect_list()) {
        const std::string_view text = context.outcome().text_of(effect);
        times += effect.kind == MBLAB_EFFECT_print && effect.a == level_info && text.starts_with(name) &&
                 text.substr(name.size()).starts_with(": ");
    }
    return times ? Verdict::holds : context.broken("the call does not announce itself");
}

Verdict quiet(Context &context)
{
    if (context.facts.debug || context.op().kind == MBLAB_OP_early_param)
        return Verdict::not_applicable;
    return context.summary.infos == 0 ? Verdict::holds
                                      : context.broken("{} messages without memblock=debug", context.summary.infos);
}

Verdict dump(Context &context)
{
    uint64_t lines = 0;
    if (context.facts.debug) {
        lines = 2;
        for (uint64_t type = 0; context.has_type(type); type++)
            lines += 1 + context.new_regions(type).size();
    }
    return context.summary.infos == lines ? Verdict::holds
                                          : context.broken("{} lines, not {}", context.summary.infos, lines);
}

Verdict file(Context &context)
{
    const uint64_t type = context.op().arg[0];
    const bool exists = context.has_type(type);
    if (!exists)
        return context.error() < 0 ? Verdict::holds : context.broken("a file of type {} is shown", type);
    for (const Effect &effect : context.outcome().effect_list()) {
        if (effect.kind != MBLAB_EFFECT_seq)
            continue;
        const std::string_view text = context.outcome().text_of(effect);
        const auto lines = static_cast<uint64_t>(std::count(text.begin(), text.end(), '\n'));
        const uint64_t regions = context.new_regions(type).size();
        return lines == regions ? Verdict::holds : context.broken("{} lines for {} regions", lines, regions);
    }
    return context.broken("nothing is shown");
}

/// A warning when mirrored memory could not serve, and only then.
Verdict mirror(Context &context)
{
    const uint32_t warnings = context.summary.mirror_warnings;
    if (!context.facts.has_mirror || context.facts.slab != MBLAB_SLAB_DOWN)
        return warnings == 0 ? Verdict::not_applicable : context.broken("{} warnings of mirrored memory", warnings);
    const Search &search = context.search();
    const bool undecided = context.cut_short() || !context.doublings.empty() || !context.request.size ||
                           !is_power_of_two(context.request.align);
    if (undecided)
        return Verdict::not_applicable;
    const bool fell_back = search.found_by == search.attempts || !context.attempt(search.found_by).mirror ||
                           search.found_by >= search.attempts / (context.request.drops_start ? 2 : 1);
    return (warnings != 0) == fell_back ? Verdict::holds : context.broken("{} warnings of mirrored memory", warnings);
}

Verdict stack(Context &context)
{
    size_t dumps = 0;
    for (const Effect &effect : context.outcome().effect_list())
        dumps += effect.kind == MBLAB_EFFECT_dump_stack;
    const bool wanted = context.phys(1) == 0 && context.facts.slab == MBLAB_SLAB_DOWN;
    return (dumps != 0) == wanted ? Verdict::holds : context.broken("{} stack dumps", dumps);
}

Verdict coverage(Context &context)
{
    const bool failed = context.value() == 0;
    return (context.summary.errors != 0) == failed ? Verdict::holds
                                                   : context.broken("{} errors", context.summary.errors);
}

constexpr Contract table[] = {
    {"messages.announced",
     "With memblock=debug, adding, removing, reserving, freeing and allocating announce themselves.",
     "Documentation/admin-guide/kernel-parameters.txt, memblock=debug; mm/memblock.c, kernel-doc of "
     "memblock_alloc_try_nid(): additional debug information",
     is_announced, announced},
    {"messages.quiet", "Without memblock=debug, memblock says nothing but warnings and errors.", debug_source, every_op,
     quiet, Occasion::effect},
    {"messages.dump",
     "A dump is a line for the configuration, one for the sizes, and one for each type and region; and "
     "nothing without memblock=debug.",
     debug_source, only<MBLAB_OP_memblock_dump_all>, dump},
    {"messages.file", "A debugfs file has a line for each region of its type.", "mm/memblock.c, memblock_debug_show()",
     only<MBLAB_OP_debugfs_show>, file},
    {"messages.mirror", "An allocation that had to leave mirrored memory says so.",
     "mm/memblock.c, kernel-doc of memblock_alloc_range_nid()", in_family<Family::alloc>, mirror},
    {"messages.alignment", "An allocation without an alignment shows who asked for it.",
     "commit 7e1c4e27928e (memblock: stop using implicit alignment to SMP_CACHE_BYTES)", in_family<Family::alloc>,
     stack},
    {"messages.coverage", "Memory without a node beyond the threshold is an error in the log.",
     "mm/memblock.c, kernel-doc of memblock_validate_numa_coverage()", only<MBLAB_OP_memblock_validate_numa_coverage>,
     coverage},
};

} // namespace

std::span<const Contract> message_contracts()
{
    return table;
}

} // namespace mblab::contract
