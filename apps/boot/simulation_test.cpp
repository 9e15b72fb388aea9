// SPDX-License-Identifier: GPL-2.0-or-later
// The simulation: where memblock would put a request, by the log's account.
#include "apps/boot/simulation.hpp"

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
Simulation two_areas()
{
    Simulation simulation;
    simulation.run(ops::memblock_add_node{16 * mib, 16 * mib, 0, 0});
    simulation.run(ops::memblock_add_node{48 * mib, 16 * mib, 1, 0});
    simulation.run(ops::memblock_reserve{28 * mib, 4 * mib});
    return simulation;
}

Op ask(uint64_t size, int32_t nid = nid_none, bool exact = false, uint64_t start = 0)
{
    return ops::memblock_alloc_range_nid{size, 4096, start, 0, nid, exact};
}

TEST(Simulation, PlacesARequest)
{
    const Op bottom_up = ops::memblock_set_bottom_up{true};
    const Op limit = ops::memblock_set_current_limit{20 * mib};
    const Op nomap = ops::memblock_mark_nomap{60 * mib, 4 * mib};
    const Op hotplug = ops::memblock_mark_hotplug{48 * mib, 16 * mib};
    const Op movable_node = ops::world_movable_node{true};
    const Op high = ops::memblock_alloc_try_nid{mib, 4096, uint64_t{1} << 60, 0, nid_none};
    const struct {
        const char *what;
        std::vector<Op> before;
        Op request;
        uint64_t place;
    } cases[] = {
        {"from the top", {}, ask(mib), 63 * mib},
        {"from the bottom", {bottom_up}, ask(mib), 16 * mib},
        {"on the node while it can", {}, ask(mib, 0), 27 * mib},
        {"on another node", {}, ask(13 * mib, 0), 51 * mib},
        {"on exactly this node, which has 12 MiB in one piece", {}, ask(13 * mib, 0, true), 0},
        {"below the limit", {limit}, ask(mib), 19 * mib},
        {"too large for what is below the limit", {limit}, ask(8 * mib), 0},
        {"a virtual allocator looks below the start when nothing is above it", {}, high, 63 * mib},
        {"a physical one does not", {}, ask(mib, nid_none, false, uint64_t{1} << 60), 0},
        {"not in what is not mapped", {nomap}, ask(mib), 59 * mib},
        {"in what may be unplugged", {nomap, hotplug}, ask(mib), 59 * mib},
        {"not in what may be unplugged", {nomap, hotplug, movable_node}, ask(mib), 27 * mib},
    };
    for (const auto &[what, before, request, place] : cases) {
        Simulation simulation = two_areas();
        for (const Op &op : before)
            simulation.run(op);
        EXPECT_EQ(simulation.place(request), place) << what;
        // The question changes nothing.
        EXPECT_EQ(simulation.place(request), place) << what;
    }
}

TEST(Simulation, TrimsToPagesWithoutCountingIt)
{
    /*
     *   0x1000                  0x9fbff
     *     [======================]      ->   0x1000-0x9efff, size as before
     */
    Simulation simulation;
    simulation.run(ops::memblock_add{0x1000, 0x9ec00});
    const Simulation trimmed = simulation.after(ops::memblock_trim_memory{4096});
    EXPECT_EQ(trimmed.end_of_memory(), 0x9f000u);
    EXPECT_EQ(trimmed.memory_size(), 0x9ec00u);
    EXPECT_EQ(simulation.end_of_memory(), 0x9fc00u);
}

TEST(Simulation, CapsMemoryButNotWhatIsNotMapped)
{
    Simulation simulation = two_areas();
    simulation.run(ops::memblock_mark_nomap{60 * mib, 4 * mib});
    simulation.run(ops::memblock_mem_limit_remove_map{8 * mib});
    ASSERT_EQ(simulation.memory().size(), 2u);
    EXPECT_EQ(end_of(simulation.memory()[0]), 24 * mib);
    EXPECT_EQ(simulation.memory()[1].base, 60 * mib);
    EXPECT_TRUE(simulation.reserved().empty());
    EXPECT_EQ(simulation.memory_size(), 12 * mib);
}

TEST(Simulation, GoesOnFromADump)
{
    Snapshot dump;
    dump.memory_size = 5 * mib;
    dump.regions[MBLAB_TYPE_memory] = {{mib, 4 * mib, flag_nomap, 1}};
    dump.regions[MBLAB_TYPE_reserved] = {{2 * mib, mib, flag_noinit, nid_none}};
    Simulation simulation = two_areas();
    simulation.load(dump);
    EXPECT_EQ(simulation.memory_size(), 5 * mib);
    ASSERT_EQ(simulation.memory().size(), 1u);
    EXPECT_EQ(simulation.memory()[0].flags, flag_nomap);
    EXPECT_EQ(simulation.memory()[0].nid, 1);
    ASSERT_EQ(simulation.reserved().size(), 1u);
    EXPECT_EQ(simulation.reserved()[0].flags, flag_noinit);
    EXPECT_FALSE(simulation.is_free({2 * mib, 3 * mib}));
}

} // namespace
} // namespace mblab::boot
