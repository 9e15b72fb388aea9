// SPDX-License-Identifier: GPL-2.0-or-later
// Splitting regions so that a range begins and ends between two of them, and taking that range out.
#pragma once

#include "standard.hpp"

#include "region_array.hpp"

namespace early {

// Split whatever crosses either end of [base, base + size). Returns the slots that lie inside, {0, 0} if
// none does, and nothing if the array could not grow: room for both splits is made before looking
// whether there are any.
[[nodiscard]] std::optional<Slots> isolate_range(Array &array, phys_addr_t base, phys_addr_t size);

// Take [base, base + size) out. Returns 0, or -ENOMEM when isolate_range() could not.
int remove_range(Array &array, phys_addr_t base, phys_addr_t size);

} // namespace early
