// SPDX-License-Identifier: GPL-2.0-or-later
// The arrays: sorted, disjoint, minimal, counted; and where they live.
#include "support.hpp"

using namespace mblab;
using namespace mblab::property;

namespace {

Calls edits()
{
    return weighted({{3, add_memory({0, 0, 1, 4})},
                     {2, call(MBLAB_OP_memblock_remove)},
                     {3, call(MBLAB_OP_memblock_reserve)},
                     {2, call(MBLAB_OP_memblock_phys_free)}});
}

} // namespace

PROPERTY(structure, arrays_stay_sorted_and_minimal)
{
    return {.input = in_order({boot(), room(), some(60, edits())}),
            .reaches = {evaluated("structure.sorted", 5000), evaluated("structure.minimal", 5000),
                        called(MBLAB_OP_memblock_remove, 1000), called(MBLAB_OP_memblock_phys_free, 1000)},
            .most_unmade_percent = 20};
}

PROPERTY(structure, every_way_to_change_attributes_merges)
{
    const Calls marks =
        any_of({MBLAB_OP_memblock_mark_hotplug, MBLAB_OP_memblock_clear_hotplug, MBLAB_OP_memblock_mark_nomap,
                MBLAB_OP_memblock_clear_nomap, MBLAB_OP_memblock_mark_mirror, MBLAB_OP_memblock_set_node,
                MBLAB_OP_memblock_reserved_mark_noinit});
    return {.input = in_order({boot(), room(), some(12, add_memory({0, 0, 1, 4})),
                               some(6, call(MBLAB_OP_memblock_reserve)), some(40, marks)}),
            .reaches = {evaluated("structure.minimal", 5000), called(MBLAB_OP_memblock_set_node, 1000)},
            .most_unmade_percent = 20};
}

PROPERTY(structure, storage_is_reserved_and_clear_of_all_else)
{
    return {.input =
                in_order({boot(), room(), some(12, add_memory()), some(60, weighted({{4, edits()}, {2, allocate()}}))}),
            .reaches = {evaluated("structure.storage-aligned", 300), evaluated("structure.storage-reserved", 300),
                        evaluated("structure.storage-clear", 300), evaluated("structure.moved", 300), doubled(300),
                        doubled_deep(3)}};
}

PROPERTY(structure, hostile_numbers_break_nothing)
{
    const auto at = [](mblab_op_kind kind) { return call(kind, {{"base", hostile()}, {"size", hostile()}}); };
    const Calls wild =
        weighted({{3, at(MBLAB_OP_memblock_add)},
                  {1, at(MBLAB_OP_memblock_remove)},
                  {3, at(MBLAB_OP_memblock_reserve)},
                  {1, at(MBLAB_OP_memblock_phys_free)},
                  {1, at(MBLAB_OP_memblock_mark_nomap)},
                  {1, call(MBLAB_OP_memblock_alloc_range_nid, {{"size", hostile()}, {"align", hostile()}})}});
    return {.input = in_order({boot(), room(), some(40, weighted({{4, wild}, {1, edits()}}))}),
            .reaches = {evaluated("structure.bounded", 1000), evaluated("structure.filled", 1000)},
            .most_unmade_percent = 20};
}
