// SPDX-License-Identifier: GPL-2.0-or-later
#include "apps/record/call_stack.hpp"

#include <gtest/gtest.h>

#include <string>

namespace mblab::recording {
namespace {

using Stack = CallStack<std::string>;
using Entry = Stack::Entry;

constexpr uint64_t stack = 0xffffffff82003f00, other_stack = 0xffffc90000013f00;
constexpr uint64_t caller = 0xffffffff83000100, other_caller = 0xffffffff83000200;

Stack inside_one_call()
{
    Stack calls;
    calls.enter({stack, caller, stack + 8, "memblock_alloc"});
    return calls;
}

/*
 *   stack        memblock_alloc_try_nid       | return to setup_arch
 *   stack-0x40     memblock_alloc_range_nid   |
 *   stack-0x90       memblock_reserve         v grows down
 */
TEST(CallStack, SaysWhatACallIs)
{
    EXPECT_EQ(Stack().classify(stack, caller), Entry::outermost);
    const struct {
        uint64_t stack_at_entry, return_address;
        Entry is;
    } cases[] = {
        {stack - 0x40, other_caller, Entry::nested},                                 // what begins below
        {stack - 0x90, caller, Entry::nested},       {stack, caller, Entry::nested}, // a tail call
        {stack, other_caller, Entry::lost}, // a second call from the same place: the first was lost
        {stack + 0x20, caller, Entry::lost},
    };
    for (const auto &[stack_at_entry, return_address, is] : cases)
        EXPECT_EQ(inside_one_call().classify(stack_at_entry, return_address), is);
}

TEST(CallStack, OtherStacksAreOtherThreads)
{
    Stack calls = inside_one_call();
    EXPECT_EQ(calls.classify(other_stack - 0x1000, caller), Entry::outermost);
    calls.enter({other_stack, caller, other_stack + 8, "memblock_free"});
    ASSERT_NE(calls.returning(caller, other_stack + 8), nullptr);
    EXPECT_EQ(calls.returning(caller, other_stack + 8)->call, "memblock_free");
    EXPECT_EQ(calls.returning(caller, stack + 8)->call, "memblock_alloc");
}

TEST(CallStack, AReturnIsThePlaceAndTheStack)
{
    Stack calls = inside_one_call();
    EXPECT_EQ(calls.returning(caller, stack), nullptr);
    EXPECT_EQ(calls.returning(caller, stack - 0x100), nullptr); // the caller recursed
    EXPECT_EQ(calls.returning(other_caller, stack + 8), nullptr);
    Stack::Frame *frame = calls.returning(caller, stack + 8);
    ASSERT_NE(frame, nullptr);
    calls.leave(*frame);
    EXPECT_TRUE(calls.empty());
    EXPECT_EQ(calls.classify(stack, caller), Entry::outermost);
}

TEST(CallStack, KnowsWhichReturnsAreAwaited)
{
    const Stack calls = inside_one_call();
    EXPECT_TRUE(calls.awaits(caller));
    EXPECT_FALSE(calls.awaits(other_caller));
}

} // namespace
} // namespace mblab::recording
