// SPDX-License-Identifier: GPL-2.0-or-later
// Recordings of a fake kernel: what becomes a line, what does not, and what is seen in memory only.
#include "apps/record/recorder.hpp"

#include "apps/record/fake_guest.hpp"

#include <gtest/gtest.h>

namespace mblab::recording {
namespace {

constexpr uint64_t code = 0xffffffff81000000, memblock = 0xffffffff82d00000, storage = 0xffffffff83700000;
constexpr uint64_t reserve = code, alloc = code + 0x100, set_limit = code + 0x200, next_range = code + 0x300,
                   is_reserved = code + 0x400, setup_arch = code + 0x1000, init = code + 0x2000, slab = code + 0x3000,
                   start_kernel = code + 0x4000, early_memblock = code + 0x5000;
constexpr uint64_t stack = 0xffffffff82003f00;

constexpr std::string_view kallsyms = "ffffffff81000000 T memblock_reserve\n"
                                      "ffffffff81000100 T memblock_alloc_try_nid\n"
                                      "ffffffff81000200 T memblock_set_current_limit\n"
                                      "ffffffff81000300 T __next_mem_range\n"
                                      "ffffffff81000400 T memblock_is_reserved\n"
                                      "ffffffff81001000 T setup_arch\n"
                                      "ffffffff81002000 t run_init_process\n"
                                      "ffffffff81003000 T kmem_cache_init\n"
                                      "ffffffff81004000 T start_kernel\n"
                                      "ffffffff81005000 t early_memblock\n"
                                      "ffffffff82d00000 D memblock\n"
                                      "ffffffff82e00000 D nr_node_ids\n"
                                      "ffffffff82e00010 B movable_node_enabled\n";

/// A kernel of 1024 nodes with empty arrays, and the calls that it makes.
class RecorderTest : public testing::Test {
  protected:
    void SetUp() override
    {
        guest.write(memblock, 0, 8);
        guest.write(memblock + 8, ~uint64_t{0}, 8);
        set_array(MBLAB_TYPE_memory, {});
        set_array(MBLAB_TYPE_reserved, {});
        guest.write(0xffffffff82e00000, 1024, 4);
        guest.write(0xffffffff82e00010, 0, 1);
    }

    void set_array(mblab_type type, const RegionList &regions) { set_array_of(guest, type, regions); }

    static void set_array_of(FakeGuest &machine, mblab_type type, const RegionList &regions)
    {
        machine.write_array(memblock + 16 + 40 * uint64_t{type}, regions, storage + 0x10000 * uint64_t{type});
    }

    void enters(uint64_t function, std::vector<uint64_t> arguments, uint64_t at = stack,
                uint64_t from = setup_arch + 0x20, std::function<void(FakeGuest &)> effect = {})
    {
        guest.comes_to({function, at, std::move(arguments), 0, from, std::move(effect)});
    }

    void returns(uint64_t value, uint64_t at = stack, uint64_t to = setup_arch + 0x20,
                 std::function<void(FakeGuest &)> effect = {})
    {
        guest.comes_to({to, at + 8, {}, value, 0, std::move(effect)});
    }

    /// The steps of the recording and their notes, without the arrays at its end.
    std::vector<std::string> record(bool init_comes = true)
    {
        if (init_comes)
            guest.comes_to({init, stack, {}, 0, start_kernel, {}});
        Recorder recorder(guest, machine_of(Architecture::x86_64), symbols, {.arrays_every = 0, .skip = {}});
        result = recorder.run();
        std::vector<std::string> lines;
        for (size_t i = 0; i < result.notes.size(); i++)
            if (result.notes[i] != "read from memory")
                lines.push_back(print_step(result.trace.steps[i]) + " # " + result.notes[i]);
        return lines;
    }

