// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/state/picture.hpp"

#include "core/base/text.hpp"
#include "core/state/flags.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace mblab {
namespace {

constexpr size_t box_max = 9;

std::vector<uint64_t> bounds_of(std::span<const Bar> bars)
{
    std::vector<uint64_t> bounds;
    for (const Bar &bar : bars) {
        for (const Region &region : bar.regions) {
            if (!region.size)
                continue; // the entry that stands for none in older kernels
            bounds.push_back(region.base);
            bounds.push_back(end_of(region));
        }
    }
    std::sort(bounds.begin(), bounds.end());
    bounds.erase(std::unique(bounds.begin(), bounds.end()), bounds.end());
    return bounds;
}

/// The bounds that are drawn: all, or as many as fit, from two below the focus on.
struct Axis {
    std::vector<uint64_t> bounds;
    std::vector<size_t> columns; // of the bounds
    size_t below = 0, above = 0; // how many are left out

    /// How far the next bound is.
    size_t step(size_t bound) const { return columns[bound + 1] - columns[bound]; }
};

/// So many bounds, from two below the focus on.
void choose(Axis &axis, Interval focus, size_t most)
{
    const auto first = std::lower_bound(axis.bounds.begin(), axis.bounds.end(), focus.start);
    axis.below = static_cast<size_t>(first - axis.bounds.begin());
    axis.below = std::min(axis.below - std::min<size_t>(axis.below, 2), axis.bounds.size() - most);
    axis.above = axis.bounds.size() - most - axis.below;
    axis.bounds.erase(axis.bounds.begin(), axis.bounds.begin() + static_cast<ptrdiff_t>(axis.below));
    axis.bounds.resize(most);
}

Axis axis_of(std::span<const Bar> bars, Interval focus, size_t width)
{
    Axis axis;
    axis.bounds = bounds_of(bars);
    // Where the line is short, boxes of two hold as many bounds, or as many as there is room for.
    const bool is_short = width < picture_width;
    const size_t box_min = is_short ? 2 : 3;
    const size_t most = is_short ? std::min(picture_bounds_max, width / (box_min + 1)) : picture_bounds_max;
    if (axis.bounds.size() > most)
        choose(axis, focus, most);
    const size_t count = std::max<size_t>(axis.bounds.size(), 1);
    const size_t box = std::clamp(width / count, box_min + 1, box_max + 1);
    for (const double at : lay_out(axis.bounds, Scale::even))
        axis.columns.push_back(static_cast<size_t>(std::lround(at * static_cast<double>((count - 1) * box))));
    return axis;
}

/// What a box is filled with: # for a plain region, else a letter for its flag.
char fill_of(const Region &region)
{
    for (const RegionFlag &flag : region_flags)
        if (region.flags == flag.bit)
            return flag.letter;
    return region.flags ? '*' : '#';
}

bool is_bound_of(Regions regions, uint64_t addr)
{
    return std::any_of(regions.begin(), regions.end(), [addr](const Region &region) {
        return region.size && (region.base == addr || end_of(region) == addr);
    });
}

std::string draw_bar(const Bar &bar, const Axis &axis)
{
    std::string text(axis.below ? "~" : "");
    for (size_t i = 0; i < axis.bounds.size(); i++) {
        const bool is_last = i + 1 == axis.bounds.size();
        const Region *here = region_at(bar.regions, axis.bounds[i]);
        const char fill = here ? fill_of(*here) : '.';
        text += is_bound_of(bar.regions, axis.bounds[i]) ? '|' : is_last ? '.' : fill;
        if (!is_last)
            text += std::string(axis.step(i) - 1, fill);
    }
    return text + (axis.above ? "~" : "");
}

std::string letter(const Axis &axis, uint64_t addr)
{
    const auto found = std::find(axis.bounds.begin(), axis.bounds.end(), addr);
    if (found == axis.bounds.end())
        return fmt::format("{:#x}", addr);
    return std::string(1, static_cast<char>('a' + (found - axis.bounds.begin())));
}

std::string letters(const Axis &axis)
{
    std::string text(axis.below ? " " : "");
    for (size_t i = 0; i < axis.bounds.size(); i++)
        text += fmt::format("{:<{}}", static_cast<char>('a' + i), i + 1 < axis.bounds.size() ? axis.step(i) : 1);
    return text;
}

std::string addresses(const Axis &axis, size_t width)
{
    std::vector<std::string> items;
    for (const uint64_t bound : axis.bounds)
        items.push_back(fmt::format("{} = {:#x}", letter(axis, bound), bound));
    std::string text = wrapped(items, "   ", "  ", width + 12);
    if (axis.below || axis.above)
        text += fmt::format("  ~ {} bounds below and {} above are not shown\n", axis.below, axis.above);
    return text;
}

/// Whether nodes tell regions apart: where all have the same, it is not said.
bool nodes_matter(std::span<const Bar> bars)
{
    const Region *first = nullptr;
    for (const Bar &bar : bars) {
        for (const Region &region : bar.regions) {
            if (first && region.size && region.nid != first->nid)
                return true;
            first = region.size ? &region : first;
        }
    }
    return false;
}

/// A region's node and flags: what a box does not say. Empty where there is nothing to say.
std::string remark(const Region &region, int32_t no_node)
{
    std::string text = region.nid == no_node ? ""
                       : region.nid == -1    ? " NUMA_NO_NODE"
                                             : fmt::format(" node {}", region.nid);
    if (region.flags)
        text += ' ' + flags_text(region.flags);
    return text;
}

std::string remarks(const Bar &bar, const Axis &axis, int32_t no_node, size_t width)
{
    std::vector<std::string> items;
    for (const Region &region : bar.regions) {
        const bool is_shown = region.size && end_of(region) > axis.bounds.front() && region.base < axis.bounds.back();
        if (const std::string said = is_shown ? remark(region, no_node) : ""; !said.empty())
            items.push_back(fmt::format("{}-{}{}", letter(axis, region.base), letter(axis, end_of(region)), said));
    }
    return wrapped(items, "; ", fmt::format("  {}: ", bar.label), width + 12);
}

/// The room that the interval gets, in units that differ from scale to scale.
double room_for(Interval at, Scale scale, Regions used)
{
    constexpr double page = 4096;
    const auto start = static_cast<double>(at.start), end = static_cast<double>(at.end);
    switch (scale) {
    case Scale::even:
        return 1;
    case Scale::squeezed:
        // Enough for a page beside a terabyte, and for a terabyte beside hundreds of pages.
        return overlaps(used, at) ? 0.5 + std::pow(std::log2(1 + (end - start) / page), 1.5) : 1;
    case Scale::log:
        return std::log2(1 + end / page) - std::log2(1 + start / page);
    case Scale::linear:
        break;
    }
    return end - start;
}

} // namespace

