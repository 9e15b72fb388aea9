// SPDX-License-Identifier: GPL-2.0-or-later
//
// Each direction is written twice. The walk that *defines* the answer visits every free range with the
// public iterator, clips it to the bounds and tries it. The quick search gives the same answer from two
// binary searches and a tight loop over gaps, and is used when three facts hold that let it pass over
// ranges untried:
//   - memory is in order, so that ranges outside the bounds are those before one index or after another;
//   - size is not 0, so that a range clipped to nothing cannot fit;
//   - going up, no candidate wraps in aligned_up(). A wrapped one is 0, which ends the definition's walk
//     there and then with "none", though a later range might have fitted.
#include "standard.hpp"

#include "find.hpp"

#include "canary.hpp"
#include "filter.hpp"

namespace early {
namespace {

Range clip(Range range, Range bounds)
{
    return {std::clamp(range.base, bounds.base, bounds.end), std::clamp(range.end, bounds.base, bounds.end)};
}

phys_addr_t walk_up(const Placement &wanted)
{
    u64 i;
    Range free;
    for_each_free_mem_range(i, wanted.nid, wanted.flags, &free.base, &free.end, nullptr)
    {
        const Range here = clip(free, {wanted.start, wanted.end});
        const phys_addr_t candidate = aligned_up(here.base, wanted.align);
        if (candidate < here.end && here.end - candidate >= wanted.size)
            return candidate;
    }
    return 0;
}

phys_addr_t walk_down(const Placement &wanted)
{
    u64 i;
    Range free;
    for_each_free_mem_range_reverse(i, wanted.nid, wanted.flags, &free.base, &free.end, nullptr)
    {
        const Range here = clip(free, {wanted.start, wanted.end});
        if (here.end < wanted.size)
            continue;
        const phys_addr_t candidate = aligned_down(here.end - wanted.size, wanted.align);
        if (candidate >= here.base)
            return candidate;
    }
    return 0;
}

// Is there no free range, clipped to the bounds, whose base aligns up past the top of the address space?
bool cannot_wrap(const Placement &wanted, std::span<const Region> memory)
{
    if (memory.empty())
        return true;
    const phys_addr_t top = std::clamp(end_of(memory.back()), wanted.start, wanted.end);
    return top <= last_that_aligns_up(wanted.align);
}

// What both quick searches look at: usable memory within the bounds, and the reservations that cut it.
struct Search {
    const Placement &wanted;
    std::span<const Region> memory = regions_of(std::as_const(::memblock.memory));
    std::span<const Region> reserved = regions_of(std::as_const(::memblock.reserved));
    RegionFilter filter{::memblock.memory, wanted.nid, wanted.flags};

    [[nodiscard]] Range within_bounds(const Region &region) const
    {
        return {std::max(region.base, wanted.start), std::min(end_of(region), wanted.end)};
    }

    // Gap g lies below reservation g; one more gap lies above the last. An empty gap has end <= base.
    [[nodiscard]] Range gap(std::size_t g, Range memory_range) const
    {
        return {g ? std::max(memory_range.base, end_of(reserved[g - 1])) : memory_range.base,
                g < reserved.size() ? std::min(memory_range.end, reserved[g].base) : memory_range.end};
    }

    [[nodiscard]] bool too_small(Range range) const { return range.empty() || range.size() < wanted.size; }
};

phys_addr_t search_up(const Search &search)
{
    const auto &[wanted, memory, reserved, filter] = search;
    std::size_t g = prefix_length(reserved, [&](const Region &r) { return r.base <= wanted.start; });

    for (std::size_t m = prefix_length(memory, [&](const Region &r) { return end_of(r) <= wanted.start; });
         m < memory.size() && memory[m].base < wanted.end; ++m) {
        const Range usable = search.within_bounds(memory[m]);
        if (search.too_small(usable) || filter.rejects(memory[m]))
            continue;

        while (g < reserved.size() && reserved[g].base <= usable.base)
            ++g;
        for (;; ++g) {
            const Range free = search.gap(g, usable);
            if (!search.too_small(free)) {
                const phys_addr_t candidate = aligned_up(free.base, wanted.align);
                if (candidate < free.end && free.end - candidate >= wanted.size)
                    return candidate;
            }
            if (g == reserved.size() || reserved[g].base >= usable.end)
                break;
        }
    }
    return 0;
}

phys_addr_t search_down(const Search &search)
{
    const auto &[wanted, memory, reserved, filter] = search;
    std::size_t g = prefix_length(reserved, [&](const Region &r) { return end_of(r) < wanted.end; });

    for (std::size_t m = prefix_length(memory, [&](const Region &r) { return r.base < wanted.end; });
         m > 0 && end_of(memory[m - 1]) > wanted.start; --m) {
        const Range usable = search.within_bounds(memory[m - 1]);
        if (search.too_small(usable) || filter.rejects(memory[m - 1]))
            continue;

        while (g > 0 && end_of(reserved[g - 1]) >= usable.end)
            --g;
        for (;; --g) {
            const Range free = search.gap(g, usable);
            if (!search.too_small(free)) {
                const phys_addr_t candidate = aligned_down(free.end - wanted.size, wanted.align);
                if (candidate >= free.base)
                    return candidate;
            }
            if (g == 0 || end_of(reserved[g - 1]) <= usable.base)
                break;
        }
    }
    return 0;
}

} // namespace

phys_addr_t find_free(const Placement &asked)
{
    Placement wanted = asked;
    if (wanted.end == MEMBLOCK_ALLOC_ACCESSIBLE || wanted.end == MEMBLOCK_ALLOC_NOLEAKTRACE)
        wanted.end = ::memblock.current_limit;
    // Address 0 means failure, so page 0 cannot be an answer.
    wanted.start = std::max<phys_addr_t>(wanted.start, PAGE_SIZE);
    wanted.end = std::max(wanted.start, wanted.end);

    const Search search{.wanted = wanted};
    const bool may_skip = wanted.size != 0 && in_order(::memblock.memory);
    if (memblock_bottom_up() || canary(Canary::ignores_direction))
        return may_skip && cannot_wrap(wanted, search.memory) ? search_up(search) : walk_up(wanted);
    return may_skip ? search_down(search) : walk_down(wanted);
}

phys_addr_t find_in_range(phys_addr_t start, phys_addr_t end, phys_addr_t size, phys_addr_t align)
{
    Placement wanted{size, align, start, end, NUMA_NO_NODE, preferred_flags()};
    const phys_addr_t found = find_free(wanted);
    if (found || wanted.flags == MEMBLOCK_NONE)
        return found;

    pr_warn_ratelimited("Could not allocate %pap bytes of mirrored memory\n", &size);
    wanted.flags = MEMBLOCK_NONE;
    return find_free(wanted);
}

} // namespace early
