// SPDX-License-Identifier: GPL-2.0-or-later
// Finding messages in a line and reading them, by example; and the reader's joining and splitting.
#include "apps/boot/messages.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace mblab::boot {
namespace {

constexpr std::string_view reserve = "memblock_reserve: [0x0000000000001000-0x0000000000001fff] setup_arch+0x7d6/0xd40";

Reading read(std::string_view line)
{
    const auto found = find_beginning(line, 0);
    return found ? read_message(*found, line.substr(found->at)) : Reading();
}

TEST(Messages, BeginAnywhere)
{
    for (const std::string dressing : {"", "> ", "x| ", "<6>[0: swapper: 0] ", "-(0)[0:swapper]", "6,1,0,-;", "+"}) {
        const auto found = find_beginning(dressing + std::string(reserve), 0);
        ASSERT_TRUE(found) << dressing;
        EXPECT_EQ(found->at, dressing.size());
        EXPECT_EQ(found->op, MBLAB_OP_memblock_reserve);
    }
    // Words of other messages are no beginnings.
    for (const std::string_view other :
         {"memblock_reserve takes a range", "arch/x86/kernel", "0x1000 bytes on node 2 flags: 0x0", "no_user: [mem"})
        EXPECT_FALSE(find_beginning(other, 0)) << other;
}

TEST(Messages, EndWholeInTheMiddleOrElsewhere)
{
    EXPECT_EQ(read(reserve).fit, Fit::whole);
    EXPECT_FALSE(read(reserve).may_go_on);
    // Up to the end of the range a part; from there on whole, but without the caller.
    const size_t end = reserve.find(']') + 1;
    for (size_t length = 18; length < end; length++)
        EXPECT_EQ(read(reserve.substr(0, length)).fit, Fit::part) << reserve.substr(0, length);
    EXPECT_TRUE(read(reserve.substr(0, end)).may_go_on);
    EXPECT_EQ(read("memblock_reserve: [0x1000 to 0x2000]").fit, Fit::no);
}

TEST(Messages, OfOlderKernelsAreReadUnderTheirNames)
{
    const Reading virt =
        read("memblock_virt_alloc_try_nid_nopanic: 64 bytes align=0x0 nid=-1 from=0x0 max_addr=0x0 a+0x1/0x2");
    EXPECT_EQ(virt.event.op, MBLAB_OP_memblock_alloc_try_nid);
    EXPECT_EQ(virt.event.kind, EventKind::allocation);
    const Reading flags = read("memblock_reserve: [0x1000-0x1fff] flags 0x2 b+0x1/0x2");
    EXPECT_EQ(flags.event.flags, 2u);
    EXPECT_EQ(flags.event.text, "b");
    EXPECT_EQ(read("__memblock_free_early: [0x1000-0x1fff] c").event.op, MBLAB_OP_memblock_phys_free);
    EXPECT_EQ(read("   memblock_free: [0x1000-0x1fff] c").event.op, MBLAB_OP_memblock_phys_free);
}

TEST(Messages, OfNewerKernelsHaveNodesAndFlags)
{
    const Reading reading = read("__memblock_reserve: [0x1000-0x1fff] nid=1 flags=20 memblock_alloc_range_nid+0x1/0x2");
    EXPECT_EQ(reading.event.op, MBLAB_OP___memblock_reserve);
    EXPECT_EQ(reading.event.nid, 1);
    EXPECT_EQ(reading.event.flags, 0x20u);
    EXPECT_EQ(reading.event.text, "memblock_alloc_range_nid");
    for (const std::string_view cut : {" n", " nid=", " nid=-", " nid=0 flag", " nid=0 flags="})
        EXPECT_EQ(read("__memblock_reserve: [0x1000-0x1fff]" + std::string(cut)).fit, Fit::part) << cut;
    EXPECT_TRUE(read("__memblock_reserve: [0x1000-0x1fff] nid=0").may_go_on);
    const Reading page = read("memblock_alloc_hugetlb: 1073741824 bytes, nid=2, exact_nid=1 a+0x1/0x2");
    EXPECT_EQ(page.event.op, MBLAB_OP_memblock_alloc_hugetlb);
    EXPECT_EQ(page.event.size, 1u << 30);
    EXPECT_EQ(page.event.nid, 2);
    EXPECT_EQ(page.event.count, 1u);
}

TEST(Messages, ShowTheWidthOfAddresses)
{
    EXPECT_EQ(address_digits("memory[0x0]\t[0x60000000-0x67ffffff], 0x08000000 bytes flags: 0x0"), 8u);
    EXPECT_EQ(address_digits(reserve), 16u);
    EXPECT_EQ(address_digits("memory.cnt  = 0x1"), 0u);
}

TEST(Messages, OfTheFirmwareInOldAndNewForm)
{
    for (const std::string_view line : {"BIOS-e820: [mem 0x0000000000001000-0x000000000009fbff] usable",
                                        "BIOS-e820: 0000000000001000 - 000000000009fc00 (usable)"}) {
        Log log;
        Reading reading = read(line);
        ASSERT_TRUE(reading.message && reading.message->finish(reading.event, log)) << line;
        EXPECT_EQ(reading.event.start, 0x1000u);
        EXPECT_EQ(reading.event.size, 0x9ec00u);
    }
}

TEST(Messages, OfDebugfsInItsForms)
{
    for (const std::string_view line :
         {"   1: 0x1000..0x1fff    0 NOMAP|NEW", "memory:   1: 0x1000..0x1fff    0 NOMAP|NEW",
          "/sys/kernel/debug/memblock/memory:   1: 0x1000..0x1fff    0 NOMAP|NEW"}) {
        const auto event = read_debugfs_region(line);
        ASSERT_TRUE(event) << line;
        EXPECT_EQ(event->count, 1u);
        EXPECT_EQ(event->flags, 4u | 1u << 31);
        EXPECT_EQ(event->text, "NEW");
        EXPECT_EQ(event->type, line.starts_with(' ') ? MBLAB_TYPE_none : MBLAB_TYPE_memory);
    }
    EXPECT_EQ(debugfs_file_named("==> /sys/kernel/debug/memblock/reserved <=="), MBLAB_TYPE_reserved);
    EXPECT_EQ(debugfs_file_named("memory:"), MBLAB_TYPE_memory);
    EXPECT_EQ(debugfs_file_named("out of memory"), MBLAB_TYPE_none);
}

TEST(Reader, JoinsWhatWasWrapped)
{
    // At every place of the range and behind it: with or without a blank there, with or without a quotation.
    for (size_t at = 18; at + 1 < reserve.find("+0x"); at++)
        for (const std::string quote : {"", "> ", "> > "}) {
            const std::string prefix = quote + "[    0.000000] ";
            const std::string text = fmt::format("{0}{1}\n{2}{3}\n{0}usb 1-1: a message\n", prefix,
                                                 reserve.substr(0, at), quote, reserve.substr(at));
            const Log log = read_log(text);
            ASSERT_EQ(log.events.size(), 1u) << text;
            EXPECT_EQ(log.unreadable, 0u) << text;
            EXPECT_EQ(log.events[0].size, 0x1000u) << text;
            EXPECT_EQ(log.events[0].text, "setup_arch") << text;
            EXPECT_EQ(log.events[0].line, 1u);
        }
}

TEST(Reader, DoesNotTakeANameForDigits)
{
    const Log log = read_log("[    0.000000] memblock_alloc_try_nid: 73 bytes align=0x40 nid=-1\n"
                             "from=0x0000000000000000 max_addr=0x0000000000000000\nacpi_tb_parse+0x4/0x8\n");
    ASSERT_EQ(log.events.size(), 1u);
    EXPECT_EQ(log.events[0].end, 0u);
    EXPECT_EQ(log.events[0].text, "acpi_tb_parse");
    // A terminal cuts a number anywhere.
    const Log cut =
        read_log("[    0.000000]  memory size = 0x000000007ff7ec00 reserved size = 0x0000000000002d7e\n000\n");
    ASSERT_EQ(cut.events.size(), 1u);
    EXPECT_EQ(cut.events[0].end, 0x2d7e000u);
}

TEST(Reader, DoesNotJoinWhatIsCut)
{
    const Log log =
        read_log("[    0.000000] memblock_reserve: [0x1000-0x1\n[    0.000000] memblock_reserve: [0x3000-0x3fff] a\n");
    EXPECT_EQ(log.unreadable, 1u);
    EXPECT_EQ(log.first_unreadable, 1u);
    ASSERT_EQ(log.events.size(), 2u);
    EXPECT_EQ(log.events[0].kind, EventKind::lost);
    EXPECT_EQ(log.events[1].start, 0x3000u);
}

TEST(Reader, SplitsBoots)
{
    const std::string banner = "[    0.000000] Linux version 6.6.1 (x86_64-linux-gnu-gcc)\n";
    const std::string line = "[    0.000000] " + std::string(reserve) + '\n';
    const std::string later = "[    0.500000] " + std::string(reserve) + '\n';
    EXPECT_EQ(read_logs(banner + line + later).size(), 1u);
    EXPECT_EQ(read_logs(banner + line + banner + line).size(), 2u);
    EXPECT_EQ(read_logs("[    0.000000] Booting Linux on physical CPU 0x0\n" + banner + line).size(), 1u);
    // A clock at 0 again is a boot where memblock speaks; another processor's message is none.
    EXPECT_EQ(read_logs(line + later + line).size(), 2u);
    EXPECT_EQ(read_logs(line + later + "[    0.000000] masked ExtINT on CPU#1\n" + later).size(), 1u);
    const std::vector<Log> boots = read_logs(banner + line + banner + line + later);
    EXPECT_EQ(boots[1].name, "log (boot 2, lines 3 to 5)");
    EXPECT_EQ(boots[1].lines, 3u);
}

TEST(Reader, TellsWhatItMakesOfALine)
{
    std::string told;
    LogReader reader("log", [&](uint64_t line, std::string_view stage, std::string_view text) {
        if (line == 1)
            told += std::string(stage) + ": " + std::string(text) + '\n';
    });
    reader.feed("> [    0.000000] memblock_reserve: [0x1000-\n> 0x1fff] setup_arch+0x1/0x2\n");
    reader.finish();
    for (const char *part :
         {"before it: > [    0.000000] ", "joined with the next line: memblock_reserve: [0x1000-0x1fff]",
          "is: memblock_reserve of 0x1000, 0x1000 bytes, by setup_arch"})
        EXPECT_NE(told.find(part), std::string::npos) << told;
}

TEST(Reader, KnowsDebugfsFilesWithoutTheirPaths)
{
    const auto types = [](std::string_view text, const std::string &name) {
        std::vector<mblab_type> all;
        const std::vector<Log> logs = read_logs(text, name);
        for (const Event &event : logs.at(0).events)
            if (event.kind == EventKind::debugfs_region)
                all.push_back(event.type);
        return all;
    };
    const std::string region = "   0: 0x1000..0x1fff    0 NONE\n", kern = "   0: 0x1000..0x1fff    0 RSV_KERN\n";
    using Types = std::vector<mblab_type>;
    EXPECT_EQ(types(region, "saved"), Types{MBLAB_TYPE_memory});
    EXPECT_EQ(types(region, "a/reserved.txt"), Types{MBLAB_TYPE_reserved});
    EXPECT_EQ(types(kern, "saved"), Types{MBLAB_TYPE_reserved});
    EXPECT_EQ(types(region + region, "saved"), (Types{MBLAB_TYPE_memory, MBLAB_TYPE_reserved}));
    EXPECT_EQ(types("reserved:\n" + region + "memory\n" + region, "saved"),
              (Types{MBLAB_TYPE_reserved, MBLAB_TYPE_memory}));
    // A word by itself is no file.
    EXPECT_TRUE(read_logs("memory\nother\n").at(0).events.empty());
}

TEST(Reader, KnowsArchitectures)
{
    const std::pair<std::string_view, Arch> cases[] = {
        {"Linux version 6.1 (x86_64-linux-gnu-gcc-12)", Arch::x86_64},
        {"Linux version 6.1 (aarch64-linux-gnu-gcc)", Arch::arm64},
        {"Linux version 6.1 (arm-linux-gnueabihf-gcc)", Arch::arm},
        {"Linux version 6.1.0-armmp (gcc)", Arch::arm},
        {"Linux version 6.1 (powerpc64le-linux-gnu-gcc)", Arch::powerpc},
        {"Booting Linux on physical CPU 0x0000000000 [0x410fd034]", Arch::arm64},
        {"Booting Linux on physical CPU 0x0\nCPU: ARMv7 Processor [413fc082] revision 2", Arch::arm},
        {"SBI specification v1.0 detected", Arch::riscv},
        {"memblock_reserve: [0x1000-0x1fff] arm_memblock_init+0x24/0x6c", Arch::arm},
        {"nothing", Arch::unknown},
    };
    for (const auto &[text, arch] : cases)
        EXPECT_EQ(read_log(text).arch, arch) << text;
}

} // namespace
} // namespace mblab::boot
