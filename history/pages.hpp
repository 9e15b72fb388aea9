// SPDX-License-Identifier: GPL-2.0-or-later
// Pages and rounding.
#pragma once

#include "core/state/region_set.hpp"

#include <cstdint>

namespace mblab::history {

inline constexpr uint64_t page = 4096;
inline constexpr uint64_t pfn_end = ~uint64_t{0} / page + 1; // of the address space
inline constexpr uint64_t low_limit = 0xffffffff;            // ARCH_LOW_ADDRESS_LIMIT
inline constexpr uint64_t bits_per_word = 64;

constexpr uint64_t pfn_down(uint64_t address)
{
    return address / page;
}
constexpr uint64_t pfn_up(uint64_t address)
{
    return address / page + (address % page != 0);
}
/// unit is a power of 2; the result wraps where it passes the highest number.
constexpr uint64_t align_up(uint64_t value, uint64_t unit)
{
    return (value + unit - 1) & ~(unit - 1);
}
/// Whether a range ends in the last page of the address space or beyond it: rounding up wraps there, as PFN_UP() does.
constexpr bool reaches_top(uint64_t address, uint64_t size)
{
    return address + size < address || address + size > ~uint64_t{0} - (page - 1);
}
/// The pages that a range touches.
constexpr Interval pages_touched(uint64_t address, uint64_t size)
{
    return {pfn_down(address), pfn_up(address + size)};
}
/// The pages that lie in a range as a whole.
constexpr Interval whole_pages(uint64_t address, uint64_t size)
{
    return {pfn_up(address), pfn_down(address + size)};
}
/// The bytes of a map with a bit for each of so many pages: whole words.
constexpr uint64_t map_bytes(uint64_t pages)
{
    return align_up(pages / 8 + (pages % 8 != 0), bits_per_word / 8);
}

} // namespace mblab::history
