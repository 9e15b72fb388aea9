// SPDX-License-Identifier: GPL-2.0-or-later
// Taking a range out of an array.
#pragma once

#include "standard.hpp"

#include "region_array.hpp"

namespace early {

// Regions that cross an end of [base, base + size) keep what is outside. Returns 0, or -ENOMEM when the
// array could not grow for a split, which is tried before looking whether a split is needed.
int remove_range(Array &array, phys_addr_t base, phys_addr_t size);

} // namespace early
