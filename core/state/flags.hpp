// SPDX-License-Identifier: GPL-2.0-or-later
// The flags of regions: the kernel's name of each, and its letter in a picture.
#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <string>
#include <string_view>

namespace mblab {

// enum memblock_flags
inline constexpr uint32_t flag_hotplug = 0x1, flag_mirror = 0x2, flag_nomap = 0x4, flag_driver_managed = 0x8,
                          flag_noinit = 0x10, flag_kern = 0x20, flag_kho_scratch = 0x40, flag_hugetlb = 0x80;

struct RegionFlag {
    std::string_view name;
    uint32_t bit;
    char letter;
};

inline constexpr RegionFlag region_flags[] = {
    {"MEMBLOCK_HOTPLUG", flag_hotplug, 'H'},
    {"MEMBLOCK_MIRROR", flag_mirror, 'M'},
    {"MEMBLOCK_NOMAP", flag_nomap, 'N'},
    {"MEMBLOCK_DRIVER_MANAGED", flag_driver_managed, 'D'},
    {"MEMBLOCK_RSRV_NOINIT", flag_noinit, 'I'},
    {"MEMBLOCK_RSRV_KERN", flag_kern, 'K'},
    {"MEMBLOCK_KHO_SCRATCH", flag_kho_scratch, 'S'},
    {"MEMBLOCK_RSRV_HUGETLB", flag_hugetlb, 'G'},
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
