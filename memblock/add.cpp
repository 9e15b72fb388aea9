// SPDX-License-Identifier: GPL-2.0-or-later
// Adding a range to an array: what is there stays as it is, and the holes in between are filled.
#include "standard.hpp"

#include "doubling.hpp"
#include "log.hpp"
#include "region_array.hpp"

namespace early {
namespace {

// Existing regions win over new ones, so a disagreement about attributes is the caller's mistake. Who asks for no flag
// has no opinion on them.
void warn_of_conflict(const Region &existing, Attributes wanted)
{
    if constexpr (IS_ENABLED(CONFIG_NUMA))
        WARN_ON(wanted.nid != memblock_get_region_node(&existing));
    WARN_ON(wanted.flags != MEMBLOCK_NONE && wanted.flags != existing.flags);
}

// Call fill(index, hole) for each part of wanted that array lacks, from low to high, where index is the
// slot of the first region above the hole. fill may put something there, and returns the slot that
// this region is in afterwards. Warns of each region above a hole that has other attributes.
template <typename Fill> void for_each_hole(Array &array, Range wanted, Attributes attributes, Fill &&fill)
{
    phys_addr_t covered = wanted.base; // everything of wanted below is dealt with
    std::size_t i = first_reaching_beyond(array, wanted.base);

    for (; i < array.cnt; ++i) {
        const Range here = range_of(array.regions[i]);
        if (here.base >= wanted.end)
            break;
        if (here.base > covered) {
            warn_of_conflict(array.regions[i], attributes);
            i = fill(i, Range{covered, here.base});
        }
        covered = std::min(here.end, wanted.end);
    }
    if (covered < wanted.end)
        fill(i, Range{covered, wanted.end});
}

int add_range(Array &array, phys_addr_t base, phys_addr_t size, Attributes attributes)
{
    const Range wanted = cap_size(base, size);
    if (wanted.empty())
        return 0;
    if (array.regions[0].size == 0) {
        // total_size can be off here: trimming shrinks regions behind its back.
        WARN_ON(array.cnt != 0 || array.total_size);
        array.cnt = 0;
        array.total_size = 0;
        insert_region(array, 0, wanted, attributes);
        return 0;
    }

    // A range that lies over every region fills at most one hole below each and one above them all.
    if (array.cnt * 2 + 1 > array.max) {
        std::size_t holes = 0;
        for_each_hole(array, wanted, attributes, [&](std::size_t index, Range) {
            ++holes;
            return index;
        });
        if (!holes)
            return 0;
        if (!make_room(array, holes, wanted))
            return -ENOMEM;
    }

    // Regions that may have become joinable; last is included.
    std::optional<Slots> touched;
    for_each_hole(array, wanted, attributes, [&](std::size_t index, Range hole) {
        insert_region(array, index, hole, attributes);
        if (!touched)
            touched = Slots{index ? index - 1 : 0, index};
        touched->last = index + 1;
        return index + 1;
    });
    if (touched)
        merge_regions(array, touched->first, touched->last);
    return 0;
}

} // namespace
} // namespace early

using early::add_range;
using early::log_range_call;
using early::no_attributes;

int __init_memblock memblock_add_node(phys_addr_t base, phys_addr_t size, int nid, enum memblock_flags flags)
{
    log_range_call(__func__, base, size, {nid, flags}, _RET_IP_);
    return add_range(memblock.memory, base, size, {nid, flags});
}

int __init_memblock memblock_add(phys_addr_t base, phys_addr_t size)
{
    log_range_call(__func__, base, size, _RET_IP_);
    return add_range(memblock.memory, base, size, no_attributes);
}

int __init_memblock __memblock_reserve(phys_addr_t base, phys_addr_t size, int nid, enum memblock_flags flags)
{
    log_range_call(__func__, base, size, {nid, flags}, _RET_IP_);
    return add_range(memblock.reserved, base, size, {nid, flags});
}

#ifdef CONFIG_HAVE_MEMBLOCK_PHYS_MAP
int __init_memblock memblock_physmem_add(phys_addr_t base, phys_addr_t size)
{
    log_range_call(__func__, base, size, _RET_IP_);
    return add_range(physmem, base, size, no_attributes);
}
#endif
