// SPDX-License-Identifier: GPL-2.0-or-later
#include "apps/boot/sketch.hpp"

#include <algorithm>
#include <vector>

namespace mblab::boot {
namespace {

constexpr uint64_t page_size = 4096;
constexpr uint64_t anywhere = UINT64_MAX;
constexpr uint32_t hotplug = 1, mirror = 2, nomap = 4, driver_managed = 8, noinit = 16;

/// Ends of ranges with a meaning of their own: as far as the current limit, with or without kmemleak.
bool means_limit(uint64_t end)
{
    return end <= 1;
}

uint64_t round_down(uint64_t value, uint64_t align)
{
    return value & ~(align - 1);
}

} // namespace

Range range_at(uint64_t start, uint64_t size)
{
    return {start, start + std::min(size, UINT64_MAX - start)};
}

std::optional<Request> request_of(const Op &op)
{
    Request request{op.arg[0], std::max<uint64_t>(op.arg[1], 1)};
    switch (op.kind) {
    case MBLAB_OP_memblock_phys_alloc:
        break;
    case MBLAB_OP_memblock_phys_alloc_range:
        request.start = op.arg[2];
        request.end = op.arg[3];
        break;
    case MBLAB_OP_memblock_alloc_range_nid:
        request.start = op.arg[2];
        request.end = op.arg[3];
        request.nid = static_cast<int32_t>(op.arg[4]);
        request.exact = op.arg[5];
        break;
    case MBLAB_OP_memblock_phys_alloc_try_nid:
        request.nid = static_cast<int32_t>(op.arg[2]);
        break;
    case MBLAB_OP_memblock_alloc_try_nid:
    case MBLAB_OP_memblock_alloc_try_nid_raw:
    case MBLAB_OP_memblock_alloc_exact_nid_raw:
        request.start = op.arg[2];
        request.end = op.arg[3];
        request.nid = static_cast<int32_t>(op.arg[4]);
        request.exact = op.kind == MBLAB_OP_memblock_alloc_exact_nid_raw;
        request.from_zero_too = request.capped = true;
        break;
    default:
        return std::nullopt;
    }
    return request;
}

bool Sketch::skips(const Region &region, int32_t nid, bool mirrored) const
{
    if (nid != nid_none && region.nid != nid)
        return true;
    if (movable_node && (region.flags & hotplug))
        return true;
    return (mirrored && !(region.flags & mirror)) || (region.flags & (nomap | driver_managed));
}

/// Visit the free ranges, from the bottom or from the top, until visit returns true.
template <typename Visit> bool Sketch::each_free(bool up, int32_t nid, bool mirrored, Visit visit) const
{
    std::vector<Range> holes;
    const Regions taken = reserved.regions();
    const Regions all = memory.regions();
    for (size_t i = 0; i < all.size(); i++) {
        const Region &region = up ? all[i] : all[all.size() - 1 - i];
        if (skips(region, nid, mirrored))
            continue;
        holes.clear();
        uint64_t at = region.base;
        for (size_t r = first_ending_above(taken, at); r < taken.size() && taken[r].base < end_of(region); r++) {
            if (taken[r].base > at)
                holes.push_back({at, taken[r].base});
            at = end_of(taken[r]);
        }
        if (at < end_of(region))
            holes.push_back({at, end_of(region)});
        if (!up)
            std::reverse(holes.begin(), holes.end());
        for (const Range &hole : holes)
            if (visit(hole))
                return true;
    }
    return false;
}

std::optional<uint64_t> Sketch::find(const Request &request, uint64_t start, uint64_t end, int32_t nid,
                                     bool mirrored) const
{
    end = means_limit(end) ? limit : end;
    start = std::max(start, page_size);
    end = std::max(start, end);
    std::optional<uint64_t> found;
    each_free(bottom_up, nid, mirrored, [&](Range hole) {
        hole = {std::clamp(hole.start, start, end), std::clamp(hole.end, start, end)};
        if (bottom_up) {
            const uint64_t base = round_down(hole.start + request.align - 1, request.align);
            if (base >= hole.start && base < hole.end && hole.end - base >= request.size)
                found = base;
        } else if (hole.end >= request.size) {
            const uint64_t base = round_down(hole.end - request.size, request.align);
            if (base >= hole.start)
                found = base;
        }
        return found.has_value();
    });
    return found;
}

uint64_t Sketch::place(const Request &request) const
{
    if (request.align & (request.align - 1))
        return 0;
    const uint64_t end = request.capped ? (request.end > limit ? limit : request.end) : request.end;
    const bool has_mirror = std::any_of(memory.regions().begin(), memory.regions().end(),
                                        [](const Region &region) { return region.flags & mirror; });
    const auto from = [&](uint64_t start) -> uint64_t {
        for (int mirrored = mirrored_kernelcore && has_mirror; mirrored >= 0; mirrored--) {
            if (const auto found = find(request, start, end, request.nid, mirrored))
                return *found;
            if (request.nid != nid_none && !request.exact)
                if (const auto found = find(request, start, end, nid_none, mirrored))
                    return *found;
        }
        return 0;
    };
    const uint64_t found = from(request.start);
    return found || !request.from_zero_too || !request.start ? found : from(0);
}

bool Sketch::is_free(Range range) const
{
    return covers(memory.regions(), range) && !overlaps(reserved.regions(), range);
}

Range Sketch::hole_around(uint64_t place, Range but) const
{
    const Region *memory_here = region_at(memory.regions(), place);
    if (!memory_here)
        return {};
    Range hole = interval_of(*memory_here);
    for (const Region &taken : reserved.regions()) {
        if (end_of(taken) <= place)
            hole.start = std::max(hole.start, end_of(taken));
        else if (taken.base > place)
            hole.end = std::min(hole.end, taken.base);
    }
    if (place >= but.end)
        hole.start = std::max(hole.start, but.end);
    else if (place < but.start)
        hole.end = std::min(hole.end, but.start);
    return hole;
}

uint64_t Sketch::end_of_memory() const
{
    const Regions all = memory.regions();
    return all.empty() ? 0 : end_of(all.back());
}

void Sketch::trim(uint64_t align)
{
    RegionSet trimmed;
    for (const Region &region : memory.regions()) {
        const Range range{round_down(region.base + align - 1, align), round_down(end_of(region), align)};
        trimmed.fill(range, attributes_of(region));
        // A region that is trimmed to nothing is removed, and only that is counted.
        if (range.empty())
            memory_size -= region.size;
    }
    memory = trimmed;
}

/// Keep the range, and memory that is not mapped wherever it is.
void Sketch::cap(Range range)
{
    const std::vector<Region> before(memory.regions().begin(), memory.regions().end());
    for (const Range &outside : {Range{0, range.start}, Range{range.end, anywhere}}) {
        memory.remove(outside);
        reserved.remove(outside);
    }
    for (const Region &region : before)
        if (region.flags & nomap)
            memory.fill(interval_of(region), attributes_of(region));
    memory_size -= total_size(before) - total_size(memory.regions());
}

/// Where that much memory ends, from its start on and without the holes.
uint64_t Sketch::end_of_first(uint64_t size) const
{
    for (const Region &region : memory.regions()) {
        if (size <= region.size)
            return region.base + size;
        size -= region.size;
    }
    return anywhere;
}

void Sketch::apply(const Op &op)
{
    const Range range = range_at(op.arg[0], op.arg[1]);
    const auto flag = [&](RegionSet &list, uint32_t bit, bool on) {
        list.change(range, [=](Attributes at) { return Attributes{on ? at.flags | bit : at.flags & ~bit, at.nid}; });
    };
    const auto count_memory = [&](auto change) {
        const uint64_t before = total_size(memory.regions());
        change();
        memory_size += total_size(memory.regions()) - before;
    };
    switch (op.kind) {
    case MBLAB_OP_memblock_add:
        return count_memory([&] { memory.fill(range, {0, nid_unset}); });
    case MBLAB_OP_memblock_add_node:
        return count_memory(
            [&] { memory.fill(range, {static_cast<uint32_t>(op.arg[3]), static_cast<int32_t>(op.arg[2])}); });
    case MBLAB_OP_memblock_remove:
        return count_memory([&] { memory.remove(range); });
    case MBLAB_OP_memblock_reserve:
        return reserved.fill(range, {0, nid_unset});
    case MBLAB_OP_memblock_phys_free:
    case MBLAB_OP_memblock_free:
        return reserved.remove(range);
    case MBLAB_OP_memblock_mark_hotplug:
    case MBLAB_OP_memblock_clear_hotplug:
        return flag(memory, hotplug, op.kind == MBLAB_OP_memblock_mark_hotplug);
    case MBLAB_OP_memblock_mark_mirror:
        return flag(memory, mirror, true);
    case MBLAB_OP_memblock_mark_nomap:
    case MBLAB_OP_memblock_clear_nomap:
        return flag(memory, nomap, op.kind == MBLAB_OP_memblock_mark_nomap);
    case MBLAB_OP_memblock_reserved_mark_noinit:
        return flag(reserved, noinit, true);
    case MBLAB_OP_memblock_set_node:
        return (op.arg[2] == MBLAB_TYPE_memory ? memory : reserved).change(range, [&](Attributes at) {
            return Attributes{at.flags, static_cast<int32_t>(op.arg[3])};
        });
    case MBLAB_OP_memblock_trim_memory:
        return trim(op.arg[0]);
    case MBLAB_OP_memblock_cap_memory_range:
        return cap(range);
    case MBLAB_OP_memblock_mem_limit_remove_map:
        return cap({0, end_of_first(op.arg[0])});
    case MBLAB_OP_memblock_set_bottom_up:
        bottom_up = op.arg[0];
        return;
    case MBLAB_OP_memblock_set_current_limit:
        limit = op.arg[0];
        return;
    case MBLAB_OP_world_movable_node:
        movable_node = op.arg[0];
        return;
    case MBLAB_OP_world_mirrored_kernelcore:
        mirrored_kernelcore = op.arg[0];
        return;
    default:
        return;
    }
}

} // namespace mblab::boot
