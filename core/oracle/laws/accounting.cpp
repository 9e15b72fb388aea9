// SPDX-License-Identifier: GPL-2.0-or-later
// Sizes, counted: what memblock keeps as sums is the sum.
#include "core/oracle/laws/checks.hpp"

namespace mblab::contract {
namespace {

/// A surplus that an excuse explained once is carried along; any other difference is news.
Verdict total(Context &context)
{
    for (uint64_t type = 0; type < context.type_count(); type++) {
        const uint64_t now = context.outcome().state.type[type].total_size, sum = context.shape(type).sum;
        if (now != sum && now != ((sum + context.before[type].surplus) & context.phys_max()))
            return context.broken("type {}: total_size is {:#x}, the regions sum up to {:#x}", type, now, sum);
    }
    return Verdict::holds;
}

Verdict reported_size(Context &context)
{
    const bool memory = context.op().kind == MBLAB_OP_memblock_phys_mem_size;
    const uint64_t sum = context.shape(memory ? MBLAB_TYPE_memory : MBLAB_TYPE_reserved).sum;
    return context.value() == sum ? Verdict::holds
                                  : context.broken("{:#x} reported, the regions sum up to {:#x}", context.value(), sum);
}

Verdict estimate(Context &context)
{
    const uint64_t memory = context.shape(MBLAB_TYPE_memory).sum, reserved = context.shape(MBLAB_TYPE_reserved).sum;
    const uint64_t pages = memory > reserved ? (memory - reserved) / page_size : 0;
    return context.value() == pages ? Verdict::holds
                                    : context.broken("{} pages estimated; memory is {:#x}, reserved {:#x}",
                                                     context.value(), memory, reserved);
}

constexpr Contract table[] = {
    {"accounting.total", "total_size of an array is the sum of the sizes of its regions.",
     "include/linux/memblock.h, kernel-doc of struct memblock_type", every_op, total, Occasion::change},
    {"accounting.reported", "memblock_phys_mem_size() and memblock_reserved_size() are the sums over their arrays.",
     "include/linux/memblock.h, kernel-doc of struct memblock_type", // what they return is total_size
     only<MBLAB_OP_memblock_phys_mem_size, MBLAB_OP_memblock_reserved_size>, reported_size},
    {"accounting.estimate",
     "The estimate of free pages is memory less reserved, in pages, and none when more is reserved than there is.",
     "mm/memblock.c, kernel-doc of memblock_estimated_nr_free_pages()", only<MBLAB_OP_memblock_estimated_nr_free_pages>,
     estimate},
};

} // namespace

std::span<const Contract> accounting_contracts()
{
    return table;
}

} // namespace mblab::contract
