// SPDX-License-Identifier: GPL-2.0-or-later
// struct memblock, read out of a guest's memory, and the calls that lead from one state of it to another.
#pragma once

#include "apps/record/guest.hpp"
#include "core/state/region_set.hpp"
#include "core/trace/trace.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace mblab::recording {

/// Nodes of the engines' NUMA variant, which also stands for "no node yet" in a region.
inline constexpr int32_t engine_max_nodes = 16;
/// Kernels are built for more nodes, and ask about each that firmware might add. This one stands for all that engines
/// lack: it is a node, and has no memory either.
inline constexpr int32_t engine_empty_node = engine_max_nodes - 1;

inline constexpr uint64_t page_size = 4096;
inline constexpr mblab_type both_arrays[] = {MBLAB_TYPE_memory, MBLAB_TYPE_reserved};

/// The part of one array that costs one read.
struct TypeHeader {
    uint64_t cnt, max, total_size;
    uint64_t regions; // virtual address

    bool operator==(const TypeHeader &) const = default;
};

struct MemblockHeader {
    bool bottom_up;
    uint64_t current_limit;
    std::array<TypeHeader, 2> type; // memory and reserved, by enum mblab_type
};

using RegionList = std::vector<Region>;

/// Where things are in struct memblock of a 64-bit kernel: the layout has been the same since 5.8.
struct MemblockLayout {
    uint64_t address; // of the variable memblock
    bool numa;
    int32_t max_nodes; // the guest's MAX_NUMNODES

    uint64_t type_address(mblab_type type) const;
    /// A node number of the guest's in the engines' terms: MAX_NUMNODES differs.
    int64_t node(int32_t guest_node) const;
    std::optional<MemblockHeader> read_header(Guest &guest) const;
    /// The regions of an array, without the empty dummy that an array without regions holds until 6.8.
    std::optional<RegionList> read_regions(Guest &guest, const TypeHeader &type) const;
};

/// The calls that turn one array into the other, where there are such calls.
struct Correction {
    std::vector<Op> ops;
    std::vector<std::string> inexpressible; // what no call does, one sentence each
};
Correction correction(mblab_type type, Regions before, Regions after);

/// Queries and their answers, which are the regions of an array: what a replay is held against.
/// total_size is the array's own, which is not always the sum of the sizes: memblock_trim_memory() leaves it alone.
std::vector<Step> questions(mblab_type type, Regions regions, uint64_t total_size);

/// One region as the comments of a recording show it.
std::string describe_region(const Region &region);

} // namespace mblab::recording
