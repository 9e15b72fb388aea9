// SPDX-License-Identifier: GPL-2.0-or-later
// Numbers of a state as people read them.
#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <string>

namespace mblab {

/// Whether more was taken from a total_size than was in it: beside is what it should be, or what another engine has.
inline bool is_below_zero(uint64_t total, uint64_t beside)
{
    return ~beside & total & uint64_t{1} << 63;
}

/// A total_size in bytes: 0x1000, or -0x1000.
inline std::string total_text(uint64_t total, uint64_t beside)
{
    return is_below_zero(total, beside) ? fmt::format("-{:#x}", 0 - total) : fmt::format("{:#x}", total);
}

/// A current_limit.
inline std::string limit_text(uint64_t limit)
{
    return limit == ~uint64_t{0} ? "MEMBLOCK_ALLOC_ANYWHERE" : fmt::format("{:#x}", limit);
}

} // namespace mblab
