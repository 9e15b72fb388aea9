// SPDX-License-Identifier: GPL-2.0-or-later
// The flags of regions: the kernel's name of each, and its letter in a picture.
#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <string>
#include <string_view>

namespace mblab {

struct RegionFlag {
    std::string_view name;
    uint32_t bit;
    char letter;
};

inline constexpr RegionFlag region_flags[] = {
    {"MEMBLOCK_HOTPLUG", 0x1, 'H'},        {"MEMBLOCK_MIRROR", 0x2, 'M'},        {"MEMBLOCK_NOMAP", 0x4, 'N'},
    {"MEMBLOCK_DRIVER_MANAGED", 0x8, 'D'}, {"MEMBLOCK_RSRV_NOINIT", 0x10, 'I'},  {"MEMBLOCK_RSRV_KERN", 0x20, 'K'},
    {"MEMBLOCK_KHO_SCRATCH", 0x40, 'S'},   {"MEMBLOCK_RSRV_HUGETLB", 0x80, 'G'},
};

/// MEMBLOCK_HOTPLUG|MEMBLOCK_NOMAP; bits without a name as a number.
inline std::string flags_text(uint64_t flags)
{
    if (!flags)
        return "MEMBLOCK_NONE";
    std::string text;
    for (const RegionFlag &flag : region_flags) {
        if (!(flags & flag.bit))
            continue;
        text.append(text.empty() ? "" : "|").append(flag.name);
        flags &= ~uint64_t{flag.bit};
    }
    if (flags)
        text += fmt::format("{}{:#x}", text.empty() ? "" : "|", flags);
    return text;
}

} // namespace mblab
