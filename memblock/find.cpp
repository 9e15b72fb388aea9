// SPDX-License-Identifier: GPL-2.0-or-later
#include "standard.hpp"

#include "find.hpp"

#include "walk.hpp"

namespace early {
namespace {

// What a search in either direction looks at. The answer is defined by trying each free range of the whole address
// space, clipped to the bounds. Ranges outside the bounds are passed over untried where they cannot change it: a block
// of no bytes fits into a range that was clipped to nothing, and where an alignment that is no power of two wraps, an
// answer of 0 ("none") comes from the first range that does so.
struct Search {
    const Placement &wanted;
    const Array &memory = ::memblock.memory;
    const Array &reserved = ::memblock.reserved;
    RegionFilter filter{::memblock.memory, wanted.nid, wanted.flags};
    bool bounded = wanted.size != 0 && !(wanted.align & (wanted.align - 1)); // has_single_bit() may be a call

    [[nodiscard]] Range clip(Range range) const
    {
        return {std::clamp(range.base, wanted.start, wanted.end), std::clamp(range.end, wanted.start, wanted.end)};
    }
};

phys_addr_t find_range_bottom_up(const Search &search)
{
    const auto &[wanted, memory, reserved, filter, bounded] = search;
    Cursor at{0, 0};
    if (bounded)
        at = {static_cast<long>(first_reaching_beyond(memory, wanted.start)),
              static_cast<long>(first_reaching_beyond(reserved, wanted.start))};

    phys_addr_t found = 0;
    walk_up(at, memory, &reserved, filter, [&](Range free, const Region &) {
        const Range here = search.clip(free);
        const phys_addr_t candidate = aligned_up(here.base, wanted.align);
        if (candidate < here.end && here.end - candidate >= wanted.size) {
            found = candidate;
            return true;
        }
        return bounded && free.end >= wanted.end;
    });
    return found;
}

phys_addr_t find_range_top_down(const Search &search)
{
    const auto &[wanted, memory, reserved, filter, bounded] = search;
    Cursor at{static_cast<long>(memory.cnt) - 1, static_cast<long>(reserved.cnt)};
    if (bounded)
        at = {static_cast<long>(first_from(memory, wanted.end)) - 1,
              static_cast<long>(first_from(reserved, wanted.end))};

    phys_addr_t found = 0;
    walk_down(at, memory, &reserved, filter, [&](Range free, const Region &) {
        const Range here = search.clip(free);
        if (here.end >= wanted.size) {
            const phys_addr_t candidate = aligned_down(here.end - wanted.size, wanted.align);
            if (candidate >= here.base) {
                found = candidate;
                return true;
            }
        }
        return bounded && free.base <= wanted.start;
    });
    return found;
}

} // namespace

phys_addr_t find_in_range_node(const Placement &asked)
{
    Placement wanted = asked;
    if (wanted.end == MEMBLOCK_ALLOC_ACCESSIBLE || wanted.end == MEMBLOCK_ALLOC_NOLEAKTRACE)
        wanted.end = ::memblock.current_limit;
    // Address 0 means failure, so page 0 cannot be an answer.
    wanted.start = std::max<phys_addr_t>(wanted.start, PAGE_SIZE);
    wanted.end = std::max(wanted.start, wanted.end);

    const Search search{.wanted = wanted};
    return memblock_bottom_up() ? find_range_bottom_up(search) : find_range_top_down(search);
}

phys_addr_t find_in_range(phys_addr_t start, phys_addr_t end, phys_addr_t size, phys_addr_t align)
{
    Placement wanted{size, align, start, end, NUMA_NO_NODE, choose_flags()};
    const phys_addr_t found = find_in_range_node(wanted);
    if (found || !(wanted.flags & MEMBLOCK_MIRROR))
        return found;

    pr_warn_ratelimited("Could not allocate %pap bytes of mirrored memory\n", &size);
    wanted.flags &= ~MEMBLOCK_MIRROR;
    return find_in_range_node(wanted);
}

} // namespace early
