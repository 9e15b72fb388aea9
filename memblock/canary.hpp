// SPDX-License-Identifier: GPL-2.0-or-later
// Bugs on purpose, at most one in a build: -DMBLAB_CANARY=N plants number N, and without it there is none.
// A lab that lets its canary live would not report a real bug either (tests/canaries.sh).
#pragma once

#ifndef MBLAB_CANARY
#define MBLAB_CANARY 0
#endif

namespace early {

// tests/canaries.txt has the same names and numbers, and the contract that each has to be caught by.
enum class Canary {
    none,
    joins_one_too_few,    // what was changed is not joined with its neighbour above
    doubles_into_range,   // a new reserved array may lie in the range that is about to be reserved
    keeps_old_array,      // the old array is not freed after a doubling
    forgets_to_accept,    // a new array is used before its memory is accepted
    forgets_size,         // total_size stays as it was when a region loses its front
    joins_across_nodes,   // regions that touch become one, although their nodes differ
    splits_at_start_only, // a change of attributes reaches to the end of the last region
    keeps_whole_region,   // a memory limit does not cut the region that it falls into
    drops_nomap,          // capping memory drops NOMAP regions as well
    leaves_exact_node,    // exact_nid falls back to other nodes
    mirror_before_node,   // the mirror is given up before the node
    ignores_direction,    // allocation is always bottom-up
    keeps_lower_bound,    // the lower bound stays when nothing fits above it
    skips_zeroing,        // memory that was promised to be zeroed is not
    zeroes_raw,           // memory that was promised to be left alone is zeroed
    reverse_skips_first,  // walking down begins one region too low
    touching_overlaps,    // a range that ends where a region begins overlaps it
    ignores_alignment,    // blocks go to the buddy allocator with too high an order for where they begin
    initialises_noinit,   // reserved pages marked NOINIT are initialised
    passes_end_for_size,  // reserved regions beyond some memory get its node
    reserves_silently,    // memblock=debug does not show memblock_reserve()
    count
};
static_assert(MBLAB_CANARY >= 0 && MBLAB_CANARY < static_cast<int>(Canary::count), "no such canary");

// Is this bug planted? A constant: builds without a canary are, to the byte, as if this file was not there.
consteval bool canary(Canary bug)
{
    return bug != Canary::none && bug == static_cast<Canary>(MBLAB_CANARY);
}

} // namespace early
