// SPDX-License-Identifier: GPL-2.0-or-later
// Where addresses lie in a picture, for all that draw one; and sets of regions as ASCII boxes under one another.
#pragma once

#include "core/state/state.hpp"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace mblab {

/// How much room the interval between two neighbouring bounds gets.
enum class Scale : uint8_t {
    even,     // each the same, so that a page beside a terabyte is as easy to see
    squeezed, // by the logarithm of its size; a hole, where nothing ever is, little
    log,      // by the logarithm of its addresses
    linear,
};

/// The place of each bound, in ascending order, on a line from 0 to 1. Whatever lies in used is no hole.
std::vector<double> lay_out(std::span<const uint64_t> bounds, Scale scale, Regions used = {});

/// One line of the picture. Its boxes are on the even scale.
struct Bar {
    std::string_view label;
    Regions regions;
};

/// Most bounds in one picture: what fits into a line. Each has a letter.
inline constexpr size_t picture_bounds_max = 18;

inline constexpr size_t picture_width = 66;

/// What the picture is to say of nodes and where it is to look.
struct View {
    /// Where there are more bounds than that, those from two below its start on are shown and the rest is counted.
    Interval focus{};
    /// The nid that stands for no node: MAX_NUMNODES in the kernel's regions.
    int32_t no_node = -1;
    /// Columns of the bars; the legend has 12 more.
    size_t width = picture_width;
};

/// The bars over one axis, and a legend: the address of each bound, flags of regions, and nodes where they tell regions
/// apart.
std::string picture(std::span<const Bar> bars, const View &view = {});

/// The memory that an array lies in, as a region to draw; of no size where it is static.
Region storage_of(const State &state, mblab_type type);

/// memory and reserved before a call and after it, around what it changed, and the arrays where they moved. After is
/// left out where its arrays lie on one another: what they hold is no list of regions.
std::string picture(const State &before, const State &after, bool corrupted = false, size_t width = picture_width);

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
