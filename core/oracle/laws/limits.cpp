// SPDX-License-Identifier: GPL-2.0-or-later
// Less memory than there is: each way of cutting it, as a set.
#include "core/oracle/laws/checks.hpp"

namespace mblab::contract {
namespace {

constexpr std::string_view mem_source =
    "Documentation/admin-guide/kernel-parameters.txt, mem=; mm/memblock.c, DOC: memblock overview";

/// Both arrays, unless some step found no room: none of these functions has a way to say so.
Verdict both(Context &context)
{
    if (context.cut_short())
        return Verdict::not_applicable;
    const Verdict memory = matches(context, MBLAB_TYPE_memory);
    return memory == Verdict::holds ? matches(context, MBLAB_TYPE_reserved) : memory;
}

Verdict trim(Context &context)
{
    return is_power_of_two(context.phys(0)) ? both(context) : Verdict::not_applicable;
}

/// What is left is what was asked for, or all there was.
Verdict amount(Context &context)
{
    const uint64_t limit = context.phys(0), had = context.before[MBLAB_TYPE_memory].shape.sum;
    const uint64_t left = context.shape(MBLAB_TYPE_memory).sum, promised = limit ? std::min(limit, had) : had;
    if (context.cut_short())
        return Verdict::not_applicable;
    return left == promised ? Verdict::holds : context.broken("{:#x} bytes of memory left of {:#x}", left, had);
}

constexpr Contract table[] = {
    {"limits.amount", "Enforcing a limit leaves exactly that much memory, or what there was when that is less.",
     mem_source, only<MBLAB_OP_memblock_enforce_memory_limit>, amount},
    {"limits.enforce",
     "Enforcing a limit keeps the lowest so many bytes of memory, and takes all that lies above them out of memory and "
     "of "
     "reserved. A limit of 0, or of more than there is, changes nothing.",
     mem_source, only<MBLAB_OP_memblock_enforce_memory_limit>, both},
    {"limits.cap",
     "Capping keeps the memory of the range and all NOMAP memory, and the reservations in the range. A size of 0, or "
     "no "
     "memory to cap, changes nothing.",
     "commit \"memblock: add memblock_cap_memory_range()\"", only<MBLAB_OP_memblock_cap_memory_range>, both},
    {"limits.remove-map",
     "Limiting the map keeps the lowest so many bytes of memory and all NOMAP memory above them, and no reservation "
     "above "
     "them. A limit of 0, or of more than there is, changes nothing.",
     "commit a571d4eb55d8 (mm/memblock.c: add new infrastructure to address the mem limit issue)",
     only<MBLAB_OP_memblock_mem_limit_remove_map>, both},
    {"limits.trim",
     "Trimming shrinks each memory region to the alignment from both sides and drops what is empty then; reserved "
     "stays.",
     "mm/memblock.c, memblock_trim_memory(): start up, end down to the alignment", only<MBLAB_OP_memblock_trim_memory>,
     trim},
};

} // namespace

std::span<const Contract> limits_contracts()
{
    return table;
}

} // namespace mblab::contract
