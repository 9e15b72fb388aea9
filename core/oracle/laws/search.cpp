// SPDX-License-Identifier: GPL-2.0-or-later
// What an allocation asks for, and which address the documentation lets it have.
#include "core/oracle/laws/context.hpp"

namespace mblab::contract {
namespace {

constexpr uint64_t alloc_accessible = 0, alloc_no_leak_trace = 1; // MEMBLOCK_ALLOC_*
constexpr uint64_t low_limit = 0xffffffff;                        // ARCH_LOW_ADDRESS_LIMIT
constexpr int32_t any_node = -1;

/// What a candidate must satisfy.
struct Wanted {
    Range window;
    uint64_t size, align_mask;

    /// The highest fitting address in free space, 0 for none.
    uint64_t highest_in(uint64_t start, uint64_t end) const
    {
        if (start >= end || end - start < size)
            return 0;
        const uint64_t addr = (end - size) & ~align_mask;
        return addr >= start ? addr : 0;
    }

    /// The lowest fitting address in free space, 0 for none.
    uint64_t lowest_in(uint64_t start, uint64_t end) const
    {
        if (start >= end || start > never - align_mask)
            return 0;
        const uint64_t addr = (start + align_mask) & ~align_mask;
        return addr < end && end - addr >= size ? addr : 0;
    }
};

uint64_t highest(const Context &context, const Attempt &attempt, const Wanted &wanted)
{
    const Regions memory = context.old_regions(MBLAB_TYPE_memory), reserved = context.old_regions(MBLAB_TYPE_reserved);
    size_t above = reserved.size(); // reserved regions from here on start at or above what is looked at
    for (size_t i = memory.size(); i-- > 0 && end_of(memory[i]) > wanted.window.start;) {
        if (memory[i].base >= wanted.window.end || !lawful(context, attempt, memory[i]))
            continue;
        const uint64_t start = std::max(memory[i].base, wanted.window.start);
        uint64_t end = std::min(end_of(memory[i]), wanted.window.end);
        while (above > 0 && reserved[above - 1].base >= end)
            above--;
        for (size_t below = above; start < end;) {
            const uint64_t hole = below ? std::max(start, end_of(reserved[below - 1])) : start;
            if (const uint64_t addr = wanted.highest_in(hole, end))
                return addr;
            if (below == 0)
                break;
            end = std::min(end, reserved[--below].base);
        }
    }
    return 0;
}

uint64_t lowest(const Context &context, const Attempt &attempt, const Wanted &wanted)
{
    const Regions memory = context.old_regions(MBLAB_TYPE_memory), reserved = context.old_regions(MBLAB_TYPE_reserved);
    size_t below = 0; // reserved regions up to here end at or below what is looked at
    for (size_t i = 0; i < memory.size() && memory[i].base < wanted.window.end; i++) {
        if (end_of(memory[i]) <= wanted.window.start || !lawful(context, attempt, memory[i]))
            continue;
        uint64_t start = std::max(memory[i].base, wanted.window.start);
        const uint64_t end = std::min(end_of(memory[i]), wanted.window.end);
        while (below < reserved.size() && end_of(reserved[below]) <= start)
            below++;
        for (size_t above = below; start < end; above++) {
            const bool last = above == reserved.size();
            if (const uint64_t addr = wanted.lowest_in(start, last ? end : std::min(end, reserved[above].base)))
                return addr;
            if (last)
                break;
            start = std::max(start, end_of(reserved[above]));
        }
    }
    return 0;
}

} // namespace

bool lawful(const Context &context, const Attempt &attempt, const Region &region)
{
    if (region.flags & (flag_nomap | flag_driver_managed))
        return false;
    if ((region.flags & flag_hotplug) && context.facts.movable_node)
        return false;
    if (attempt.mirror && !(region.flags & flag_mirror))
        return false;
    return !attempt.on_node || region.nid == context.request.nid;
}

/// The defaults of each variant, out of the kernel-doc of the allocation functions and <linux/memblock.h>.
void Context::read_request()
{
    Request &r = request;
    r = {phys(0), phys(1), 0, alloc_accessible, any_node, false, true, true, true, true};
    switch (op_->kind) {
    case MBLAB_OP_memblock_phys_alloc:
        r.virt = false;
        break;
    case MBLAB_OP_memblock_phys_alloc_try_nid:
        r.virt = false;
        r.nid = nid(2);
        break;
    case MBLAB_OP_memblock_alloc_range_nid:
        r.nid = nid(4);
        r.exact_nid = op_->arg[5];
        [[fallthrough]];
    case MBLAB_OP_memblock_phys_alloc_range:
        r.virt = false;
        r.start = phys(2);
        r.end = phys(3);
        break;
    case MBLAB_OP_memblock_alloc_raw:
        r.zeroed = false;
        break;
    case MBLAB_OP_memblock_alloc_from:
        r.start = phys(2);
        break;
    case MBLAB_OP_memblock_alloc_low:
        r.end = low_limit;
        break;
    case MBLAB_OP_memblock_alloc_node:
        r.nid = nid(2);
        break;
    case MBLAB_OP_memblock_alloc_exact_nid_raw:
    case MBLAB_OP_memblock_alloc_try_nid_raw:
    case MBLAB_OP_memblock_alloc_try_nid:
        r.start = phys(2);
        r.end = phys(3);
        r.nid = nid(4);
        r.zeroed = op_->kind == MBLAB_OP_memblock_alloc_try_nid;
        r.exact_nid = op_->kind == MBLAB_OP_memblock_alloc_exact_nid_raw;
        break;
    default:
        break;
    }
    r.zeroed &= r.virt;
    r.drops_start = r.virt && r.start != 0;
    if (r.virt)
        r.end = std::min(r.end, old_limit);
    r.leak_trace = r.end != alloc_no_leak_trace;
    if (r.end == alloc_accessible || r.end == alloc_no_leak_trace)
        r.end = old_limit;
    if (r.align == 0)
        r.align = cache_line;
}

/// Tries in order: the node before any node, mirrored memory before all of that in any memory, and the functions
/// that return pointers go through it all again without their lower bound.
size_t Context::attempt_count() const
{
    const size_t nodes = valid_node(request.nid) && !request.exact_nid ? 2 : 1;
    return nodes * (facts.has_mirror ? 2 : 1) * (request.drops_start ? 2 : 1);
}

Attempt Context::attempt(size_t index) const
{
    const bool named = valid_node(request.nid);
    const size_t nodes = named && !request.exact_nid ? 2 : 1;
    const size_t mirrors = facts.has_mirror ? 2 : 1;
    const bool first_node = index % nodes == 0;
    const bool first_mirror = index / nodes % mirrors == 0;
    const bool bounded = index / (nodes * mirrors) == 0;
    const uint64_t start = std::max(bounded ? request.start : 0, page_size);
    return {{start, std::max(start, request.end)}, named && first_node, facts.has_mirror && first_mirror};
}

const Search &Context::search()
{
    if (searched_)
        return search_;
    searched_ = true;
    search_ = {attempt_count(), 0, 0};
    for (; search_.found_by < search_.attempts; search_.found_by++) {
        const Attempt tried = attempt(search_.found_by);
        const Wanted wanted{tried.window, request.size, request.align - 1};
        search_.addr = old_bottom_up ? lowest(*this, tried, wanted) : highest(*this, tried, wanted);
        if (search_.addr)
            break;
    }
    return search_;
}

} // namespace mblab::contract
