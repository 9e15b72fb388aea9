// SPDX-License-Identifier: GPL-2.0-or-later
#include "apps/record/variable.hpp"

#include "apps/record/fake_guest.hpp"

#include <gtest/gtest.h>

namespace mblab::recording {
namespace {

// memblock_get_current_limit() of Debian's arm64 6.1, at 0xffff800008336780
constexpr uint8_t arm_code[] = {0x1f, 0x20, 0x03, 0xd5, 0x1f, 0x20, 0x03, 0xd5, 0xa0, 0xad, 0x00, 0xd0, 0x3f, 0x23,
                                0x03, 0xd5, 0xbf, 0x23, 0x03, 0xd5, 0x00, 0x78, 0x44, 0xf9, 0xc0, 0x03, 0x5f, 0xd6};
// endbr64; mov 0x1000(%rip), %rax; ret
constexpr uint8_t x86_code[] = {0xf3, 0x0f, 0x1e, 0xfa, 0x48, 0x8b, 0x05, 0x00, 0x10, 0x00, 0x00, 0xc3};
constexpr uint8_t no_code[] = {0xc3, 0x00, 0x00, 0x00};

TEST(Variable, IsWhatTheFunctionLoads)
{
    EXPECT_EQ(loaded_address(Architecture::arm64, 0xffff800008336780, arm_code), 0xffff8000098ec8f0);
    EXPECT_EQ(loaded_address(Architecture::x86_64, 0xffffffff81000000, x86_code), 0xffffffff8100100b);
    EXPECT_FALSE(loaded_address(Architecture::x86_64, 0xffffffff81000000, no_code));
    EXPECT_FALSE(loaded_address(Architecture::arm64, 0xffff800008336780, no_code));
    EXPECT_FALSE(loaded_address(Architecture::riscv64, 0xffff800008336780, arm_code));
}

TEST(Variable, IsTheSymbolWhereThereIsOne)
{
    FakeGuest guest;
    const SymbolTable symbols("ffffffff82000000 D memblock\n");
    EXPECT_EQ(memblock_variable(guest, machine_of(Architecture::x86_64), symbols), 0xffffffff82000000);
    EXPECT_FALSE(memblock_variable(guest, machine_of(Architecture::x86_64), SymbolTable("")));
}

TEST(Variable, IsFoundByTheFunctionWhereThereIsNone)
{
    FakeGuest guest;
    for (size_t i = 0; i < 32; i++)
        guest.write(0xffffffff81000000 + i, i < sizeof x86_code ? x86_code[i] : 0x90, 1);
    const SymbolTable symbols("ffffffff81000000 T memblock_get_current_limit\n");
    EXPECT_EQ(memblock_variable(guest, machine_of(Architecture::x86_64), symbols), 0xffffffff81001003);
}

} // namespace
} // namespace mblab::recording
