// SPDX-License-Identifier: GPL-2.0-or-later
// Reading one call: what changed, what the effects say, what was asked for.
#include "core/oracle/laws/call.hpp"

#include <algorithm>
#include <cstring>
#include <fmt/format.h>

namespace mblab::law {
namespace {

constexpr int level_info = 6;

bool same_bytes(Regions a, Regions b)
{
    return a.size() == b.size() && (a.empty() || std::memcmp(a.data(), b.data(), a.size_bytes()) == 0);
}

/// What two neighbours say of the shape of their array.
void compare(const Region &below, const Region &region, Shape &shape)
{
    shape.sorted &= below.base < region.base;
    shape.disjoint &= end_of(below) <= region.base;
    shape.minimal &= end_of(below) != region.base || attributes_of(below) != attributes_of(region);
}

/// One pass over an array. Most regions are sound by themselves and lie apart from the one below, and then there is
/// nothing more to ask.
Shape measure(Regions regions, uint64_t top)
{
    Shape shape;
    uint64_t apart_from = 0; // the lowest base that is apart from the region below; top when that one is not sound
    for (size_t i = 0; i < regions.size(); i++) {
        const Region &region = regions[i];
        const uint64_t end = end_of(region);
        const bool sound = end > region.base && end < top;
        shape.sum += region.size;
        if (!sound || region.base < apart_from) {
            shape.filled &= region.size != 0;
            shape.bounded &= region.base <= top && region.size <= top - region.base;
            if (i > 0)
                compare(regions[i - 1], region, shape);
        }
        apart_from = sound ? end + 1 : top;
    }
    return shape;
}

/// The defaults of each variant, out of the kernel-doc of the allocation functions and <linux/memblock.h>.
Request request_of(const State &before, const Op &op)
{
    constexpr uint64_t accessible = 0, no_leak_trace = 1; // MEMBLOCK_ALLOC_*
    constexpr uint64_t cache_line = 64;                   // SMP_CACHE_BYTES, the alignment of who asks for none
    constexpr uint64_t low_limit = 0xffffffff;            // ARCH_LOW_ADDRESS_LIMIT
    Request request;
    visit(op, [&](const auto &call) {
        if constexpr (requires { call.size; })
            request.size = call.size & before.top();
        if constexpr (requires { call.align; })
            request.align = call.align & before.top();
        if constexpr (requires {
                          call.start;
                          call.end;
                      }) {
            request.start = call.start & before.top();
            request.end = call.end & before.top();
        }
        if constexpr (requires { call.min_addr; })
            request.start = call.min_addr & before.top();
        if constexpr (requires { call.max_addr; })
            request.end = call.max_addr & before.top();
        if constexpr (requires { call.nid; })
            request.nid = call.nid;
        if constexpr (requires { call.exact_nid; })
            request.exact_nid = call.exact_nid;
    });
    if (is<ops::memblock_alloc_low>(op))
        request.end = low_limit;
    if (is<ops::memblock_alloc_exact_nid_raw>(op))
        request.exact_nid = true;
    const bool huge = is<ops::memblock_alloc_hugetlb>(op);
    if (huge)
        request.align = request.size;
    const OpInfo &info = op_info(op.kind);
    const bool is_virtual = info.results[0].kind == ParameterKind::virt;
    request.zeroed = is_virtual && !huge && !info.name.ends_with("_raw");
    request.drops_start = is_virtual && request.start != 0;
    request.from_slab = before.slab != MBLAB_SLAB_DOWN && !huge && (is_virtual || before.dialect.phys_alloc_uses_slab);
    if (is_virtual)
        request.end = std::min(request.end, before.current_limit);
    request.leak_trace = request.end != no_leak_trace;
    if (request.end == accessible || request.end == no_leak_trace)
        request.end = before.current_limit;
    if (request.align == 0)
        request.align = cache_line;
    return request;
}

} // namespace

std::string Verdict::explanation() const
{
    return format ? fmt::format(fmt::runtime(format), a, b, c) : "";
}

std::array<Shape, 3> measure(const State &state)
{
    std::array<Shape, 3> shapes;
    for (size_t type = 0; type < shapes.size(); type++)
        shapes[type] = measure(without_entry(state, state.arrays[type].set), state.top());
    return shapes;
}

bool is_walked(const State &before, const Region &region)
{
    return !(region.flags & (flag_nomap | flag_driver_managed)) &&
           !((region.flags & flag_hotplug) && before.movable_node);
}

bool is_usable(const State &before, const Region &region)
{
    return is_walked(before, region) && (!before.scratch_only || (region.flags & flag_kho_scratch));
}

Call::Call(const State &state_before, const Op &made, const Outcome &outcome_of_it)
    : Call(state_before, measure(state_before), {}, made, outcome_of_it)
{
}

Call::Call(const State &state_before, const std::array<Shape, 3> &shapes_before,
           const std::array<uint64_t, 3> &versions, const Op &made, const Outcome &outcome_of_it)
    : before(state_before), op(made), outcome(outcome_of_it), shapes(shapes_before),
      is_alloc(in_family<Family::alloc>(made.kind)), doublings(doublings_of(before, outcome))
{
    for (size_t type = 0; type < surplus.size(); type++)
        surplus[type] = before.arrays[type].set.total - shapes[type].sum;
    compare_arrays(versions);
    read_effects();
    if (is_alloc)
        request = request_of(before, op);
}

void Call::compare_arrays(const std::array<uint64_t, 3> &versions)
{
    for (size_t type = 0; type < type_count(); type++) {
        const mblab_type_state &now = outcome.state.type[type];
        const ArrayState &old = before.arrays[type];
        const bool same_version = now.version && now.version == versions[type];
        regions_changed[type] = !same_version && !same_bytes(old.set, new_regions(type));
        if (regions_changed[type])
            shapes[type] = measure(new_regions(type), before.top());
        changed |= regions_changed[type] || now.cnt != old.set.count() || now.max != old.max ||
                   now.total_size != old.set.total || now.storage != old.storage;
    }
    // Where the variant has no such array, it is where a predecessor's maps lie.
    const size_t maps = MBLAB_TYPE_physmem;
    if (type_count() == maps && (before.arrays[maps].set.count() || outcome.state.type[maps].cnt))
        regions_changed[maps] = !same_bytes(before.arrays[maps].set, new_regions(maps));
}

void Call::read_effects()
{
    size_t next = 0; // doubling
    const std::span<const Effect> list = outcome.effect_list();
    for (uint32_t i = 0; i < list.size(); i++) {
        const Effect &effect = list[i];
        const std::string_view text = outcome.text_of(effect);
        switch (effect.kind) {
        case MBLAB_EFFECT_copy:
            next++;
            break;
        case MBLAB_EFFECT_zero:
            // A doubling clears the second half of the new array right after the copy.
            summary.kernel_zeroes += next == 0 || i != doublings[next - 1].effect + 1;
            break;
        case MBLAB_EFFECT_print:
            summary.infos += effect.a >= level_info;
            summary.failed_doublings += text.starts_with("memblock: Failed to double");
            summary.mirror_warnings += text.starts_with("Could not allocate ");
            summary.deferral_warnings += text.starts_with("Cannot free reserved memory ");
            break;
        case MBLAB_EFFECT_warn:
            summary.warnings++;
            break;
        case MBLAB_EFFECT_range:
            summary.ranges++;
            break;
        case MBLAB_EFFECT_page_to_buddy:
            summary.pages++;
            break;
        case MBLAB_EFFECT_managed_pages:
            summary.managed++;
            break;
        case MBLAB_EFFECT_init_reserved_page:
            summary.reserved_inits++;
            break;
        default:
            break;
        }
    }
}

bool Call::lacks_room() const
{
    const auto is_short = [](const ArrayState &array) { return array.set.count() + 2 > array.max; };
    return error() == error_no_memory || std::ranges::any_of(before.arrays, is_short);
}

Interval Call::storage(size_t type) const
{
    const mblab_type_state &array = outcome.state.type[type];
    return {array.storage, array.storage + page_align(array.max * outcome.state.region_bytes)};
}

bool Call::in_memblock(size_t type) const
{
    bool slab = before.arrays[type].in_slab;
    for (const Doubling &doubling : doublings)
        if (doubling.type == static_cast<int>(type))
            slab = doubling.to_slab;
    return !slab && !is_static(outcome.state.type[type].storage);
}

bool Call::array_is_unprotected() const
{
    if (!changed)
        return false;
    for (size_t type = 0; type < type_count(); type++) {
        const bool moved = outcome.state.type[type].storage != before.arrays[type].storage;
        if ((moved || regions_changed[MBLAB_TYPE_reserved]) && in_memblock(type) &&
            !covers(new_regions(MBLAB_TYPE_reserved), storage(type)))
            return true;
    }
    return false;
}

Region Call::named() const
{
    Region named{};
    visit(op, [&](const auto &made) {
        if constexpr (requires {
                          made.base;
                          made.size;
                      })
            named = {made.base & before.top(), made.size & before.top(), 0, 0};
        if constexpr (requires {
                          made.ptr;
                          made.size;
                      })
            named = {made.ptr & before.top(), made.size & before.top() & before.word_max(), 0, 0};
    });
    return named;
}

Verdict was_memory(const Call &call, Interval block)
{
    return covers(call.old_regions(MBLAB_TYPE_memory), block)
               ? holds
               : violated("{:#x}-{:#x} is not all memory", block.start, block.end);
}

Verdict was_unreserved(const Call &call, Interval block)
{
    return overlaps(call.old_regions(MBLAB_TYPE_reserved), block)
               ? violated("{:#x}-{:#x} was reserved already", block.start, block.end)
               : holds;
}

Verdict is_aligned(uint64_t address, uint64_t align)
{
    return address % align == 0 ? holds : violated("{:#x} is not aligned to {:#x}", address, align);
}

} // namespace mblab::law
