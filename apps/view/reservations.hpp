// SPDX-License-Identifier: GPL-2.0-or-later
// What a step reserves and gives back, as addresses: how allocators are compared that have no calls in common.
#pragma once

#include "core/state/region_set.hpp"

#include <string>
#include <vector>

namespace mblab::view {

class Reservations {
  public:
    Reservations() = default;
    /// From the reserved regions before the step and after it, whatever their attributes.
    Reservations(const RegionSet &before, const RegionSet &after);
    bool operator==(const Reservations &) const = default;

    /// "takes [0x1000, 0x2000), gives back [0x8000, 0x9000)"; of many ranges the first.
    std::string text() const;

  private:
    std::vector<Interval> taken_, back_;
};

} // namespace mblab::view