    using Lines = std::vector<std::string>;
    FakeGuest guest;
    SymbolTable symbols{kallsyms};
    Recording result;
};

TEST_F(RecorderTest, WritesACallWithItsResultAndCaller)
{
    enters(reserve, {0x1000, 0x2000});
    returns(0, stack, setup_arch + 0x20,
            [](FakeGuest &machine) { set_array_of(machine, MBLAB_TYPE_reserved, {{0x1000, 0x2000, 0, 1024}}); });
    EXPECT_EQ(record(), (Lines{"memblock_reserve(0x1000, 0x2000) = 0 # setup_arch+0x20"}));
    EXPECT_EQ(result.trace.variant, "numa-128");
    EXPECT_TRUE(result.reached_init);
    EXPECT_NE(print_recording(result).find("memblock_get_region_node(reserved, 0) = 16 # read from memory"),
              std::string::npos);
}

TEST_F(RecorderTest, LeavesOutNestedCalls)
{
    enters(alloc, {0x1000, 0x40, 0, 0, ~uint64_t{0}});
    enters(reserve, {0x7000, 0x1000}, stack - 0x60, alloc + 0x30);
    guest.comes_to({alloc + 0x30, stack - 0x58, {}, 0, 0, {}});
    enters(set_limit, {0x5000}, stack); // a tail call: same stack, same return
    returns(FakeGuest::direct_map + 0x7000);
    EXPECT_EQ(record(),
              (Lines{"memblock_alloc_try_nid(0x1000, 0x40, 0x0, 0x0, NUMA_NO_NODE) = 0x7000 # setup_arch+0x20"}));
    EXPECT_EQ(result.counts.nested, 2u);
}

TEST_F(RecorderTest, SeesSettersThatWereInlined)
{
    enters(is_reserved, {0x1000}, stack, setup_arch + 0x20, [](FakeGuest &machine) {
        machine.write(memblock, 1, 1);
        machine.write(memblock + 8, 0x100000, 8);
        machine.write(0xffffffff82e00010, 1, 1);
    });
    returns(0xffffff00); // only the low byte of a bool is its value
    EXPECT_EQ(record(), (Lines{"world_movable_node(true) # seen in movable_node_enabled",
                               "memblock_set_bottom_up(true) # inlined, seen in memblock.bottom_up",
                               "memblock_set_current_limit(0x100000) # inlined, seen in memblock.current_limit",
                               "memblock_is_reserved(0x1000) = false # setup_arch+0x20"}));
}

TEST_F(RecorderTest, CorrectsForChangesWithoutACall)
{
    set_array(MBLAB_TYPE_memory, {{0x1000, 0x1000, 0, 1024}});
    enters(reserve, {0x1000, 0x1000});
    returns(0);
    enters(is_reserved, {0x1000}, stack, setup_arch + 0x90, [](FakeGuest &machine) {
        set_array_of(machine, MBLAB_TYPE_memory, {{0x1000, 0x1000, 0x1, 3}, {0x5000, 0x1000, 0, 1024}});
    });
    returns(1, stack, setup_arch + 0x90);
    EXPECT_EQ(record(), (Lines{"memblock_add(0x1000, 0x1000) # seen in the array",
                               "memblock_reserve(0x1000, 0x1000) = 0 # setup_arch+0x20",
                               "memblock_set_node(0x1000, 0x1000, memory, 3) # seen in the array",
                               "memblock_mark_hotplug(0x1000, 0x1000) # seen in the array",
                               "memblock_add(0x5000, 0x1000) # seen in the array",
                               "memblock_is_reserved(0x1000) = true # setup_arch+0x90"}));
    EXPECT_EQ(result.counts.corrections, 4u);
}

TEST_F(RecorderTest, ReadsCookiesBeforeAndAfter)
{
    const uint64_t idx = stack + 0x40, start = stack + 0x48;
    guest.write(idx, 0, 8);
    guest.write(start, 0, 8);
    guest.write(stack + 8, 0, 8);
    guest.write(stack + 16, 0, 8);
    enters(next_range, {idx, ~uint64_t{0}, 0, memblock + 16, memblock + 56, start});
    returns(0, stack, setup_arch + 0x20, [=](FakeGuest &machine) {
        machine.write(idx, 0x100000000, 8);
        machine.write(start, 0x9000, 8);
    });
    EXPECT_EQ(record(), (Lines{"__next_mem_range(0x0, NUMA_NO_NODE, MEMBLOCK_NONE, memory, reserved) = 0x100000000 "
                               "# setup_arch+0x20 start=0x9000"}));
}

TEST_F(RecorderTest, SaysWhichCallsNoOpCanSay)
{
    guest.write(stack + 0x40, 0, 8);
    enters(next_range, {stack + 0x40, 0, 0, 0xffffffff82abcdef, 0, 0});
    returns(0);
    EXPECT_EQ(record(), Lines{});
    EXPECT_EQ(result.counts.unrecorded, 1u);
    EXPECT_NE(print_recording(result).find("# a call of __next_mem_range from setup_arch+0x20 that no op can express"),
              std::string::npos);
}

TEST_F(RecorderTest, ForgetsACallThatNeverReturns)
{
    enters(reserve, {0x1000, 0x1000});
    enters(reserve, {0x3000, 0x1000}, stack + 0x80, start_kernel + 0x10);
    returns(0, stack + 0x80, start_kernel + 0x10);
    EXPECT_EQ(record(), (Lines{"memblock_reserve(0x3000, 0x1000) = 0 # start_kernel+0x10"}));
    EXPECT_EQ(result.counts.unrecorded, 1u);
    EXPECT_FALSE(guest.breakpoints().contains(setup_arch + 0x20));
}

TEST_F(RecorderTest, DoesNotTakeARecursionForAReturn)
{
    enters(reserve, {0x1000, 0x1000});
    guest.comes_to({setup_arch + 0x20, stack - 0x400, {}, 0x55, 0, {}});
    returns(static_cast<uint64_t>(-12) & 0xffffffff);
    EXPECT_EQ(record(), (Lines{"memblock_reserve(0x1000, 0x1000) = -ENOMEM # setup_arch+0x20"}));
}

TEST_F(RecorderTest, SaysWhenSlabIsUp)
{
    enters(slab, {}, stack, start_kernel + 0x50);
    guest.comes_to({start_kernel + 0x50, stack + 8, {}, 0, 0, {}});
    enters(alloc, {0x1000, 0x40, 0, 0, 1024});
    returns(FakeGuest::direct_map + 0x123000);
    EXPECT_EQ(record(), (Lines{"world_slab(1) # kmem_cache_init has returned",
                               "memblock_alloc_try_nid(0x1000, 0x40, 0x0, 0x0, 16) # setup_arch+0x20"}));
}

TEST_F(RecorderTest, ReadsParametersAsTheCommandLineHasThem)
{
    const uint64_t text = 0xffffffff83900000;
    for (uint64_t i = 0; i < MBLAB_TEXT_SIZE; i++)
        guest.write(text + i, i < 5 ? static_cast<uint64_t>("debug"[i]) : 0, 1);
    enters(early_memblock, {text});
    returns(0);
    EXPECT_EQ(record(), (Lines{"early_param(\"memblock=debug\") = 0 # setup_arch+0x20"}));
}

TEST_F(RecorderTest, KeepsWhatItSawWhenTheGuestEnds)
{
    enters(reserve, {0x1000, 0x1000});
    returns(0);
    EXPECT_EQ(record(false).size(), 1u);
    EXPECT_FALSE(result.reached_init);
    EXPECT_NE(print_recording(result).find("# the guest ended"), std::string::npos);
}

TEST_F(RecorderTest, IsATraceThatIsReadBack)
{
    enters(reserve, {0x1000, 0x2000});
    returns(0);
    record();
    const Trace trace = parse_trace(print_recording(result), "recording");
    ASSERT_FALSE(trace.steps.empty());
    EXPECT_EQ(trace.steps[0].expected, 0u);
    EXPECT_EQ(trace.variant, "numa-128");
}

} // namespace
} // namespace mblab::recording
