// SPDX-License-Identifier: GPL-2.0-or-later
// Sets of regions as ASCII boxes under one another. Not to scale: every stretch between two bounds is a box of one width,
// so that a page beside a terabyte is as easy to see.
#pragma once

#include "lab/contracts/ranges.hpp"

#include <span>
#include <string>
#include <string_view>

namespace mblab::exporting {

/// One line of the picture.
struct Bar {
    std::string_view label;
    contract::Regions regions;
};

/// Most bounds in one picture: as many as there are letters for them.
inline constexpr size_t picture_bounds_max = 26;

/// The bars over one axis, and a legend: the address of each bound, and what is special about each region. Where there are
/// more bounds than letters, those around focus are shown and the rest is counted.
std::string picture(std::span<const Bar> bars, contract::Range focus = {});

/// The addresses between which two lists differ; empty when they are equal.
contract::Range changed(contract::Regions before, contract::Regions after);

} // namespace mblab::exporting
