// SPDX-License-Identifier: GPL-2.0-or-later
// Limits on memory, against the set definition.
#include "support.hpp"

using namespace mblab;
using namespace mblab::property;

namespace {

Inputs limited(Calls limits)
{
    const Calls regions =
        weighted({{3, add_memory({0, 0, 1, 4})}, {2, call(MBLAB_OP_memblock_reserve)}, {1, allocate()}});
    return in_order({boot(), some(24, regions), some(6, std::move(limits))});
}

} // namespace

PROPERTY(limits, enforce_keeps_the_lowest_bytes)
{
    return {.input = limited(call(MBLAB_OP_memblock_enforce_memory_limit, {{"limit", length(100)}})),
            .reaches = {evaluated("limits.enforce", 500), evaluated("limits.amount", 500)},
            .most_unmade_percent = 15};
}

PROPERTY(limits, cap_keeps_a_range)
{
    return {.input = limited(call(MBLAB_OP_memblock_cap_memory_range, {{"size", length(40)}})),
            .reaches = {evaluated("limits.cap", 500)},
            .most_unmade_percent = 15};
}

PROPERTY(limits, remove_map_keeps_nomap_memory)
{
    return {.input = limited(weighted({{3, call(MBLAB_OP_memblock_mem_limit_remove_map, {{"limit", length(100)}})},
                                       {1, call(MBLAB_OP_memblock_mark_nomap)}})),
            .reaches = {evaluated("limits.remove-map", 500)},
            .most_unmade_percent = 15};
}

PROPERTY(limits, trim_leaves_aligned_regions)
{
    return {.input = limited(call(MBLAB_OP_memblock_trim_memory)),
            .reaches = {evaluated("limits.trim", 500)},
            .most_unmade_percent = 15};
}
