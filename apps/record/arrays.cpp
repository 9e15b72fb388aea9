// SPDX-License-Identifier: GPL-2.0-or-later
#include "apps/record/arrays.hpp"

#include "core/op/typed.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace mblab::recording {
namespace {

constexpr uint64_t header_size = 16; // bottom_up, padded, and current_limit
constexpr uint64_t type_size = 40;   // cnt, max, total_size, regions, name
constexpr uint64_t region_size = 24; // base, size, flags and nid
/// More regions than this is memory that holds something else by now.
constexpr uint64_t plausible_regions = 1 << 20;

/// Whether an address in the one is what it is in the other.
bool alike(const Region *a, const Region *b)
{
    return a && b ? attributes_of(*a) == attributes_of(*b) : a == b;
}

/// Every address at which either array may change what it says, in order.
std::vector<uint64_t> boundaries(Regions before, Regions after)
{
    std::set<uint64_t> points;
    for (const Regions regions : {before, after})
        for (const Region &region : regions)
            points.insert({region.base, end_of(region)});
    return {points.begin(), points.end()};
}

/// A flag, the array it is for, and its calls; MBLAB_OP_COUNT where there is none.
struct FlagCalls {
    mblab_type type;
    uint32_t flag;
    mblab_op_kind set, clear;
};

constexpr FlagCalls flag_calls[] = {
    {MBLAB_TYPE_memory, 0x1, MBLAB_OP_memblock_mark_hotplug, MBLAB_OP_memblock_clear_hotplug},
    {MBLAB_TYPE_memory, 0x2, MBLAB_OP_memblock_mark_mirror, MBLAB_OP_COUNT},
    {MBLAB_TYPE_memory, 0x4, MBLAB_OP_memblock_mark_nomap, MBLAB_OP_memblock_clear_nomap},
    {MBLAB_TYPE_reserved, 0x10, MBLAB_OP_memblock_reserved_mark_noinit, MBLAB_OP_COUNT},
};

void correct_flags(Correction &result, mblab_type type, uint64_t base, uint64_t size, uint32_t before, uint32_t after)
{
    uint32_t rest = before ^ after;
    for (const FlagCalls &calls : flag_calls) {
        const mblab_op_kind kind = after & calls.flag ? calls.set : calls.clear;
        if (calls.type != type || !(rest & calls.flag) || kind == MBLAB_OP_COUNT)
            continue;
        result.ops.push_back(make_op(kind, {base, size}));
        rest &= ~calls.flag;
    }
    if (rest)
        result.inexpressible.push_back(fmt::format("flags {:#x} of {:#x}-{:#x} became {:#x}: no call does that", before,
                                                   base, base + size, after));
}

/// The calls for one range that is alike all over, before and after.
void correct_range(Correction &result, mblab_type type, uint64_t base, uint64_t size, const Region *before,
                   const Region *after)
{
    const bool memory = type == MBLAB_TYPE_memory;
    const auto add = [&](mblab_op_kind kind) { result.ops.push_back(make_op(kind, {base, size})); };
    if (!after)
        return add(memory ? MBLAB_OP_memblock_remove : MBLAB_OP_memblock_phys_free);
    if (!before)
        add(memory ? MBLAB_OP_memblock_add : MBLAB_OP_memblock_reserve);
    if ((before ? before->nid : engine_max_nodes) != after->nid)
        result.ops.push_back(ops::memblock_set_node{base, size, type, after->nid});
    correct_flags(result, type, base, size, before ? before->flags : 0, after->flags);
}

} // namespace

uint64_t MemblockLayout::type_address(mblab_type type) const
{
    return address + header_size + static_cast<uint64_t>(type) * type_size;
}

int64_t MemblockLayout::node(int32_t guest_node) const
{
    if (guest_node == max_nodes)
        return engine_max_nodes;
    return guest_node >= engine_max_nodes && guest_node < max_nodes ? engine_empty_node : guest_node;
}

std::optional<MemblockHeader> MemblockLayout::read_header(Guest &guest) const
{
    const auto bytes = guest.read(address, header_size + 2 * type_size);
    if (!bytes)
        return std::nullopt;
    MemblockHeader header{};
    header.bottom_up = (*bytes)[0];
    header.current_limit = integer_at(*bytes, 8, 8);
    for (size_t type = 0; type < header.type.size(); type++) {
        const uint64_t at = header_size + type * type_size;
        header.type[type] = {integer_at(*bytes, at, 8), integer_at(*bytes, at + 8, 8), integer_at(*bytes, at + 16, 8),
                             integer_at(*bytes, at + 24, 8)};
    }
    return header;
}

std::optional<RegionList> MemblockLayout::read_regions(Guest &guest, const TypeHeader &type) const
{
    if (type.cnt > type.max || type.cnt > plausible_regions)
        return std::nullopt;
    const auto bytes = guest.read(type.regions, type.cnt * region_size);
    if (!bytes)
        return std::nullopt;
    RegionList regions;
    for (uint64_t at = 0; at < bytes->size(); at += region_size) {
        const auto guest_node = static_cast<int32_t>(integer_at(*bytes, at + 20, 4));
        regions.push_back({integer_at(*bytes, at, 8), integer_at(*bytes, at + 8, 8),
                           static_cast<uint32_t>(integer_at(*bytes, at + 16, 4)),
                           numa ? static_cast<int32_t>(node(guest_node)) : 0});
    }
    if (regions.size() == 1 && regions[0].size == 0)
        regions.clear();
    return regions;
}

Correction correction(mblab_type type, Regions before, Regions after)
{
    Correction result;
    const std::vector<uint64_t> points = boundaries(before, after);
    for (size_t i = 0, end; i + 1 < points.size(); i = end) {
        const Region *const was = region_at(before, points[i]), *const is = region_at(after, points[i]);
        for (end = i + 1; end + 1 < points.size(); end++)
            if (!alike(region_at(before, points[end]), was) || !alike(region_at(after, points[end]), is))
                break;
        if (!alike(was, is))
            correct_range(result, type, points[i], points[end] - points[i], was, is);
    }
    return result;
}

std::vector<Step> questions(mblab_type type, Regions regions, uint64_t total_size)
{
    const bool memory = type == MBLAB_TYPE_memory;
    // A memory region counts the pages that it holds whole, a reserved one those that it touches.
    const uint64_t up_at_base = memory ? page_size - 1 : 0, up_at_end = page_size - 1 - up_at_base;
    std::vector<Step> steps;
    for (uint64_t i = 0; i < regions.size(); i++) {
        const Region &region = regions[i];
        const auto ask = [&](mblab_op_kind kind, uint64_t answer) {
            steps.push_back({make_op(kind, {uint64_t{type}, i}), answer});
        };
        ask(memory ? MBLAB_OP_memblock_region_memory_base_pfn : MBLAB_OP_memblock_region_reserved_base_pfn,
            (region.base + up_at_base) / page_size);
        ask(memory ? MBLAB_OP_memblock_region_memory_end_pfn : MBLAB_OP_memblock_region_reserved_end_pfn,
            (end_of(region) + up_at_end) / page_size);
        ask(MBLAB_OP_memblock_get_region_node, static_cast<uint64_t>(int64_t{region.nid}));
    }
    steps.push_back({make_op(memory ? MBLAB_OP_memblock_phys_mem_size : MBLAB_OP_memblock_reserved_size), total_size});
    return steps;
}

std::string describe_region(const Region &region)
{
    return fmt::format("{:#x}-{:#x} {} node {}", region.base, end_of(region),
                       print_value(ParameterKind::flags, region.flags), region.nid);
}

} // namespace mblab::recording
