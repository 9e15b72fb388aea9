// SPDX-License-Identifier: GPL-2.0-or-later
// What the minimizer finds besides fewer calls: smaller numbers, also where they have to change together.
#include "core/search/minimize.hpp"

#include "core/op/typed.hpp"

#include <gtest/gtest.h>

namespace mblab {
namespace {

TEST(Minimize, MovesAddressesTogether)
{
    const auto touch = [](const Trace &trace) {
        if (trace.steps.size() != 2 || !is<ops::memblock_add>(trace.steps[0].op))
            return false;
        const auto below = ops::memblock_add::of(trace.steps[0].op);
        const auto above = ops::memblock_reserve::of(trace.steps[1].op);
        return below.size && above.size && below.base + below.size == above.base;
    };
    const Trace high = parse_trace("memblock_add(0xfffffffffff00800, 0x800)\n"
                                   "memblock_reserve(0xfffffffffff01000, 0x1000)\n",
                                   "");
    const Trace low = minimize(high, touch, 1000);
    ASSERT_TRUE(touch(low));
    EXPECT_LT(ops::memblock_reserve::of(low.steps[1].op).base, 0x3000U) << print_trace(low);
}

} // namespace
} // namespace mblab
