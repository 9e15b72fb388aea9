// SPDX-License-Identifier: GPL-2.0-or-later
// Sets of regions as ASCII boxes under one another. Not to scale: every interval between two bounds is a box of one
// width, so that a page beside a terabyte is as easy to see.
#pragma once

#include "core/state/state.hpp"

#include <span>
#include <string>
#include <string_view>

namespace mblab {

/// One line of the picture.
struct Bar {
    std::string_view label;
    Regions regions;
};

/// Most bounds in one picture: what fits into a line. Each has a letter.
inline constexpr size_t picture_bounds_max = 18;

/// What the picture is to say of nodes and where it is to look.
struct View {
    /// Where there are more bounds than that, those from two below its start on are shown and the rest is counted.
    Interval focus{};
    /// The nid that stands for no node: MAX_NUMNODES in the kernel's regions.
    int32_t no_node = -1;
};

/// The bars over one axis, and a legend: the address of each bound, flags of regions, and nodes where they tell regions
/// apart.
std::string picture(std::span<const Bar> bars, const View &view = {});

/// memory and reserved before a call and after it, around what it changed, and the arrays where they moved. After is
/// left out where its arrays lie on one another: what they hold is no list of regions.
std::string picture(const State &before, const State &after, bool corrupted = false);

/// The addresses between which two lists differ; empty when they are equal.
Interval changed(Regions before, Regions after);

/// The smallest interval that holds both.
constexpr Interval hull(const Interval &a, const Interval &b)
{
    if (a.empty() || b.empty())
        return a.empty() ? b : a;
    return {std::min(a.start, b.start), std::max(a.end, b.end)};
}

} // namespace mblab
