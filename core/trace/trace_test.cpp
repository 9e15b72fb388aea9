// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/base/error.hpp"
#include "core/search/random.hpp"
#include "core/trace/trace.hpp"

#include <gtest/gtest.h>

namespace mblab {
namespace {

std::vector<std::string> printed(const Trace &trace)
{
    std::vector<std::string> lines;
    for (const Step &step : trace.steps)
        lines.push_back(print_op(step.op));
    return lines;
}

TEST(TraceText, ReadsWhatItPrints)
{
    const std::string text = "variant uma-4\n"
                             "memblock_add_node(0x1000, 0x2000, NUMA_NO_NODE, MEMBLOCK_HOTPLUG|MEMBLOCK_NOMAP) = 0\n"
                             "memblock_set_node(0x0, 0xffffffffffffffff, reserved, 3)\n"
                             "__next_mem_range(0xffffffffffffffff, -7, MEMBLOCK_NONE, memory, none)\n"
                             "memblock_set_bottom_up(true)\n"
                             "early_param(\"memblock=debug\")\n"
                             "memblock_is_memory(0x1000) = true\n";
    EXPECT_EQ(print_trace(parse_trace(text, "t")), text);
}

TEST(TraceText, TakesSuffixesCommentsAndConstants)
{
    const Trace trace = parse_trace("# a comment\r\n\n  memblock_add( 1M , 2G ) # said after\n"
                                    "memblock_set_current_limit(MEMBLOCK_ALLOC_ANYWHERE)",
                                    "t");
    ASSERT_EQ(trace.steps.size(), 2u);
    EXPECT_EQ(trace.steps[0].op.arg[0], uint64_t{1} << 20);
    EXPECT_EQ(trace.steps[0].op.arg[1], uint64_t{2} << 30);
    EXPECT_EQ(trace.steps[1].op.arg[0], ~uint64_t{0});
}

TEST(TraceText, SaysFileAndLineOfWhatItCannotRead)
{
    try {
        parse_trace("memblock_add(0, 1)\n\nmemblock_add(0, x)\n", "some.trace");
        FAIL() << "no error";
    } catch (const Error &error) {
        EXPECT_STREQ(error.what(), "some.trace:3: expected a value for size of memblock_add, found 'x'");
    }
}

TEST(TraceText, EveryOpSurvivesPrintingAndReading)
{
    Random random(3);
    for (int round = 0; round < 200; round++)
        for (uint16_t kind = 0; kind < MBLAB_OP_COUNT; kind++) {
            Op op{};
            op.kind = kind;
            for (uint64_t &argument : op.arg)
                argument = random.next() >> random.below(64);
            for (char &character : op.text)
                character = static_cast<char>(random.below(256));
            normalize(op);
            const Trace again = parse_trace(print_op(op), "t");
            ASSERT_EQ(again.steps.size(), 1u) << print_op(op);
            EXPECT_TRUE(same_op(again.steps[0].op, op)) << print_op(op);
        }
}

TEST(TraceBinary, DecodesWhatItEncodes)
{
    Random random(4);
    for (int round = 0; round < 2000; round++) {
        const Trace trace = random_trace(random, 1 + random.below(60));
        const Trace again = decode_trace(encode_trace(trace));
        EXPECT_EQ(printed(again), printed(trace));
    }
}

TEST(TraceBinary, AnyBytesAndAnyPartOfThemAreATrace)
{
    Random random(5);
    for (int round = 0; round < 2000; round++) {
        std::vector<uint8_t> bytes(random.below(300));
        for (uint8_t &byte : bytes)
            byte = static_cast<uint8_t>(random.next());
        Trace trace = decode_trace(bytes);
        EXPECT_LE(trace.steps.size(), fuzz_steps_max);
        const std::vector<std::string> before = printed(trace);
        normalize(trace);
        EXPECT_EQ(printed(trace), before) << "normalize changes what decode gave";
        EXPECT_EQ(printed(decode_trace(encode_trace(trace))), before);
    }
    EXPECT_TRUE(decode_trace({}).steps.empty());
}

TEST(Normalize, KeepsWhatTheCallCannotTakeAway)
{
    Op op = make_op(MBLAB_OP_memblock_overlaps_region, {MBLAB_TYPE_none, 1, 2});
    normalize(op);
    EXPECT_EQ(op.arg[0], uint64_t{MBLAB_TYPE_memory}) << "NULL is not a type to overlap with";
    op = make_op(MBLAB_OP___next_mem_range, {0, 0, 0, MBLAB_TYPE_none, MBLAB_TYPE_none});
    normalize(op);
    EXPECT_EQ(op.arg[3], uint64_t{MBLAB_TYPE_memory});
    EXPECT_EQ(op.arg[4], uint64_t{MBLAB_TYPE_none}) << "NULL means: exclude nothing";
    op = make_op(MBLAB_OP_early_param, {}, "a\"b\nc");
    normalize(op);
    EXPECT_STREQ(op.text, "a_b_c");
}

} // namespace
} // namespace mblab
