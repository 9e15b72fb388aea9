// SPDX-License-Identifier: GPL-2.0-or-later
#include "workload.hpp"

#include "core/base/error.hpp"
#include "core/search/random.hpp"

#include <fmt/format.h>

namespace mblab::bench {
namespace {

// Regions of half a stride, each with a reservation of a page at its start; none touches the next. The regions lie
// between two pieces of memory: the upper one, which first fit meets first, is for the arrays, and full but for them.
constexpr uint64_t page_bytes = 4096, stride = uint64_t{1} << 20, first_region = uint64_t{1} << 32;
constexpr uint64_t arrays_base = uint64_t{1} << 44, arrays_size = uint64_t{1} << 26;

uint64_t region_base(uint64_t index)
{
    return first_region + index * stride;
}

/// Fewer than memory regions, so that no array grows because another did: the kernel may put the two on top of each
/// other.
uint64_t reserved_of(uint64_t regions)
{
    return regions - regions / 8;
}

} // namespace

std::vector<Op> layout(uint64_t regions)
{
    std::vector<Op> calls = {make_op(MBLAB_OP_memblock_allow_resize),
                             make_op(MBLAB_OP_memblock_add_node, {arrays_base, arrays_size, 0, 0})};
    for (uint64_t i = 1; i < reserved_of(regions); i++)
        calls.push_back(make_op(MBLAB_OP_memblock_reserve, {region_base(i), page_bytes}));
    for (uint64_t i = 1; i < regions; i++)
        calls.push_back(make_op(MBLAB_OP_memblock_add_node, {region_base(i), stride / 2, i & 1, 0}));
    return calls;
}

std::vector<Workload> workloads(uint64_t regions)
{
    const uint64_t middle = region_base(regions / 2), gap = middle + stride / 2 + stride / 4;
    const uint64_t all = ~uint64_t{0}, none = ~uint64_t{0};
    const uint64_t block = middle + stride / 4; // where a search of the middle region ends, top-down
    return {
        {"add+remove",
         {make_op(MBLAB_OP_memblock_add_node, {gap, page_bytes, 0, 0}),
          make_op(MBLAB_OP_memblock_remove, {gap, page_bytes})}},
        {"reserve+free",
         {make_op(MBLAB_OP_memblock_reserve, {block, page_bytes}),
          make_op(MBLAB_OP_memblock_phys_free, {block, page_bytes})}},
        {"alloc+free",
         {make_op(MBLAB_OP_memblock_phys_alloc_range, {page_bytes, page_bytes, middle, block + page_bytes}),
          make_op(MBLAB_OP_memblock_phys_free, {block, page_bytes})}},
        {"alloc from afar+free",
         {make_op(MBLAB_OP_memblock_phys_alloc_range,
                  {page_bytes, page_bytes, 0, region_base(1) + stride / 4 + page_bytes}),
          make_op(MBLAB_OP_memblock_phys_free, {region_base(1) + stride / 4, page_bytes})}},
        {"is_memory", {make_op(MBLAB_OP_memblock_is_memory, {block})}},
        {"is_reserved", {make_op(MBLAB_OP_memblock_is_reserved, {middle})}},
        {"search_pfn_nid", {make_op(MBLAB_OP_memblock_search_pfn_nid, {block / page_bytes})}},
        {"is_region_reserved", {make_op(MBLAB_OP_memblock_is_region_reserved, {gap, page_bytes})}},
        {"walk 100 free ranges", {make_op(MBLAB_OP_for_each_free_mem_range, {none, 0, 100})}},
        {"walk down 100", {make_op(MBLAB_OP_for_each_free_mem_range_reverse, {none, 0, 100})}},
        {"walk no range of node 7", {make_op(MBLAB_OP_for_each_free_mem_range, {7, 0, all >> 1})}},
        {"isolate (set_node)",
         {make_op(MBLAB_OP_memblock_set_node, {block, page_bytes, MBLAB_TYPE_memory, 5}),
          make_op(MBLAB_OP_memblock_set_node, {block, page_bytes, MBLAB_TYPE_memory, (regions / 2) & 1})}},
        {"isolate (mark+clear)",
         {make_op(MBLAB_OP_memblock_mark_hotplug, {block, page_bytes}),
          make_op(MBLAB_OP_memblock_clear_hotplug, {block, page_bytes})}},
    };
}

std::vector<Workload> many_places(uint64_t regions)
{
    Random random(regions);
    Workload memory{"is_memory, 512 places", {}}, reserved{"is_reserved, 512 places", {}},
        node{"search_pfn_nid, 512 places", {}};
    for (int i = 0; i < 512; i++) {
        const uint64_t base = region_base(1 + random.below(reserved_of(regions) - 1)), at = base + random.below(stride);
        memory.calls.push_back(make_op(MBLAB_OP_memblock_is_memory, {at}));
        reserved.calls.push_back(make_op(MBLAB_OP_memblock_is_reserved, {base + random.below(2 * page_bytes)}));
        node.calls.push_back(make_op(MBLAB_OP_memblock_search_pfn_nid, {at / page_bytes}));
    }
    return {memory, reserved, node};
}

std::vector<Op> doublings(uint64_t regions)
{
    std::vector<Op> calls = {make_op(MBLAB_OP_memblock_allow_resize),
                             make_op(MBLAB_OP_memblock_add_node, {arrays_base, arrays_size, 0, 0})};
    for (uint64_t i = 0; i < regions; i++)
        calls.push_back(make_op(MBLAB_OP_memblock_reserve, {region_base(i), page_bytes}));
    return calls;
}

void expect_steady(BareEngine &engine, const Workload &workload, uint64_t regions)
{
    for (int round = 0; round < 3; round++) {
        engine.run(workload.calls);
        const mblab_state state = engine.state();
        const uint64_t memory = state.type[MBLAB_TYPE_memory].cnt, reserved = state.type[MBLAB_TYPE_reserved].cnt;
        // Storage of the arrays is reserved too, as one region or two.
        if (memory != regions || reserved < reserved_of(regions) - 1 || reserved > reserved_of(regions) + 1)
            throw Error(fmt::format("{}: '{}' leaves {} memory and {} reserved regions at a layout of {}",
                                    engine.name(), workload.name, memory, reserved, regions));
    }
}

} // namespace mblab::bench
