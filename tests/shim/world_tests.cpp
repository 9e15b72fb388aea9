// SPDX-License-Identifier: GPL-2.0-or-later
// The recorded world by itself: formats, numbers, physical memory, slab, buddy sink.

// Standard headers first: the kernel's short macro names are not made to be read before them.
#include <gtest/gtest.h>

#include <cstring>
#include <string>
#include <vector>

#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <world/world.h>

#undef memcpy
#undef memset
#undef snprintf

const struct mblab_world_config mblab_world_config = {sizeof(phys_addr_t), MAX_NUMNODES, [] { return uint64_t{0}; }};

namespace {

class World : public testing::Test {
  protected:
    World() { mblab_world_reset(); }

    static std::vector<mblab_effect> effects()
    {
        mblab_effects log{};
        mblab_world_effects(&log);
        return {log.list, log.list + log.count};
    }
};

template <typename... Arguments> std::string text(const char *format, Arguments... arguments)
{
    char buffer[200];
    mblab_snprintf(buffer, sizeof buffer, format, arguments...);
    return buffer;
}

TEST(Format, FollowsTheKernelWhereItDiffersFromC)
{
    phys_addr_t address = 0x1000;
    EXPECT_EQ(text("%pa", &address), "0x0000000000001000");
    EXPECT_EQ(text("%pap bytes", &address), "0x0000000000001000 bytes");
    EXPECT_EQ(text("%pS", static_cast<void *>(nullptr)), "0x0");
    EXPECT_EQ(text("%#x", 0), "0x0"); // C prints 0
    EXPECT_EQ(text("%#x|%x|%d|%ld|%lu", 0x1f, 0x1f, -3, -4L, 5UL), "0x1f|1f|-3|-4|5");
    EXPECT_EQ(text("[%4d] [%4c] [%-4d] [%04x] [%s] [%.2s]", 7, 'x', 7, 0xab, "name", "name"),
              "[   7] [   x] [7   ] [00ab] [name] [na]");
    EXPECT_EQ(text("%llu %llx %lu%%", 18446744073709551615ULL, 0xfULL, 3UL), "18446744073709551615 f 3%");
}

TEST(Format, CutsWhatDoesNotFitAndSaysHowLongItWas)
{
    char buffer[4];
    EXPECT_EQ(mblab_snprintf(buffer, sizeof buffer, "%s", "longer"), 6);
    EXPECT_STREQ(buffer, "lon");
}

TEST(Memparse, ReadsBasesAndSuffixes)
{
    struct Case {
        const char *text;
        unsigned long long value;
        const char *rest;
    };
    for (const Case &one :
         {Case{"4096", 4096, ""}, Case{"0x1000:x", 4096, ":x"}, Case{"010", 8, ""}, Case{"4K", 4096, ""},
          Case{"2m:", 2 << 20, ":"}, Case{"1G", 1 << 30, ""}, Case{"1T", 1ULL << 40, ""}, Case{"1P", 1ULL << 50, ""},
          Case{"1E", 1ULL << 60, ""}, Case{"", 0, ""}, Case{"x", 0, "x"}, Case{"0x", 0, "x"}, Case{"09", 0, "9"},
          Case{"4KK", 4096, "K"}}) {
        char *rest = nullptr;
        EXPECT_EQ(memparse(one.text, &rest), one.value) << one.text;
        EXPECT_STREQ(rest, one.rest) << one.text;
    }
}

TEST_F(World, AnyPhysicalAddressHasAPlaceAndComesBack)
{
    for (const uint64_t address :
         {uint64_t{0}, uint64_t{0x1000}, uint64_t{1} << 36, (uint64_t{1} << 47) + 5, ~uint64_t{0}})
        EXPECT_EQ(__pa(__va(address)), address);
    for (uint64_t i = 0; i < 100; i++) // more places than there are slots
        EXPECT_EQ(__pa(__va(i << 40)), i << 40);
}

//        64 GiB boundary
//   ..........|..........
//        [ block ]
TEST_F(World, ABlockMayCrossABoundaryOfItsWindow)
{
    const uint64_t address = (uint64_t{7} << 36) - 64;
    char source[256];
    for (int i = 0; i < 256; i++)
        source[i] = static_cast<char>(i);
    auto *block = static_cast<char *>(__va(address));
    mblab_memcpy(block, source, sizeof source);
    for (uint64_t i = 0; i < 40; i++)
        (void)__va(i << 40); // asks for more slots than there are; the block's own stays
    EXPECT_EQ(memcmp(block, source, sizeof source), 0);
}

TEST_F(World, CopiesAndFillsAreRecordedAndReachBlocks)
{
    const char ones[64] = {1, 1, 1};
    auto *block = static_cast<char *>(__va(0x5000));
    mblab_memcpy(block, ones, sizeof ones);
    mblab_memset(block + sizeof ones, 0, 64);    // goes on where the block ends: it grows
    mblab_memset(__va(0x4000), 7, 0x1002);       // reaches two bytes into the block
    mblab_memset(__va(0x100000), 0, 1ull << 40); // a terabyte costs nothing
    const std::vector<mblab_effect> log = effects();
    ASSERT_EQ(log.size(), 4u);
    EXPECT_EQ(log[0].kind, static_cast<uint32_t>(MBLAB_EFFECT_copy));
    EXPECT_EQ(log[0].a, 0x5000u);
    EXPECT_EQ(log[0].b, MBLAB_STATIC_ADDR);
    EXPECT_EQ(log[3].b, 1ull << 40);
    EXPECT_EQ(block[0], 7);
    EXPECT_EQ(block[1], 7);
    EXPECT_EQ(block[2], 1);
    EXPECT_EQ(block[100], 0);
}

TEST_F(World, ResetForgetsWhatWasWritten)
{
    const char ones[8] = {1, 1, 1, 1, 1, 1, 1, 1};
    mblab_memcpy(__va(0x9000), ones, sizeof ones);
    mblab_world_reset();
    const char twos[4] = {2, 2, 2, 2};
    auto *block = static_cast<char *>(__va(0x9000));
    mblab_memcpy(block, twos, sizeof twos);
    mblab_memset(block + sizeof twos, 0, 0);
    EXPECT_EQ(block[0], 2);
    EXPECT_EQ(effects().size(), 2u);
}

TEST_F(World, SlabGivesWhatItsModeAllows)
{
    EXPECT_FALSE(slab_is_available());
    EXPECT_EQ(kmalloc(64, GFP_KERNEL), nullptr);
    mblab_world_set_slab(MBLAB_SLAB_UP);
    EXPECT_TRUE(slab_is_available());
    void *block = kmalloc(64, GFP_KERNEL);
    ASSERT_NE(block, nullptr);
    EXPECT_EQ(mblab_virt_to_phys(block), MBLAB_SLAB_ADDR_64);
    EXPECT_EQ(kmalloc(1ull << 30, GFP_KERNEL), nullptr);
    mblab_world_set_slab(MBLAB_SLAB_EMPTY);
    EXPECT_TRUE(slab_is_available());
    EXPECT_EQ(kmalloc(64, GFP_KERNEL), nullptr);
}

TEST_F(World, TheBuddySinkJoinsRunsOfOneOrder)
{
    for (uint64_t pfn = 0x100; pfn < 0x104; pfn++)
        mblab_free_pages(pfn_to_page(pfn), pfn, 0);
    mblab_free_pages(pfn_to_page(0x104), 0x104, 2);
    mblab_free_pages(pfn_to_page(0x200), 0x201, 0); // the wrong page for its frame
    const std::vector<mblab_effect> log = effects();
    ASSERT_EQ(log.size(), 4u);
    EXPECT_EQ(log[0].a, 0x100u);
    EXPECT_EQ(log[0].c, 4u);
    EXPECT_EQ(log[1].b, 2u);
    EXPECT_EQ(log[2].kind, static_cast<uint32_t>(MBLAB_EFFECT_warn));
}

TEST_F(World, MinAndMaxAndRoundingAreTheKernels)
{
    EXPECT_EQ(round_up(0x1001ull, 0x1000), 0x2000u);
    EXPECT_EQ(round_down(0x1fffull, 0x1000), 0x1000u);
    EXPECT_EQ(round_up(~0ull - 5, 0x1000), 0u); // wraps
    EXPECT_EQ(clamp(5, 7, 9), 7);
    EXPECT_EQ(PFN_UP(0x1001ull), 2u);
    EXPECT_EQ(PFN_DOWN(0x1fffull), 1u);
    EXPECT_EQ(__ffs(0x100), 8u);
}

} // namespace
