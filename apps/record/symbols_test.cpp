// SPDX-License-Identifier: GPL-2.0-or-later
#include "apps/record/symbols.hpp"

#include <gtest/gtest.h>

namespace mblab::recording {
namespace {

TEST(Symbols, AreReadFromAConsole)
{
    const SymbolTable table("ffffffff81000000 T _stext\r\n"
                            "[    1.0] a message of the kernel's own\r\n"
                            "ffffffff81000010 t setup_arch\n"
                            "ffffffff82000000 D memblock\r\n"
                            "ffffffff81000020 T last_without_newline");
    EXPECT_EQ(table.size(), 4u);
    EXPECT_EQ(table.find("memblock"), 0xffffffff82000000);
    EXPECT_EQ(table.find("setup_arch"), 0xffffffff81000010);
    EXPECT_FALSE(table.has("absent"));
}

TEST(Symbols, LeaveOutWhatIsNoPlaceInTheKernel)
{
    const SymbolTable table("0000000000000000 A fixed_percpu_data\n"
                            "0000000000020000 A gdt_page\n"
                            "ffffffff81000000 t __pfx_memblock_add\n"
                            "ffffffffc0000000 t init_module\t[virtio]\n"
                            "ffffffff8100000x t damaged\n"
                            "short T x\n");
    EXPECT_EQ(table.size(), 0u);
}

TEST(Symbols, SayWhereAnAddressIs)
{
    const SymbolTable table("ffffffff81000010 T setup_arch\n"
                            "ffffffff81000800 d table_in_text\n"
                            "ffffffff81001000 T start_kernel\n");
    EXPECT_EQ(table.place_of(0xffffffff81000010), "setup_arch+0x0");
    EXPECT_EQ(table.place_of(0xffffffff81000802), "setup_arch+0x7f2");
    EXPECT_EQ(table.place_of(0xffffffff81001001), "start_kernel+0x1");
    EXPECT_EQ(table.place_of(0xffffffff80000000), "0xffffffff80000000");
}

TEST(Symbols, OfOneNameAreTheLowest)
{
    const SymbolTable table("ffffffff81002000 t reserve_mem\nffffffff81001000 t reserve_mem\n");
    EXPECT_EQ(table.find("reserve_mem"), 0xffffffff81001000);
}

} // namespace
} // namespace mblab::recording
