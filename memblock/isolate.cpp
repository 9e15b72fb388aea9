// SPDX-License-Identifier: GPL-2.0-or-later
#include "standard.hpp"

#include "isolate.hpp"

#include "doubling.hpp"

namespace early {
namespace {

// The region in a slot becomes two that meet at address; the upper one ends up in the slot after.
void split(Array &array, std::size_t slot, phys_addr_t address)
{
    Region &region = array.regions[slot];
    const Range lower{region.base, address};

    region.base = address;
    region.size -= lower.size();
    array.total_size -= lower.size(); // the insertion counts it again
    insert_region(array, slot, lower, attributes_of(region));
}

} // namespace

std::optional<Slots> isolate_range(Array &array, phys_addr_t base, phys_addr_t size)
{
    const Range wanted = cap_size(base, size);
    Slots inside{0, 0};

    if (wanted.empty())
        return inside;
    if (!make_room(array, 2, wanted))
        return std::nullopt;

    for (std::size_t i = first_reaching_beyond(array, wanted.base); i < array.cnt; ++i) {
        const Range here = range_of(array.regions[i]);
        if (here.base >= wanted.end)
            break;
        if (here.base < wanted.base) {
            split(array, i, wanted.base); // its upper half is the next to be looked at
            continue;
        }
        if (here.end > wanted.end)
            split(array, i, wanted.end); // its lower half, still in this slot, is inside

        if (inside.empty())
            inside.first = i;
        inside.last = i + 1;
    }
    return inside;
}

int remove_range(Array &array, phys_addr_t base, phys_addr_t size)
{
    const auto inside = isolate_range(array, base, size);
    if (!inside)
        return -ENOMEM;
    remove_regions(array, *inside);
    return 0;
}

} // namespace early
