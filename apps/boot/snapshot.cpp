// SPDX-License-Identifier: GPL-2.0-or-later
#include "apps/boot/snapshot.hpp"

#include <fmt/format.h>

namespace mblab {

std::string dump_line(mblab_type type, uint64_t index, const Region &region)
{
    const std::string node = region.nid >= 0 ? fmt::format(" on node {}", region.nid) : std::string();
    return fmt::format("{}[{:#x}]\t[{:#018x}-{:#018x}], {:#018x} bytes{} flags: {:#x}", type_name(type), index,
                       region.base, region.base + region.size - 1, region.size, node, region.flags);
}

} // namespace mblab
