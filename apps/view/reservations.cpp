// SPDX-License-Identifier: GPL-2.0-or-later
#include "apps/view/reservations.hpp"

#include <fmt/format.h>

namespace mblab::view {
namespace {

std::vector<Interval> without(const RegionSet &set, const RegionSet &other)
{
    std::vector<Interval> left;
    for (const Region &region : set.regions())
        other.each_gap(region.base, end_of(region), [&](uint64_t start, uint64_t end, const Region *) {
            if (!left.empty() && left.back().end == start)
                left.back().end = end;
            else
                left.push_back({start, end});
        });
    return left;
}

std::string list(std::string_view verb, const std::vector<Interval> &ranges)
{
    constexpr size_t told_max = 3;
    std::string text;
    for (size_t i = 0; i < ranges.size() && i < told_max; i++)
        text += fmt::format("{} [{:#x}, {:#x})", i ? "," : verb, ranges[i].start, ranges[i].end);
    return ranges.size() > told_max ? fmt::format("{} and {} more", text, ranges.size() - told_max) : text;
}

} // namespace

Reservations::Reservations(const RegionSet &before, const RegionSet &after)
    : taken_(without(after, before)), back_(without(before, after))
{
}

std::string Reservations::text() const
{
    const std::string taken = list("takes", taken_), back = list("gives back", back_);
    return taken.empty() && back.empty() ? "takes nothing" : taken + (taken.empty() || back.empty() ? "" : ", ") + back;
}

} // namespace mblab::view
