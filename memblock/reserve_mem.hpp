// SPDX-License-Identifier: GPL-2.0-or-later
// What "reserve_mem=" set aside, by name.
#pragma once

#include "standard.hpp"

#include <linux/mutex.h>
#include <linux/types.h>

namespace early {

struct NamedReservation {
    static constexpr std::size_t name_size = 16; // with the NUL

    char name[name_size];
    phys_addr_t start;
    phys_addr_t size; // 0 once it was released
};

// Held by who reads or changes the table, but for boot, which is alone.
extern struct mutex table_lock;

// In the order of the command line, the released ones included.
std::span<const NamedReservation> named_reservations();

} // namespace early
