// SPDX-License-Identifier: GPL-2.0-or-later
// The array of regions as a data structure: looking things up, and shifting entries about.
#pragma once

#include "standard.hpp"

#include "range.hpp"
#include "state.hpp"

namespace early {

// What must be equal for two regions that touch to be one.
struct Attributes {
    int nid;
    memblock_flags flags;

    bool operator==(const Attributes &) const = default;
};

// Indices [first, last) into an array.
struct Slots {
    std::size_t first;
    std::size_t last;

    [[nodiscard]] constexpr bool empty() const { return first >= last; }
};

// Attributes of memory whose node nobody has told us, and of the slot of an array that is empty.
inline constexpr Attributes no_attributes{MAX_NUMNODES, MEMBLOCK_NONE};

// A region's sums never wrap, because cap_size() was applied to all that came in.
inline phys_addr_t end_of(const Region &region)
{
    return region.base + region.size;
}
inline Range range_of(const Region &region)
{
    return {region.base, end_of(region)};
}
inline Attributes attributes_of(const Region &region)
{
    return {memblock_get_region_node(&region), region.flags};
}

inline std::span<Region> regions_of(Array &array)
{
    return {array.regions, array.cnt};
}
inline std::span<const Region> regions_of(const Array &array)
{
    return {array.regions, array.cnt};
}

// How many regions at the front satisfy a predicate that holds for a prefix of the array only. Halves without
// branching on what it finds, as the answers are as good as random; the last few are faster one by one.
template <std::predicate<const Region &> Holds>
inline std::size_t prefix_length(std::span<const Region> regions, Holds holds)
{
    constexpr std::size_t few = 8;
    const Region *from = regions.data();
    const Region *const end = from + regions.size();

    for (std::size_t left = regions.size(); left > few;) {
        const std::size_t half = left / 2;
        from += holds(from[half - 1]) ? half : 0;
        left -= half;
    }
    while (from != end && holds(*from))
        ++from;
    return static_cast<std::size_t>(from - regions.data());
}

// Index of the first region that reaches beyond address: everything before it is below.
inline std::size_t first_reaching_beyond(const Array &array, phys_addr_t address)
{
    return prefix_length(regions_of(array), [=](const Region &region) { return end_of(region) <= address; });
}

// Index of the first region that begins at address or beyond.
inline std::size_t first_from(const Array &array, phys_addr_t address)
{
    return prefix_length(regions_of(array), [=](const Region &region) { return region.base < address; });
}

// The region that holds address, or null. While many are left, branch: speculation fetches what the next step needs.
// Among the last few, which are near, branchless.
inline Region *search(const Array &array, phys_addr_t address)
{
    constexpr std::size_t few = 16;
    Region *at = array.regions;
    std::size_t left = array.cnt;
    while (left > few) {
        const std::size_t half = left / 2;
        if (address < at[half].base) {
            left = half;
        } else {
            at += half;
            left -= half;
        }
    }
    while (left > 1) {
        const std::size_t half = left / 2;
        at = at[half].base <= address ? at + half : at;
        left -= half;
    }
    // Below the base, the difference wraps to more than any size. Without regions, slot 0 has none.
    return address - at->base < at->size ? at : nullptr;
}

// Put a region in front of slot index. There must be a free slot: BUG otherwise.
inline void insert_region(Array &array, std::size_t index, Range range, Attributes attributes)
{
    BUG_ON(array.cnt >= array.max);

    Region *slot = array.regions + index;
    memmove(slot + 1, slot, (array.cnt - index) * sizeof(*slot));
    slot->base = range.base;
    slot->size = range.size();
    slot->flags = attributes.flags;
    memblock_set_region_node(slot, attributes.nid);
    array.cnt++;
    array.total_size += range.size();
}

// Drop whole regions, in one move however many they are.
void remove_regions(Array &array, Slots slots);

// Join whatever is joinable among the regions first to last, both included, in one pass.
void merge_regions(Array &array, std::size_t first, std::size_t last);

// To be called after the removal of a region: gives an array that is now empty its all-zero slot 0.
void settle_if_empty(Array &array);

// Keep the regions for which keep(region, index) holds, in one pass. keep may resize those it keeps,
// which total_size deliberately does not see; it must leave alone those it drops.
template <std::predicate<Region &, std::size_t> Keep> void retain(Array &array, Keep keep)
{
    std::size_t kept = 0;
    for (std::size_t i = 0; i < array.cnt; ++i) {
        Region &region = array.regions[i];
        if (!keep(region, i)) {
            array.total_size -= region.size;
            continue;
        }
        if (kept != i)
            array.regions[kept] = region;
        ++kept;
    }
    if (kept == array.cnt)
        return;
    array.cnt = kept;
    settle_if_empty(array);
}

} // namespace early