std::vector<double> lay_out(std::span<const uint64_t> bounds, Scale scale, Regions used)
{
    std::vector<double> places;
    double total = 0;
    for (size_t i = 0; i < bounds.size(); i++) {
        total += i ? room_for({bounds[i - 1], bounds[i]}, scale, used) : 0;
        places.push_back(total);
    }
    for (double &place : places)
        place /= total > 0 ? total : 1;
    return places;
}

std::string picture(std::span<const Bar> bars, const View &view)
{
    const Axis axis = axis_of(bars, view.focus, view.width);
    size_t label_width = 0;
    for (const Bar &bar : bars)
        label_width = std::max(label_width, bar.label.size());
    if (axis.bounds.empty())
        return "  no regions at all\n";
    std::string text = fmt::format("  {:<{}}  {}\n", "", label_width, letters(axis));
    for (const Bar &bar : bars)
        text += fmt::format("  {:<{}}  {}\n", bar.label, label_width, draw_bar(bar, axis));
    text += addresses(axis, view.width);
    const bool with_nodes = nodes_matter(bars);
    for (const Bar &bar : bars) // Where all have one node, that is what stands for none.
        text += remarks(bar, axis,
                        with_nodes            ? view.no_node
                        : bar.regions.empty() ? 0
                                              : bar.regions[0].nid,
                        view.width);
    return text;
}

Region storage_of(const State &state, mblab_type type)
{
    const ArrayState &array = state.arrays[type];
    const bool is_static = array.storage == MBLAB_STATIC_ADDR;
    return {array.storage, is_static ? 0 : array.max * state.region_bytes(), 0, state.no_node()};
}

std::string picture(const State &before, const State &after, bool corrupted, size_t width)
{
    std::vector<Bar> bars = {{"memory, before", before.memory().set}, {"reserved, before", before.reserved().set}};
    Region storage[2]; // the memory that the arrays lie in, as regions to draw
    Interval focus;
    for (const mblab_type type : {MBLAB_TYPE_memory, MBLAB_TYPE_reserved}) {
        storage[type] = storage_of(after, type);
        if (!storage[type].size)
            continue;
        bars.push_back({type == MBLAB_TYPE_memory ? "array of memory" : "array of reserved", {&storage[type], 1}});
        focus = hull(focus, interval_of(storage[type]));
    }
    if (!corrupted) {
        bars.insert(bars.begin() + 1, {"memory, after", after.memory().set});
        bars.insert(bars.begin() + 3, {"reserved, after", after.reserved().set});
        focus = hull(changed(before.memory().set, after.memory().set),
                     changed(before.reserved().set, after.reserved().set));
    }
    return picture(bars, {focus, after.no_node(), width});
}

Interval changed(Regions before, Regions after)
{
    Interval range{UINT64_MAX, 0};
    const auto widen = [&range](Regions regions, Regions others) {
        for (const Region &region : regions) {
            if (std::find(others.begin(), others.end(), region) != others.end())
                continue;
            range.start = std::min(range.start, region.base);
            range.end = std::max(range.end, end_of(region));
        }
    };
    widen(before, after);
    widen(after, before);
    return range.empty() ? Interval{} : range;
}

} // namespace mblab
