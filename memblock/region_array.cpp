// SPDX-License-Identifier: GPL-2.0-or-later
#include "standard.hpp"

#include "region_array.hpp"

namespace early {
namespace {

// Take entries away: move what follows slots down over them. The sizes are the caller's business.
void close_gap(Array &array, Slots slots)
{
    if (slots.empty())
        return;
    memmove(array.regions + slots.first, array.regions + slots.last, (array.cnt - slots.last) * sizeof(Region));
    array.cnt -= slots.last - slots.first;
}

} // namespace

void settle_if_empty(Array &array)
{
    if (array.cnt)
        return;
    WARN_ON(array.total_size != 0);

    Region &slot = array.regions[0];
    slot.base = 0;
    slot.size = 0;
    slot.flags = no_attributes.flags;
    memblock_set_region_node(&slot, no_attributes.nid);
}

void remove_regions(Array &array, Slots slots)
{
    if (slots.empty())
        return;
    for (std::size_t i = slots.first; i < slots.last; ++i)
        array.total_size -= array.regions[i].size;
    close_gap(array, slots);
    settle_if_empty(array);
}

void merge_regions(Array &array, std::size_t first, std::size_t last)
{
    last = std::min<std::size_t>(last + 1, array.cnt); // exclusive from here on
    if (first >= last)
        return;

    std::size_t kept = first;
    for (std::size_t next = first + 1; next < last; ++next) {
        Region &left = array.regions[kept];
        const Region &right = array.regions[next];

        BUG_ON(end_of(left) > right.base);
        if (end_of(left) == right.base && attributes_of(left) == attributes_of(right))
            left.size += right.size;
        else if (++kept != next)
            array.regions[kept] = right;
    }
    close_gap(array, {kept + 1, last});
}

} // namespace early
