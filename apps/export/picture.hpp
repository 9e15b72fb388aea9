// SPDX-License-Identifier: GPL-2.0-or-later
// Sets of regions as ASCII boxes under one another. Not to scale: every stretch between two bounds is a box of one
// width, so that a page beside a terabyte is as easy to see.
#pragma once

#include "core/state/region_set.hpp"

#include <span>
#include <string>
#include <string_view>

namespace mblab::exporting {

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

/// The addresses between which two lists differ; empty when they are equal.
Interval changed(Regions before, Regions after);

} // namespace mblab::exporting
