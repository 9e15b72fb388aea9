// SPDX-License-Identifier: GPL-2.0-or-later
#include "layout.hpp"

#include <rapidcheck.h>

#include <algorithm>

void showValue(const mblab_op &op, std::ostream &out)
{
    out << mblab::print_op(op);
}

namespace mblab::property {

uint64_t pick(uint64_t first, uint64_t last)
{
    // At any size: the first case wants large numbers as well.
    return *rc::gen::resize(rc::kNominalSize, rc::gen::inRange<uint64_t>(first, last + 1));
}

Line draw_line(uint64_t largest_unit)
{
    Line line;
    line.unit = std::min(page << pick(0, 18), largest_unit);
    line.origin = pick_from<uint64_t>({line.unit, 0, uint64_t{1} << 32, uint64_t{1} << 40});
    return line;
}

namespace {

/// Nothing, or a part of a page.
uint64_t draw_odd()
{
    return pick(0, 7) ? 0 : pick_from<uint64_t>({1, 512, page - 1});
}

} // namespace

Range draw_range(const Line &line)
{
    const uint64_t start = line.at(pick(0, Line::places - 1)) + draw_odd();
    return {start, start + pick(1, 8) * line.unit - draw_odd()};
}

std::vector<Range> draw_pieces(const Range &range)
{
    std::vector<uint64_t> cuts = {range.start, range.end};
    for (uint64_t count = pick(1, 4); count; count--)
        cuts.push_back(range.start + pick(0, 32) * (range.size() / 32));
    std::sort(cuts.begin(), cuts.end());
    std::vector<Range> pieces;
    for (size_t i = 0; i + 1 < cuts.size(); i++)
        if (cuts[i] < cuts[i + 1])
            pieces.push_back({cuts[i], cuts[i + 1]});
    return shuffled(std::move(pieces));
}

std::vector<Range> draw_disjoint(const Line &line)
{
    std::vector<Range> ranges;
    for (uint64_t place = pick(0, 3); place < Line::places;) {
        const uint64_t length = pick(1, 6);
        ranges.push_back({line.at(place), line.at(place + length)});
        place += length + pick(0, 2);
    }
    return ranges;
}

int32_t draw_node()
{
    return static_cast<int32_t>(pick(0, 3));
}

uint64_t draw_align(const Line &line)
{
    return uint64_t{1} << pick(0, static_cast<uint64_t>(std::countr_zero(line.unit)) + 1);
}

Ops allow_growth()
{
    return {ops::world_max_low_pfn{.pfn = no_limit}, ops::memblock_allow_resize{}, over<ops::memblock_add>(room)};
}

Op draw_edit(const Line &line, const LayoutKinds &kinds)
{
    const Range range = draw_range(line);
    const auto choice = pick(0, 15);
    if (choice <= 4)
        return ops::memblock_add_node{
            .base = range.start, .size = range.size(), .nid = draw_node(), .flags = pick_from(kinds.flags)};
    if (choice <= 7)
        return over<ops::memblock_reserve>(range);
    if (choice == 8)
        return over<ops::memblock_remove>(range);
    if (choice == 9)
        return over<ops::memblock_phys_free>(range);
    if (choice == 10)
        return ops::memblock_set_node{
            .base = range.start, .size = range.size(), .type = MBLAB_TYPE_memory, .nid = draw_node()};
    if (choice == 11 && kinds.reserved_attributes)
        return ops::memblock_set_node{
            .base = range.start, .size = range.size(), .type = MBLAB_TYPE_reserved, .nid = draw_node()};
    if (choice == 12 && kinds.reserved_attributes)
        return over<ops::memblock_reserved_mark_noinit>(range);
    if (choice == 13 && kinds.allocations)
        return ops::memblock_phys_alloc{.size = range.size() / 4 + 1, .align = draw_align(line)};
    // Marks make no flags that add_node was not to give.
    const bool marks_nomap = std::find(kinds.flags.begin(), kinds.flags.end(), nomap) != kinds.flags.end();
    return marks_nomap ? over<ops::memblock_mark_nomap>(range) : over<ops::memblock_reserve>(range);
}

Layout draw_layout(const LayoutKinds &kinds)
{
    Layout layout;
    layout.line = draw_line(kinds.largest_unit);
    const Range range = draw_range(layout.line);
    layout.calls = {ops::world_max_low_pfn{.pfn = no_limit},
                    ops::memblock_add_node{.base = range.start, .size = range.size(), .nid = draw_node()}};
    // The size of a container is drawn up to RapidCheck's size; the numbers inside are not to shrink with it.
    const auto edit = rc::gen::exec([line = layout.line, kinds] { return draw_edit(line, kinds); });
    const Ops edits = *rc::gen::resize(24, rc::gen::container<Ops>(rc::gen::resize(rc::kNominalSize, edit)));
    layout.calls.insert(layout.calls.end(), edits.begin(), edits.end());
    return layout;
}

const Region *find(const Regions &regions, uint64_t address)
{
    for (const Region &region : regions)
        if (region.base <= address && address - region.base < region.size)
            return &region;
    return nullptr;
}

bool touches(const Regions &regions, const Range &range)
{
    return std::any_of(regions.begin(), regions.end(),
                       [&](const Region &region) { return overlap(range_of(region), range); });
}

Regions where(const Regions &regions, const std::function<bool(const Region &)> &predicate)
{
    Regions found;
    std::copy_if(regions.begin(), regions.end(), std::back_inserter(found), predicate);
    return found;
}

Regions mapped(const Regions &regions)
{
    return where(regions, [](const Region &region) { return !(region.flags & (nomap | driver_managed)); });
}

Regions on_node(const Regions &regions, int32_t nid, const Variant &variant)
{
    const bool any = nid < 0 || nid >= static_cast<int32_t>(variant.max_nodes);
    return where(regions, [any, nid](const Region &region) { return any || region.nid == nid; });
}

Regions within(const Regions &regions, const Range &range)
{
    Regions parts;
    for (Region region : regions) {
        const uint64_t start = std::max(region.base, range.start), end = std::min(range_of(region).end, range.end);
        if (start >= end)
            continue;
        region.base = start;
        region.size = end - start;
        parts.push_back(region);
    }
    return parts;
}

std::vector<Range> outside(const Range &range)
{
    return {{0, range.start}, {range.end, ~uint64_t{0}}};
}

Walk steps_of(const Regions &regions)
{
    Walk steps;
    for (const Region &region : regions)
        steps.push_back({region.base, range_of(region).end, region.nid});
    return steps;
}

Walk minus(const Regions &regions, const Regions &others)
{
    Walk parts;
    for (const Region &region : regions) {
        uint64_t start = region.base;
        for (const Region &other : within(others, range_of(region))) {
            if (start < other.base)
                parts.push_back({start, other.base, region.nid});
            start = range_of(other).end;
        }
        if (start < range_of(region).end)
            parts.push_back({start, range_of(region).end, region.nid});
    }
    return parts;
}

Walk pages_of(const Walk &steps)
{
    Walk pages;
    for (const Step &step : steps)
        if ((step.start + page - 1) / page < step.end / page)
            pages.push_back({(step.start + page - 1) / page, step.end / page, step.nid});
    return pages;
}

Walk joined(Walk steps)
{
    std::sort(steps.begin(), steps.end(), [](const Step &a, const Step &b) { return a.start < b.start; });
    Walk whole;
    for (const Step &step : steps)
        if (!whole.empty() && step.start <= whole.back().end)
            whole.back().end = std::max(whole.back().end, step.end);
        else
            whole.push_back({step.start, step.end, 0});
    return whole;
}

Walk reversed(Walk steps)
{
    std::reverse(steps.begin(), steps.end());
    return steps;
}

uint64_t total(const Walk &steps)
{
    uint64_t sum = 0;
    for (const Step &step : steps)
        sum += step.end - step.start;
    return sum;
}

} // namespace mblab::property
