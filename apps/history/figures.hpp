// SPDX-License-Identifier: GPL-2.0-or-later
// What a boot came to with one allocator.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>

namespace mblab::history {

/// Demands that were not met, by why.
struct Unmet {
    uint64_t times = 0, bytes = 0;
};

struct Figures {
    std::string allocator;
    std::string impossible;            // why the boot cannot begin with it at all; the rest is 0 then
    uint64_t own = 0;                  // bytes of the allocator's own: its map, its arrays
    uint64_t beyond = 0;               // bytes of memory that it never knows of
    uint64_t waste = 0;                // bytes that nobody asked for and the buddy allocator does not get
    uint64_t largest = 0;              // bytes of the largest free range just before the end of boot memory
    uint64_t pages = 0;                // that the buddy allocator gets, 4 KiB each
    std::array<uint64_t, 11> blocks{}; // of them, by order
    std::map<std::string, Unmet> unmet;
    uint64_t calls = 0, nanoseconds = 0; // that the demands took
};

} // namespace mblab::history
