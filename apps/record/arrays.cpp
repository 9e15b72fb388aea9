// SPDX-License-Identifier: GPL-2.0-or-later
#include "apps/record/arrays.hpp"

#include "core/trace/trace.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace mblab::record {
namespace {

constexpr uint64_t header_size = 16; // bottom_up, padded, and current_limit
constexpr uint64_t type_size = 40;   // cnt, max, total_size, regions, name
constexpr uint64_t region_size = 24; // base, size, flags and nid
/// More regions than this is memory that holds something else by now.
constexpr uint64_t plausible_regions = 1 << 20;
constexpr uint64_t page_size = 4096;

uint64_t integer(const std::vector<uint8_t> &bytes, uint64_t offset, uint64_t size)
{
    uint64_t value = 0;
    for (uint64_t i = size; i-- > 0;)
        value = value << 8 | bytes[offset + i];
    return value;
}

/// What one address is in an array: in no region, or in one with these attributes.
struct Attributes {
    bool present = false;
    uint32_t flags = 0;
    int32_t nid = 0;

    bool operator==(const Attributes &) const = default;
};

Attributes attributes_at(const Regions &regions, uint64_t address)
{
    for (const Region &region : regions)
        if (region.base <= address && address - region.base < region.size)
            return {true, region.flags, region.nid};
    return {};
}

/// Every address at which either array may change what it says, in order.
std::vector<uint64_t> boundaries(const Regions &before, const Regions &after)
{
    std::set<uint64_t> points;
    for (const Regions *regions : {&before, &after}) {
        for (const Region &region : *regions) {
            points.insert(region.base);
            points.insert(region.base + region.size);
        }
    }
    return {points.begin(), points.end()};
}

struct FlagCalls {
    uint32_t flag;
    mblab_op_kind set, clear; // MBLAB_OP_COUNT where there is no such call
};

constexpr FlagCalls memory_flags[] = {
    {0x1, MBLAB_OP_memblock_mark_hotplug, MBLAB_OP_memblock_clear_hotplug},
    {0x2, MBLAB_OP_memblock_mark_mirror, MBLAB_OP_COUNT},
    {0x4, MBLAB_OP_memblock_mark_nomap, MBLAB_OP_memblock_clear_nomap},
};
constexpr FlagCalls reserved_flags[] = {{0x10, MBLAB_OP_memblock_reserved_mark_noinit, MBLAB_OP_COUNT}};

/// Collects the calls for one stretch of addresses after the other.
class Corrector {
  public:
    explicit Corrector(mblab_type type) : type_(type) {}

    void stretch(uint64_t base, uint64_t size, Attributes before, Attributes after)
    {
        const bool memory = type_ == MBLAB_TYPE_memory;
        if (!after.present) {
            add(memory ? MBLAB_OP_memblock_remove : MBLAB_OP_memblock_phys_free, {base, size});
            return;
        }
        if (!before.present) {
            add(memory ? MBLAB_OP_memblock_add : MBLAB_OP_memblock_reserve, {base, size});
            before = {true, 0, engine_max_nodes};
        }
        if (before.nid != after.nid)
            add(MBLAB_OP_memblock_set_node, {base, size, uint64_t{type_}, static_cast<uint64_t>(int64_t{after.nid})});
        change_flags(base, size, before.flags, after.flags);
    }

    Correction take() { return std::move(result_); }

  private:
    void add(mblab_op_kind kind, std::initializer_list<uint64_t> arguments)
    {
        result_.ops.push_back(make_op(kind, arguments));
    }

    void change_flags(uint64_t base, uint64_t size, uint32_t before, uint32_t after)
    {
        uint32_t rest = before ^ after;
        const std::span<const FlagCalls> table = type_ == MBLAB_TYPE_memory
                                                     ? std::span<const FlagCalls>(memory_flags)
                                                     : std::span<const FlagCalls>(reserved_flags);
        for (const FlagCalls &calls : table) {
            const mblab_op_kind kind = after & calls.flag ? calls.set : calls.clear;
            if (!(rest & calls.flag) || kind == MBLAB_OP_COUNT)
                continue;
            add(kind, {base, size});
            rest &= ~calls.flag;
        }
        if (rest)
            result_.inexpressible.push_back(fmt::format("flags {:#x} of {:#x}-{:#x} became {:#x}: no call does that",
                                                        before, base, base + size, after));
    }

