// SPDX-License-Identifier: GPL-2.0-or-later
// Placement: where in free memory would a block fit? Nothing is reserved here.
#pragma once

#include "standard.hpp"

#include "range.hpp"
#include "state.hpp"

namespace early {

struct Placement {
    phys_addr_t size;
    phys_addr_t align;
    phys_addr_t start; // lowest address allowed
    phys_addr_t end;   // where the block must end at the latest, or one of MEMBLOCK_ALLOC_*
    int nid;           // NUMA_NO_NODE for any
    memblock_flags flags;
};

// The first fit in the current direction, never in page 0. Returns 0 for none.
[[nodiscard]] phys_addr_t find_in_range_node(const Placement &wanted);

// find_in_range_node() on any node: in what choose_flags() says. Mirrored memory is given up for all memory, with a
// message.
[[nodiscard]] phys_addr_t find_in_range(phys_addr_t start, phys_addr_t end, phys_addr_t size, phys_addr_t align);

} // namespace early
