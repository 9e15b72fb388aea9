// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/base/text.hpp"

#include <gtest/gtest.h>

#include <cstdint>

namespace mblab {
namespace {

TEST(Text, OneThingIsNoPlural)
{
    EXPECT_EQ(counted(0, "call"), "0 calls");
    EXPECT_EQ(counted(1, "call"), "1 call");
    EXPECT_EQ(counted(uint64_t{2}, "call"), "2 calls");
    EXPECT_EQ(counted(1, "trait differs", "traits differ"), "1 trait differs");
    EXPECT_EQ(counted(3, "trait differs", "traits differ"), "3 traits differ");
}

} // namespace
} // namespace mblab
