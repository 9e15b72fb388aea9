// SPDX-License-Identifier: GPL-2.0-or-later
// What properties draw, and sets of addresses. A function that draws is for the body of a property; every draw, and all
// that shrinking makes of it, is a case, so that nothing is ever thrown away.
#pragma once

#include "subject.hpp"

#include <functional>
#include <ostream>

/// How RapidCheck prints a call that was drawn.
void showValue(const mblab_op &op, std::ostream &out);

namespace mblab::property {

inline constexpr uint64_t page = 4096;
// enum memblock_flags
inline constexpr uint32_t hotplug = 1, mirror = 2, nomap = 4, driver_managed = 8, scratch = 0x40; // of memory
inline constexpr uint32_t noinit = 0x10, kern = 0x20, hugetlb = 0x80;                             // of reservations
inline constexpr int32_t no_node = -1;
inline constexpr uint64_t all_steps = ~uint64_t{0};
inline constexpr uint64_t no_limit = ~uint64_t{0};

struct Range {
    uint64_t start = 0, end = 0;
    uint64_t size() const { return end - start; }
};

/// The addresses of a case: a few places at equal distances, so that ranges often meet, touch and nest.
struct Line {
    uint64_t origin = 0, unit = page;
    static constexpr uint64_t places = 32;

    uint64_t at(uint64_t place) const { return origin + place * unit; }
    Range whole() const { return {origin, at(places)}; }
};

/// Calls that lead to a reachable state, and the line that they are on.
struct Layout {
    Line line;
    Ops calls;
    operator const Ops &() const { return calls; }
};

/// Memory far above the line. Top-down, this is where arrays grow into, so that they take nothing from the line.
inline constexpr Range room = {uint64_t{1} << 45, (uint64_t{1} << 45) + (uint64_t{1} << 24)};
/// The calls by which arrays can grow there.
Ops allow_growth();

struct LayoutKinds {
    std::vector<uint32_t> flags = {0, 0, 0, hotplug, mirror, nomap}; // of memory
    bool allocations = true;
    bool reserved_attributes = true;
    uint64_t largest_unit = uint64_t{1} << 30;
};

// ---- drawing ----

/// A number from first to last, both included; the first is the simplest.
uint64_t pick(uint64_t first, uint64_t last);
template <typename Value> Value pick_from(const std::vector<Value> &values)
{
    return values[pick(0, values.size() - 1)];
}
/// The same, in any order.
template <typename Value> std::vector<Value> shuffled(std::vector<Value> values)
{
    for (size_t left = values.size(); left > 1; left--)
        std::swap(values[left - 1], values[pick(0, left - 1)]);
    return values;
}
Line draw_line(uint64_t largest_unit = uint64_t{1} << 30);
/// Part of the line; an edge in eight lies within a page.
Range draw_range(const Line &line);
/// The range in up to five pieces, in any order.
std::vector<Range> draw_pieces(const Range &range);
/// Disjoint ranges of the line, ascending; some touch.
std::vector<Range> draw_disjoint(const Line &line);
/// One call that edits memory or reservations.
Op draw_edit(const Line &line, const LayoutKinds &kinds);
/// Up to 24 of those, the first of which adds memory.
Layout draw_layout(const LayoutKinds &kinds = {});
int32_t draw_node();
/// A power of two up to a unit or so.
uint64_t draw_align(const Line &line);

// ---- calls over ranges ----

template <typename Call> Op over(const Range &range)
{
    return Call{.base = range.start, .size = range.size()};
}
inline Op over(mblab_op_kind kind, const Range &range)
{
    return make_op(kind, {range.start, range.size()});
}
/// What make() makes of each.
template <typename Make> Ops each(const std::vector<Range> &ranges, Make make)
{
    Ops calls;
    for (const Range &range : ranges)
        calls.push_back(make(range));
    return calls;
}

// ---- sets of addresses ----

inline Range range_of(const Region &region)
{
    return {region.base, region.base + region.size};
}
inline bool overlap(const Range &a, const Range &b)
{
    return a.start < b.end && b.start < a.end;
}
/// The region that holds the address; nullptr when none does.
const Region *find(const Regions &regions, uint64_t address);
bool touches(const Regions &regions, const Range &range);
/// The regions that the predicate is true of.
Regions where(const Regions &regions, const std::function<bool(const Region &)> &predicate);
/// Those that walks without flags give, as long as no node is movable.
Regions mapped(const Regions &regions);
/// Those of a node; all for what is no node of the variant.
Regions on_node(const Regions &regions, int32_t nid, const Variant &variant);
/// The regions with what lies outside of the range cut off.
Regions within(const Regions &regions, const Range &range);
/// What lies outside of the range: below it, then above.
std::vector<Range> outside(const Range &range);

Walk steps_of(const Regions &regions);
/// Parts of each region that no other region covers.
Walk minus(const Regions &regions, const Regions &others);
/// Whole page frames of each step; steps without one are left out.
Walk pages_of(const Walk &steps);
/// Ascending, steps that touch or overlap as one, whatever their nodes; nid is 0.
Walk joined(Walk steps);
Walk reversed(Walk steps);
uint64_t total(const Walk &steps);

} // namespace mblab::property