    mblab_type type_;
    Correction result_;
};

} // namespace

bool same_regions(const Regions &a, const Regions &b)
{
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const Region &x, const Region &y) { return x == y; });
}

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
    header.current_limit = integer(*bytes, 8, 8);
    for (size_t type = 0; type < header.type.size(); type++) {
        const uint64_t at = header_size + type * type_size;
        header.type[type] = {integer(*bytes, at, 8), integer(*bytes, at + 8, 8), integer(*bytes, at + 16, 8),
                             integer(*bytes, at + 24, 8)};
    }
    return header;
}

std::optional<Regions> MemblockLayout::read_regions(Guest &guest, const TypeHeader &type) const
{
    if (type.cnt > type.max || type.cnt > plausible_regions)
        return std::nullopt;
    const auto bytes = guest.read(type.regions, type.cnt * region_size);
    if (!bytes)
        return std::nullopt;
    Regions regions;
    for (uint64_t at = 0; at < bytes->size(); at += region_size) {
        const auto guest_node = static_cast<int32_t>(integer(*bytes, at + 20, 4));
        regions.push_back({integer(*bytes, at, 8), integer(*bytes, at + 8, 8),
                           static_cast<uint32_t>(integer(*bytes, at + 16, 4)),
                           numa ? static_cast<int32_t>(node(guest_node)) : 0});
    }
    if (regions.size() == 1 && regions[0].size == 0)
        regions.clear();
    return regions;
}

Correction correction(mblab_type type, const Regions &before, const Regions &after)
{
    Corrector corrector(type);
    const std::vector<uint64_t> points = boundaries(before, after);
    for (size_t i = 0; i + 1 < points.size();) {
        const Attributes was = attributes_at(before, points[i]);
        const Attributes is = attributes_at(after, points[i]);
        size_t end = i + 1;
        while (end + 1 < points.size() && attributes_at(before, points[end]) == was &&
               attributes_at(after, points[end]) == is)
            end++;
        if (was != is)
            corrector.stretch(points[i], points[end] - points[i], was, is);
        i = end;
    }
    return corrector.take();
}

std::vector<Answer> questions(mblab_type type, const Regions &regions, uint64_t total_size)
{
    const bool memory = type == MBLAB_TYPE_memory;
    const mblab_op_kind first =
        memory ? MBLAB_OP_memblock_region_memory_base_pfn : MBLAB_OP_memblock_region_reserved_base_pfn;
    const mblab_op_kind last =
        memory ? MBLAB_OP_memblock_region_memory_end_pfn : MBLAB_OP_memblock_region_reserved_end_pfn;
    std::vector<Answer> answers;
    for (uint64_t i = 0; i < regions.size(); i++) {
        const uint64_t base = regions[i].base, end = base + regions[i].size;
        // A memory region counts the pages that it holds whole, a reserved one those that it touches.
        const uint64_t up = page_size - 1;
        answers.push_back({make_op(first, {uint64_t{type}, i}), (memory ? base + up : base) / page_size});
        answers.push_back({make_op(last, {uint64_t{type}, i}), (memory ? end : end + up) / page_size});
        answers.push_back({make_op(MBLAB_OP_memblock_get_region_node, {uint64_t{type}, i}),
                           static_cast<uint64_t>(int64_t{regions[i].nid})});
    }
    answers.push_back(
        {make_op(memory ? MBLAB_OP_memblock_phys_mem_size : MBLAB_OP_memblock_reserved_size), total_size});
    return answers;
}

std::string describe_region(const Region &region)
{
    return fmt::format("{:#x}-{:#x} {} node {}", region.base, region.base + region.size,
                       print_value(ParameterKind::flags, region.flags), region.nid);
}

} // namespace mblab::record
