// SPDX-License-Identifier: GPL-2.0-or-later
// Questions, answered out of the arrays here.
#include "property.hpp"

namespace mblab::property {
namespace {

/// An address at, or a byte before, an edge of what the arrays hold, or anywhere.
uint64_t draw_address(const Line &line, const Snapshot &snapshot)
{
    const Walk edges = steps_of(pick(0, 1) ? snapshot.reserved : snapshot.memory);
    if (edges.empty() || pick(0, 3) == 0)
        return draw_range(line).start;
    const Step step = pick_from(edges);
    return (pick(0, 1) ? step.start : step.end) - pick(0, 1);
}

} // namespace

PROPERTY(an_address_is_in_a_set_where_a_region_holds_it, adds(&ops::memblock_is_memory::addr, 1))
{
    const Layout layout = draw_layout();
    const Snapshot snapshot = subject.after(layout);
    const uint64_t address = draw_address(layout.line, snapshot);
    const Region *const region = find(snapshot.memory, address);
    const bool reserved = find(snapshot.reserved, address);
    subject.cover(30, "memory", region);
    subject.cover(20, "not memory", !region);
    subject.cover(20, "reserved", reserved);
    subject.same(subject.value(ops::memblock_is_memory{.addr = address}), uint64_t{region != nullptr});
    subject.same(subject.value(ops::memblock_is_map_memory{.addr = address}),
                 uint64_t{region && !(region->flags & nomap)});
    subject.same(subject.value(ops::memblock_is_reserved{.addr = address}), uint64_t{reserved});
}

PROPERTY(a_range_is_memory_where_one_region_holds_it_all, adds(&ops::memblock_is_region_memory::size, page))
{
    const Layout layout = draw_layout();
    const Snapshot snapshot = subject.after(layout);
    const uint64_t start = draw_address(layout.line, snapshot);
    const Region *const region = find(snapshot.memory, start);
    const uint64_t left = region ? range_of(*region).end - start : 0;
    const uint64_t size = left ? pick_from<uint64_t>({left, left + 1, (left + 1) / 2}) : pick(1, page);
    const bool all = region && size <= left;
    subject.cover(20, "all of it", all);
    subject.cover(10, "its beginning", region && !all);
    subject.same(subject.value(ops::memblock_is_region_memory{.base = start, .size = size}), uint64_t{all});
}

PROPERTY(a_range_overlaps_where_a_region_meets_it, adds(&ops::memblock_overlaps_region::size, page))
{
    const Layout layout = draw_layout();
    const Snapshot snapshot = subject.after(layout);
    const auto type = pick_from<mblab_type>({MBLAB_TYPE_memory, MBLAB_TYPE_reserved});
    const uint64_t start = draw_address(layout.line, snapshot);
    const Range range = {start, start + pick_from<uint64_t>({1, page, layout.line.unit})};
    const bool meets = touches(snapshot.of(type), range);
    subject.cover(30, "meets", meets);
    subject.cover(20, "does not", !meets);
    subject.same(subject.value(ops::memblock_overlaps_region{.type = type, .base = start, .size = range.size()}),
                 uint64_t{meets});
    subject.same(subject.value(over<ops::memblock_is_region_reserved>(range)),
                 uint64_t{touches(snapshot.reserved, range)});
    bool any = false;
    for (const Region &region : snapshot.of(type))
        any |= subject.value(ops::memblock_addrs_overlap{
                   .base1 = region.base, .size1 = region.size, .base2 = start, .size2 = range.size()}) != 0;
    subject.same(uint64_t{any}, uint64_t{meets});
}

PROPERTY(a_frame_is_found_with_its_region_and_node, misreports<ops::memblock_search_pfn_nid>([](Answer &answer) {
             answer.result.value[2] -= answer.result.value[2] != 0; // end_pfn
         }))
{
    const Layout layout = draw_layout();
    const Snapshot snapshot = subject.after(layout);
    const uint64_t frame = draw_address(layout.line, snapshot) / page;
    const Region *const region = find(snapshot.memory, frame * page);
    const Answer answer = subject.call(ops::memblock_search_pfn_nid{.pfn = frame});
    subject.cover(30, "found", region);
    subject.cover(15, "not found", !region);
    const auto &[nid, start, end, unused] = answer.result.value;
    Walk expected = {{0, 0, no_node}};
    if (region)
        expected = {{region->base / page, range_of(*region).end / page, region->nid}};
    subject.same(Walk{{start, end, static_cast<int32_t>(nid)}}, expected);
}

PROPERTY(sizes_and_bounds_are_those_of_the_regions,
         misreports<ops::memblock_end_of_DRAM>([](Answer &answer) { answer.result.value[0] -= page; }))
{
    const Layout layout = draw_layout();
    Snapshot snapshot = subject.after(layout);
    if (snapshot.memory.empty()) // then it has no end (docs/findings.md)
        snapshot = subject.after(layout, over<ops::memblock_add>(layout.line.whole()));
    subject.cover(30, "several regions", snapshot.memory.size() > 2 && snapshot.reserved.size() > 1);
    subject.same(subject.value(ops::memblock_phys_mem_size{}), total(steps_of(snapshot.memory)));
    subject.same(subject.value(ops::memblock_reserved_size{}), total(steps_of(snapshot.reserved)));
    subject.same(subject.value(ops::memblock_start_of_DRAM{}), snapshot.memory[0].base);
    subject.same(subject.value(ops::memblock_end_of_DRAM{}), range_of(snapshot.memory.back()).end);
}

PROPERTY(sizes_by_use_are_those_of_the_regions, misreports<ops::memblock_reserved_kern_size>([](Answer &answer) {
             answer.result.value[0] -= answer.result.value[0] != 0;
         }))
{
    Layout layout = draw_layout();
    for (uint64_t count = pick(1, 4); count; count--) {
        const Range range = draw_range(layout.line);
        layout.calls.push_back(
            ops::__memblock_reserve{.base = range.start,
                                    .size = range.size(),
                                    .nid = pick_from<int32_t>({no_node, 0, 1}),
                                    .flags = pick_from<uint32_t>({kern, hugetlb, kern | hugetlb, 0})});
    }
    const Snapshot snapshot = subject.after(layout);
    const uint64_t limit = pick(0, 1) ? no_limit : draw_address(layout.line, snapshot);
    const int32_t nid = pick_from<int32_t>({no_node, 0, 1, 64});
    const auto bytes_with = [&](uint32_t flag) {
        const Regions with = where(snapshot.reserved, [flag](const Region &region) { return region.flags & flag; });
        return total(steps_of(within(on_node(with, nid, subject.variant()), {0, limit})));
    };
    subject.cover(40, "some are for the kernel", bytes_with(kern));
    subject.cover(20, "some are huge pages", bytes_with(hugetlb));
    subject.same(subject.value(ops::memblock_reserved_kern_size{.limit = limit, .nid = nid}), bytes_with(kern));
    subject.same(subject.value(ops::memblock_reserved_hugetlb_size{.limit = limit, .nid = nid}), bytes_with(hugetlb));
    const uint64_t all_kern = subject.value(ops::memblock_reserved_kern_size{.limit = no_limit, .nid = no_node});
    subject.same(subject.value(ops::memblock_estimated_nr_free_pages{}),
                 (total(steps_of(snapshot.memory)) - all_kern) / page);
}

PROPERTY(questions_and_walks_change_nothing, becomes<ops::memblock_is_region_reserved, ops::memblock_reserve>())
{
    const Layout layout = draw_layout();
    const Range range = draw_range(layout.line);
    const Snapshot before = subject.after(layout);
    subject.cover(60, "memory and reservations", !before.memory.empty() && !before.reserved.empty());
    const Ops questions = {over<ops::memblock_is_region_reserved>(range),
                           over<ops::memblock_is_region_memory>(range),
                           ops::memblock_is_memory{.addr = range.start},
                           ops::memblock_search_pfn_nid{.pfn = range.start / page},
                           ops::memblock_phys_mem_size{},
                           ops::memblock_estimated_nr_free_pages{},
                           ops::memblock_validate_numa_coverage{.threshold_bytes = range.size()},
                           ops::memblock_dump_all{},
                           ops::for_each_free_mem_range{.nid = no_node, .at_most = all_steps},
                           ops::for_each_free_mem_range_reverse{.nid = 1, .at_most = 2}};
    subject.same(before, subject.after(layout, shuffled(questions)));
}

} // namespace mblab::property
