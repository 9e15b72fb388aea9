// SPDX-License-Identifier: GPL-2.0-or-later
// What a kernel means by calls that mean something else in other kernels.
#pragma once

#include <bitset>

namespace mblab {

/// Each member is the answer to one trait (core/oracle/traits.cpp, by the id behind it); where nobody has asked, that
/// of the newest kernel.
struct Dialect {
    bool empty_array_has_entry = false;     // E01: a region of no size
    bool warns_of_max_numnodes = false;     // E02: a walk or an allocation for node MAX_NUMNODES, at its first
    bool full_array_panics = true;          // E03: else filling an array that may not grow fails
    bool accepts_memory = true;             // E04
    bool phys_alloc_uses_slab = true;       // E05: once the slab is up
    bool free_all_sets_nodes = true;        // E06: of reserved regions
    bool marks_any_mirror = false;          // E07: without kernelcore=mirror, too
    bool cap_needs_memory = true;           // E08: else the reservations are cut without it
    bool has_reserve_mem = true;            // E10: the parameter
    bool cap_leaves_halves = true;          // E11: that no later addition joins
    bool release_drops_last_page = false;   // A09: by reserve_mem_release_by_name()
    bool counts_before_adding = false;      // E12: always; else only where the array could become full
    bool counts_at_half = false;            // E17: where the array could just not become full
    bool add_node_takes_flags = true;       // E13
    bool nomap_pages_are_reserved = true;   // E14: memblock_free_all() initializes them as such
    bool memory_map_is_freed = true;        // E15: by memblock_free_all(), where memory has holes
    bool invalid_node_is_any = true;        // E16: else only NUMA_NO_NODE is, and MAX_NUMNODES in some places
    bool reserve_has_no_node = true;        // S01: NUMA_NO_NODE; else MAX_NUMNODES
    bool alloc_marks_kern = true;           // S02: MEMBLOCK_RSRV_KERN
    bool alloc_keeps_node = true;           // S03: the node that was asked for
    bool plain_overlap_is_silent = true;    // S05: no warning about flags where none are added
    bool array_marks_kern = true;           // S07: the reservation of an array's storage
    bool late_free_to_buddy = true;         // S08: memblock_phys_free() once the slab is up
    bool discard_frees_late = false;        // S10: a grown array's pages go to the buddy allocator, slab or not
    bool deferred_pages_stay = true;        // S11: a late free refuses while struct pages are still being made
    bool estimate_counts_kern = true;       // S13: else all that is reserved
    bool scratch_flag_filters = true;       // S15: walks that ask for KHO scratch memory
    bool free_all_ends_scratch_only = true; // S16
    bool free_all_reaches_highmem = true;   // S18: pages above max_low_pfn, where the kernel has HIGHMEM
    bool freed_area_is_unreserved = true;   // S20: by free_reserved_area(), where memblock is kept
    bool handover_is_whole = true;          // K02: what cannot be left to the next kernel whole is taken back

    /// By kind of op: whether the kernel has the function. All, where nobody has asked.
    std::bitset<256> functions = std::bitset<256>().set();

    bool operator==(const Dialect &) const = default;
    /// Whether calls that both have mean the same.
    bool means_the_same_as(Dialect other) const
    {
        other.functions = functions;
        return *this == other;
    }
};

} // namespace mblab
