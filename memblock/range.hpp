// SPDX-License-Identifier: GPL-2.0-or-later
// A half-open range of physical addresses, how the API caps one, and what aligning an address means.
#pragma once

#include "standard.hpp"

#include <linux/types.h>

namespace early {

struct Range {
    phys_addr_t base; // first byte
    phys_addr_t end;  // exclusive

    [[nodiscard]] constexpr phys_addr_t size() const { return end - base; }
    [[nodiscard]] constexpr bool empty() const { return end <= base; }
};

// Every range that a caller names: what would run past the top of the address space is cut there. The
// very last byte can therefore never be described.
constexpr Range cap_size(phys_addr_t base, phys_addr_t size)
{
    return {base, base + std::min(size, PHYS_ADDR_MAX - base)};
}

constexpr Range intersection(Range a, Range b)
{
    return {std::max(a.base, b.base), std::min(a.end, b.end)};
}

// round_up() and round_down() with the kernel's arithmetic for *any* alignment: the bits of align - 1
// are filled or cleared. That is rounding when align is a power of two; for other values it is only
// what the kernel computes, and callers rely on no more than `aligned_down(x) <= x` and on
// `aligned_up(x) >= x` unless it wraps to 0.
constexpr phys_addr_t aligned_up(phys_addr_t address, phys_addr_t align)
{
    return ((address - 1) | (align - 1)) + 1;
}

constexpr phys_addr_t aligned_down(phys_addr_t address, phys_addr_t align)
{
    return address & ~(align - 1);
}

static_assert(aligned_up(4097, 4096) == 8192 && aligned_down(4097, 4096) == 4096);
static_assert(aligned_up(PHYS_ADDR_MAX, 4096) == 0 && aligned_up(0, 4096) == 0);
static_assert(cap_size(PHYS_ADDR_MAX, 1).empty());

} // namespace early
