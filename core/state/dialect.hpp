// SPDX-License-Identifier: GPL-2.0-or-later
// What a kernel means by calls that mean something else in other kernels.
#pragma once

#include <bitset>

namespace mblab {

/// Each member is the answer to one trait (core/oracle/traits.cpp, by the id behind it); where nobody has asked, that of
/// the newest kernel.
struct Dialect {
    bool empty_array_has_entry = false; // E01: a region of no size
    bool warns_of_max_numnodes = true;  // E02: a search for node MAX_NUMNODES warns
    bool full_array_panics = true;      // E03: else filling an array that may not grow fails
    bool accepts_memory = true;         // E04
    bool phys_alloc_uses_slab = true;   // E05: once the slab is up
    bool free_all_sets_nodes = true;    // E06: of reserved regions
    bool marks_any_mirror = true;       // E07: without kernelcore=mirror, too
    bool cap_leaves_halves = true;      // E11: that no later addition joins
    bool reserve_has_no_node = true;    // S01: NUMA_NO_NODE; else MAX_NUMNODES
    bool alloc_marks_kern = true;       // S02: MEMBLOCK_RSRV_KERN
    bool alloc_keeps_node = true;       // S03: the node that was asked for
    bool plain_overlap_is_silent = true; // S05: no warning about flags where none are added
    bool array_marks_kern = true;       // S07: the reservation of an array's storage
    bool late_free_to_buddy = true;     // S08: memblock_phys_free() once the slab is up
    bool discard_frees_late = false;    // S10: a grown array's pages go to the buddy allocator, slab or not
    bool estimate_counts_kern = true;   // S13: else all that is reserved
    bool scratch_flag_filters = true;   // S15: walks that ask for KHO scratch memory

    /// By kind of op: whether the kernel has the function. All, where nobody has asked.
    std::bitset<256> functions = std::bitset<256>().set();

    bool operator==(const Dialect &) const = default;
};

} // namespace mblab
