// SPDX-License-Identifier: GPL-2.0-or-later
// The sketch: where memblock would put a request, by the log's account.
#include "apps/boot/sketch.hpp"

#include <gtest/gtest.h>

namespace mblab::boot {
namespace {

constexpr uint64_t mib = 1 << 20;

/*
 *        16M           32M           48M           64M
 *         |  memory 0   |             |  memory 1   |
 *         |       [####]|             |             |
 *                28M-32M reserved
 */
Sketch two_areas()
{
    Sketch sketch;
    sketch.apply(make_op(MBLAB_OP_memblock_add_node, {16 * mib, 16 * mib, 0, 0}));
    sketch.apply(make_op(MBLAB_OP_memblock_add_node, {48 * mib, 16 * mib, 1, 0}));
    sketch.apply(make_op(MBLAB_OP_memblock_reserve, {28 * mib, 4 * mib}));
    return sketch;
}

uint64_t place(const Sketch &sketch, uint64_t size, int32_t nid = nid_none, bool exact = false)
{
    return sketch.place({size, 4096, 0, 0, nid, exact});
}

TEST(Sketch, PlacesFromTheTop)
{
    EXPECT_EQ(place(two_areas(), mib), 63 * mib);
}

TEST(Sketch, PlacesFromTheBottom)
{
    Sketch sketch = two_areas();
    sketch.bottom_up = true;
    EXPECT_EQ(place(sketch, mib), 16 * mib);
}

TEST(Sketch, KeepsToTheNodeWhileItCan)
{
    EXPECT_EQ(place(two_areas(), mib, 0), 27 * mib);
    // Node 0 has 12 MiB in one piece: another node will do, unless it is to be exactly this one.
    EXPECT_EQ(place(two_areas(), 13 * mib, 0), 51 * mib);
    EXPECT_EQ(place(two_areas(), 13 * mib, 0, true), 0u);
}

TEST(Sketch, KeepsBelowTheLimit)
{
    Sketch sketch = two_areas();
    sketch.limit = 20 * mib;
    EXPECT_EQ(place(sketch, mib), 19 * mib);
    EXPECT_EQ(place(sketch, 8 * mib), 0u);
}

TEST(Sketch, LooksBelowTheStartWhenNothingIsAboveIt)
{
    Request request{mib, 4096, 1ull << 60, 0, nid_none, false, true, true};
    EXPECT_EQ(two_areas().place(request), 63 * mib);
    request.from_zero_too = false;
    EXPECT_EQ(two_areas().place(request), 0u);
}

TEST(Sketch, PassesOverWhatIsNotMappedOrMayBeUnplugged)
{
    Sketch sketch = two_areas();
    sketch.apply(make_op(MBLAB_OP_memblock_mark_nomap, {60 * mib, 4 * mib}));
    EXPECT_EQ(place(sketch, mib), 59 * mib);
    sketch.apply(make_op(MBLAB_OP_memblock_mark_hotplug, {48 * mib, 16 * mib}));
    EXPECT_EQ(place(sketch, mib), 59 * mib);
    sketch.apply(make_op(MBLAB_OP_world_movable_node, {1}));
    EXPECT_EQ(place(sketch, mib), 27 * mib);
}

TEST(Sketch, TrimsToPagesWithoutCountingIt)
{
    /*
     *   0x1000                  0x9fbff
     *     [======================]      ->   0x1000-0x9efff, size as before
     */
    Sketch sketch;
    sketch.apply(make_op(MBLAB_OP_memblock_add, {0x1000, 0x9ec00}));
    sketch.apply(make_op(MBLAB_OP_memblock_trim_memory, {4096}));
    EXPECT_EQ(sketch.end_of_memory(), 0x9f000u);
    EXPECT_EQ(sketch.memory_size, 0x9ec00u);
}

TEST(Sketch, CapsMemoryButNotWhatIsNotMapped)
{
    Sketch sketch = two_areas();
    sketch.apply(make_op(MBLAB_OP_memblock_mark_nomap, {60 * mib, 4 * mib}));
    sketch.apply(make_op(MBLAB_OP_memblock_mem_limit_remove_map, {8 * mib}));
    ASSERT_EQ(sketch.memory.regions().size(), 2u);
    EXPECT_EQ(end_of(sketch.memory.regions()[0]), 24 * mib);
    EXPECT_EQ(sketch.memory.regions()[1].base, 60 * mib);
    EXPECT_TRUE(sketch.reserved.regions().empty());
    EXPECT_EQ(sketch.memory_size, 12 * mib);
}

} // namespace
} // namespace mblab::boot
