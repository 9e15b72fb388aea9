// SPDX-License-Identifier: GPL-2.0-or-later
// All that decides what a call does: memblock's arrays, and what no array shows. A value.
#pragma once

#include "core/state/dialect.hpp"
#include "core/state/region_set.hpp"
#include "core/state/variant.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace mblab {

/// One array: its regions, for how many it has room, and where it is kept.
struct ArrayState {
    RegionSet set;
    uint64_t max = 0;                     // regions
    uint64_t storage = MBLAB_STATIC_ADDR; // physical address of the array
    bool in_slab = false;                 // the storage came from kmalloc
    Region vacant{};                      // the entry of an empty array, where a kernel counts it as a region

    bool operator==(const ArrayState &) const = default;
};

/// A reservation that the reserve_mem= parameter made.
struct NamedRange {
    std::string name;
    uint64_t start = 0, size = 0;

    bool operator==(const NamedRange &) const = default;
};

/// A range of that kind that the kernel before left, and what is wrong with it: enum mblab_kho_form.
struct HandedOver : NamedRange {
    HandedOver(std::string of, uint64_t at, uint64_t bytes, uint64_t wrong)
        : NamedRange{std::move(of), at, bytes}, form(wrong)
    {
    }

    uint64_t form;

    /// Whether the device tree's node has this name; a unit address may follow.
    bool is_called(std::string_view wanted) const;
    bool operator==(const HandedOver &) const = default;
};

/// A handover from the kernel before, and to the next.
struct HandoverState {
    bool enabled = false;
    bool sealed = false, retrieved = false; // the tree of the kernel before was made, and could be read
    bool done = false;                      // this kernel has left its own
    uint64_t calls_to_failure = 0;          // the call that then fails; 0 for none
    std::vector<HandedOver> left;

    /// One more, while the tree is not made yet and has room.
    void leave(std::string_view name, uint64_t base, uint64_t size, uint64_t form);
    bool operator==(const HandoverState &) const = default;
};

struct State {
    Variant variant;
    Dialect dialect;
    std::array<ArrayState, 3> arrays; // by mblab_type; physmem has no room where the variant lacks it
    uint64_t current_limit = 0;
    bool bottom_up = false;
    bool can_resize = false;     // memblock_allow_resize() was called
    bool has_mirror = false;     // memory was marked as mirrored
    bool debug = false;          // memblock=debug
    bool discarded = false;      // memblock_discard() gave the arrays away
    bool managed_reset = false;  // the zones' counters of managed pages were set to 0
    bool scratch_only = false;   // memblock_set_kho_scratch_only(): allocations come from KHO scratch memory alone
    bool warned_of_slab = false; // the warning of an allocation after the slab came up was given; it is given once
    std::array<bool, 3> warned_of_node{}; // that of node MAX_NUMNODES: by walks up, walks down, allocations
    std::vector<NamedRange> names;
    std::optional<bool> shows_names; // whether debugfs has a file of them, once its files were made

    // ---- the machine around memblock, as world_* ops set it ----
    uint64_t slab = MBLAB_SLAB_DOWN; // enum mblab_slab
    uint64_t max_low_pfn = 0;        // 0: free_all gives away nothing
    uint64_t online_nodes = 1;
    bool movable_node = false, mirrored_kernelcore = false;
    bool deferred_pages = false;       // struct pages are still being made: none may be given away
    std::vector<Interval> kho_scratch; // that the machine keeps free of what is preserved
    HandoverState kho;
    uint64_t totalram = 0; // pages given to the buddy allocator so far

    State() = default;
    /// The first moment of boot.
    explicit State(const Variant &variant, const Dialect &dialect = {});

    bool operator==(const State &) const = default;

    bool is_numa() const { return variant.has(MBLAB_CONFIG_numa); }
    /// PHYS_ADDR_MAX: the highest address.
    uint64_t top() const { return variant.has(MBLAB_CONFIG_phys32) ? ~uint32_t{0} : ~uint64_t{0}; }
    /// ULONG_MAX: the highest number of a page frame, and of pages.
    uint64_t word_max() const { return variant.has(MBLAB_CONFIG_m32) ? ~uint32_t{0} : ~uint64_t{0}; }
    bool is_valid_node(int32_t nid) const { return nid >= 0 && static_cast<uint32_t>(nid) < variant.max_nodes; }
    /// The node of a region that nobody gave a node.
    int32_t no_node() const { return is_numa() ? static_cast<int32_t>(variant.max_nodes) : 0; }
    /// The first page frame that memblock_free_all() gives to nobody.
    uint64_t end_of_free_all() const
    {
        return dialect.free_all_reaches_highmem && variant.has(MBLAB_CONFIG_highmem) ? ~uint64_t{0} : max_low_pfn;
    }
    /// [base, base + size) as memblock cuts it: no range reaches the highest address.
    Interval range(uint64_t base, uint64_t size) const;
    /// One more range of scratch memory, if the machine can have one more.
    void add_kho_scratch(uint64_t base, uint64_t size);
    /// The regions of an array as the kernel counts them.
    Regions listed(const ArrayState &array) const;
    /// As an engine shows it. The regions stay this state's.
    void show(mblab_state &out) const;
    /// sizeof(struct memblock_region): two addresses, the flags and, with NUMA, the node, as C lays them out.
    uint64_t region_bytes() const;

    ArrayState &memory() { return arrays[MBLAB_TYPE_memory]; }
    ArrayState &reserved() { return arrays[MBLAB_TYPE_reserved]; }
    ArrayState &physmem() { return arrays[MBLAB_TYPE_physmem]; }
    const ArrayState &memory() const { return arrays[MBLAB_TYPE_memory]; }
    const ArrayState &reserved() const { return arrays[MBLAB_TYPE_reserved]; }
    const ArrayState &physmem() const { return arrays[MBLAB_TYPE_physmem]; }
};

} // namespace mblab
