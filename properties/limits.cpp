// SPDX-License-Identifier: GPL-2.0-or-later
// Calls that cut memory down: each is removing what lies outside, and done again changes nothing.
#include "property.hpp"

#include <algorithm>

namespace mblab::property {
namespace {

/// Memory that a cap takes: all has a mapping.
const LayoutKinds all_mapped = {.flags = {0, 0, hotplug, mirror}};

/// The memory and the reservations outside of the range go.
Ops remove_outside(const Range &range)
{
    Ops calls = each(outside(range), over<ops::memblock_remove>);
    for (const Range &part : outside(range))
        calls.push_back(over<ops::memblock_phys_free>(part));
    return calls;
}

/// Where the first `bytes` bytes of memory end.
uint64_t end_of_first(uint64_t bytes, const Regions &memory)
{
    for (const Region &region : memory) {
        if (bytes <= region.size)
            return region.base + bytes;
        bytes -= region.size;
    }
    return no_limit;
}

/// From a byte to somewhat more than all memory.
uint64_t draw_bytes(const Regions &memory)
{
    const uint64_t all = total(steps_of(memory));
    return pick_from<uint64_t>({all / 8 * pick(1, 8), all + pick(0, 1), pick(1, 3) * page}) + pick(0, 1);
}

} // namespace

PROPERTY(capping_is_removing_what_is_outside, adds(&ops::memblock_cap_memory_range::size, -1))
{
    const Layout layout = draw_layout(all_mapped);
    const Range range = draw_range(layout.line);
    const Snapshot before = subject.after(layout);
    if (before.memory.empty()) // then there is nothing to cap, and reservations stay
        return subject.cover(0, "no memory", true);
    subject.cover(60, "cuts something off", !minus(before.memory, {{range.start, range.size(), 0, 0}}).empty());
    const Op cap = over<ops::memblock_cap_memory_range>(range);
    const Snapshot capped = subject.after(layout, cap);
    subject.same(subject.after(layout, remove_outside(range)), capped);
    subject.same(capped, subject.after(layout, cap, cap), "done again it changes nothing");
}

PROPERTY(a_memory_limit_leaves_the_first_bytes, adds(&ops::memblock_enforce_memory_limit::limit, page))
{
    const Layout layout = draw_layout();
    const Snapshot before = subject.after(layout);
    const uint64_t bytes = draw_bytes(before.memory), all = total(steps_of(before.memory));
    const uint64_t end = end_of_first(bytes, before.memory);
    const Range above = {end, ~uint64_t{0}};
    const Ops cut =
        end == no_limit ? Ops{} : Ops{over<ops::memblock_remove>(above), over<ops::memblock_phys_free>(above)};
    const Snapshot limited = subject.after(layout, ops::memblock_enforce_memory_limit{.limit = bytes});
    subject.cover(50, "cuts something off", bytes < all);
    subject.cover(10, "more than there is", bytes > all);
    subject.same(total(steps_of(limited.memory)), std::min(bytes, all));
    subject.same(subject.after(layout, cut), limited);
    subject.same(limited, subject.after(layout, ops::memblock_enforce_memory_limit{.limit = bytes},
                                        ops::memblock_enforce_memory_limit{.limit = bytes}));
}

PROPERTY(removing_the_map_above_a_limit_is_a_cap, adds(&ops::memblock_mem_limit_remove_map::limit, page))
{
    const Layout layout = draw_layout();
    const Snapshot before = subject.after(layout);
    const uint64_t bytes = draw_bytes(before.memory), end = end_of_first(bytes, before.memory);
    const Ops cap = end == no_limit ? Ops{} : Ops{over<ops::memblock_cap_memory_range>({0, end})};
    subject.cover(50, "there is less afterwards",
                  end < (before.memory.empty() ? 0 : range_of(before.memory.back()).end));
    subject.same(subject.after(layout, cap), subject.after(layout, ops::memblock_mem_limit_remove_map{.limit = bytes}));
}

PROPERTY(trimming_leaves_whole_units_of_each_region, sets(&ops::memblock_trim_memory::align, page))
{
    const Layout layout = draw_layout();
    const uint64_t align = std::max<uint64_t>(page, layout.line.unit >> pick(0, 2)) << pick(0, 2);
    const Op trim = ops::memblock_trim_memory{.align = align};
    Snapshot expected = subject.after(layout);
    const size_t count = expected.memory.size();
    for (Region &region : expected.memory) {
        const uint64_t start = (region.base + align - 1) / align * align, end = range_of(region).end / align * align;
        region.base = start;
        region.size = start < end ? end - start : 0;
    }
    std::erase_if(expected.memory, [](const Region &region) { return region.size == 0; });
    const Snapshot trimmed = subject.after(layout, trim);
    subject.cover(20, "a region goes", trimmed.memory.size() < count);
    subject.same(expected, trimmed);
    subject.same(trimmed, subject.after(layout, trim, trim), "done again it changes nothing");
}

} // namespace mblab::property
