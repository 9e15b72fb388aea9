// SPDX-License-Identifier: GPL-2.0-or-later
// Reading logs: whole, in pieces, with what serial lines and syslog daemons do to them.
#include "apps/boot/log.hpp"
#include "apps/boot/pattern.hpp"
#include "core/base/error.hpp"

#include <gtest/gtest.h>

#include <archive.h>
#include <archive_entry.h>

#include <cstdio>
#include <fstream>

namespace mblab {
namespace {

constexpr std::string_view reserve_line =
    "memblock_reserve: [0x0000000000001000-0x0000000000001fff] setup_arch+0x7d6/0xd40";

/// The one event of a log that has one.
Event only_event(std::string_view text)
{
    const Log log = read_log(text);
    EXPECT_EQ(log.events.size(), 1u) << text;
    return log.events.empty() ? Event() : log.events[0];
}

void expect_reserve(std::string_view text)
{
    const Event event = only_event(text);
    EXPECT_EQ(event.kind, EventKind::change) << text;
    EXPECT_EQ(event.op, MBLAB_OP_memblock_reserve) << text;
    EXPECT_EQ(event.start, 0x1000u) << text;
    EXPECT_EQ(event.size, 0x1000u) << text;
    EXPECT_EQ(event.text, "setup_arch") << text;
}

TEST(Log, ReadsALineWhateverPrecedesIt)
{
    const std::string line(reserve_line);
    expect_reserve(line);
    expect_reserve("[    0.000000] " + line + "\n");
    expect_reserve("[12345.678901] " + line + "\r\n");
    expect_reserve("<6>[    0.000000] " + line + "\n");
    expect_reserve("[    0.000000][    T0] " + line + "\n");
    expect_reserve("[    0.000000] [    T0] " + line + "\n");
    expect_reserve("Nov 22 10:50:23 host kernel: " + line + "\n");
    expect_reserve("Nov 22 10:50:23 host kernel: [    0.000000] " + line + "\n");
    expect_reserve("\033[32m[    0.000000] \033[0m\033[33m" + line + "\033[0m\n");
    expect_reserve(std::string("\0\0", 2) + "[    0.000000] " + line + "\n");
    expect_reserve("Memory KASLR using RDRAND RDTSC...\r[    0.000000] " + line + "\n");
}

TEST(Log, SplitsALineThatTwoWritersShare)
{
    const Log log = read_log("=== debug[    1.000000] memblock_phys_free: [0x1000-0x1fff] a+0x1/0x2[    1.000001] "
                             "memblock_reserve: [0x3000-0x3fff] b+0x1/0x2\n");
    ASSERT_EQ(log.events.size(), 2u);
    EXPECT_EQ(log.events[0].op, MBLAB_OP_memblock_phys_free);
    EXPECT_EQ(log.events[1].op, MBLAB_OP_memblock_reserve);
    // Without timestamps a call's name is the only mark.
    EXPECT_EQ(read_log("memblock_reserve: [0x0-0xfff] amemblock_add: [0x0-0xfff] b\n").events.size(), 2u);
}

TEST(Log, ReadsInPiecesWhatItReadsWhole)
{
    const std::string text = "[    0.000000] " + std::string(reserve_line) + "\r\n" + std::string(reserve_line);
    for (size_t length = 1; length < text.size(); length++) {
        LogReader reader("pieces");
        for (size_t at = 0; at < text.size(); at += length)
            reader.feed(std::string_view(text).substr(at, length));
        const Log log = reader.finish().at(0);
        EXPECT_EQ(log.events.size(), 2u) << length;
        EXPECT_EQ(log.lines, 2u) << length;
    }
}

TEST(Log, ReadsAllocations)
{
    const Event event = only_event("memblock_alloc_exact_nid_raw: 33554432 bytes align=0x200000 nid=-1 "
                                   "from=0x0000000001000000 max_addr=0x0000000000000000 memmap_alloc+0x28/0x50\n");
    EXPECT_EQ(event.kind, EventKind::allocation);
    EXPECT_EQ(event.op, MBLAB_OP_memblock_alloc_exact_nid_raw);
    EXPECT_EQ(event.size, 33554432u);
    EXPECT_EQ(event.align, 0x200000u);
    EXPECT_EQ(event.nid, -1);
    EXPECT_EQ(event.start, 0x1000000u);
    EXPECT_EQ(event.end, 0u);
    EXPECT_EQ(event.text, "memmap_alloc");
}

TEST(Log, ReadsRangesThatWrapAndRangesOfNothing)
{
    // arm64 cuts off what its physical addresses cannot reach: size ULLONG_MAX from 1 << 48.
    EXPECT_EQ(only_event("memblock_remove: [0x0001000000000000-0x0000fffffffffffe] a+0x1/0x2").size, UINT64_MAX);
    EXPECT_EQ(only_event("memblock_phys_free: [0x00000000bfbc3000-0x00000000bfbc2fff] a+0x1/0x2").size, 0u);
}

TEST(Log, ReadsADump)
{
    const Log log = read_log(
        "MEMBLOCK configuration:\n"
        " memory size = 0x0000000000003000 reserved size = 0x0000000000001000\n"
        " memory.cnt  = 0x1\n"
        " memory[0x0]\t[0x0000000000001000-0x0000000000003fff], 0x0000000000003000 bytes on node 2 flags: 0x4\n"
        " reserved.cnt  = 0x1\n"
        " reserved[0x0]#011[0x0000000000001000-0x0000000000001fff], 0x0000000000001000 bytes flags: 0x10\n");
    ASSERT_EQ(log.events.size(), 6u);
    EXPECT_EQ(log.events[1].start, 0x3000u);
    EXPECT_EQ(log.events[3].nid, 2);
    EXPECT_EQ(log.events[3].flags, 4u);
    EXPECT_EQ(log.events[5].nid, -1);
    // A syslog daemon has replaced the tab.
    EXPECT_EQ(log.events[5].start, 0x1000u);
    EXPECT_EQ(log.events[5].size, 0x1000u);
}

TEST(Log, ReadsDebugfsFilesOfOldAndNewKernels)
{
    const Log log = read_log("=== debugfs memory\n"
                             "   0: 0x0000000040000000..0x00000000bfffffff    1 HOTPLUG|NOMAP\n"
                             "$ cat /sys/kernel/debug/memblock/reserved\n"
                             "   0: 0x0000000040200000..0x0000000041a7ffff\n"
                             "=== iomem\n"
                             "   0: 0x0000000040200000..0x0000000041a7ffff\n");
    ASSERT_EQ(log.events.size(), 4u);
    EXPECT_EQ(log.events[1].type, MBLAB_TYPE_memory);
    EXPECT_EQ(log.events[1].nid, 1);
    EXPECT_EQ(log.events[1].flags, 5u);
    EXPECT_EQ(log.events[3].type, MBLAB_TYPE_reserved);
    EXPECT_EQ(log.events[3].nid, -1);
}

TEST(Log, ReadsEvidence)
{
    const Log log = read_log(
        "Linux version 6.12.117+deb12-cloud-amd64 (x86_64-linux-gnu-gcc-12) #1\n"
        "Command line: console=ttyS0 mem=1G memtest movable_node\n"
        "BIOS-e820: [mem 0x0000000000000000-0x000000000009fbff] usable\n"
        "ACPI: SRAT: Node 1 PXM 1 [mem 0x40000000-0x7fffffff] hotplug\n"
        "NUMA: Node 0 [mem 0x00001000-0x0009ffff] + [mem 0x00100000-0x3fffffff] -> [mem 0x00001000-0x3fffffff]\n"
        "NODE_DATA(3) allocated [mem 0x13edd3680-0x13edfdfff]\n"
        "Memory: 1948856K/2097152K available (14208K kernel code, 79448K reserved, 65536K cma-reserved)\n"
        "cma: Reserved 64 MiB at 0x00000000b9a00000 on node -1\n"
        "** 1020 printk messages dropped **\n");
    EXPECT_EQ(log.kernel, "6.12.117+deb12-cloud-amd64");
    EXPECT_EQ(log.arch, Arch::x86_64);
    EXPECT_EQ(log.parameter("mem"), "1G");
    EXPECT_EQ(log.parameter("movable_node"), "");
    EXPECT_FALSE(log.parameter("movable"));
    ASSERT_EQ(log.events.size(), 7u);
    EXPECT_EQ(log.events[0].flags, 1u);
    EXPECT_EQ(log.events[1].nid, 1);
    EXPECT_EQ(log.events[1].flags, 1u);
    EXPECT_EQ(log.events[2].start, 0x1000u);
    EXPECT_EQ(log.events[2].size, 0x3ffff000u);
    EXPECT_EQ(log.events[3].nid, 3);
    EXPECT_EQ(log.events[4].end, 2097152u);
    EXPECT_EQ(log.events[4].size, 79448u);
    EXPECT_EQ(log.events[4].align, 65536u);
    EXPECT_EQ(log.events[5].start, 0xb9a00000u);
    EXPECT_EQ(log.events[6].kind, EventKind::lost);
    EXPECT_EQ(log.events[6].count, 1020u);
    EXPECT_EQ(log.memblock_lines, 0u);
}

TEST(Log, ReadsEvidenceWhateverPrecedesIt)
{
    for (const char *prefix :
         {"", "[    0.000000] ", "[    0.000000][    T0] ", "[    0.000000] [    C1] ", "<6>[    0.000000] ",
          "Nov 22 10:50:23 host kernel: ", "Nov 22 10:50:23 host kernel: [    0.000000] "}) {
        const Event event =
            only_event(std::string(prefix) + "  node   1: [mem 0x0000000000001000-0x000000000009efff]\n");
        EXPECT_EQ(event.kind, EventKind::early_range) << prefix;
        EXPECT_EQ(event.nid, 1) << prefix;
    }
}

TEST(Log, CountsWhatItCannotRead)
{
    const Log log = read_log("memblock_reserve: [0x000000000000\n"
                             "memblock_alloc_try_nid: 12 bytes al\n"
                             "memblock_no_such_call: [0x0-0xfff] a\n"
                             "memblock_reserve: [0x00000000000000000001-0xfff] a+0x1/0x2\n");
    EXPECT_EQ(log.unreadable, 2u);
    ASSERT_EQ(log.events.size(), 3u);
    EXPECT_EQ(log.events[0].kind, EventKind::lost);
    EXPECT_EQ(log.events[1].kind, EventKind::lost);
}

TEST(Log, KeepsNothingOfOtherText)
{
    const std::string line = "[    1.000000] usb 1-1: new high-speed USB device, not of memblock at all\n";
    LogReader reader("other");
    for (int i = 0; i < 100000; i++)
        reader.feed(line);
    const std::string endless(1 << 20, '[');
    for (int i = 0; i < 4; i++)
        reader.feed(endless);
    const Log log = reader.finish().at(0);
    EXPECT_EQ(log.events.size(), 0u);
    EXPECT_EQ(log.lines, 100001u);
}

std::string packed(std::string_view text, int filter)
{
    std::string out(4096, '\0');
    size_t used = 0;
    archive *const file = archive_write_new();
    EXPECT_EQ(archive_write_add_filter(file, filter), ARCHIVE_OK);
    archive_write_set_format_raw(file);
    archive_write_open_memory(file, out.data(), out.size(), &used);
    archive_entry *const entry = archive_entry_new();
    archive_entry_set_filetype(entry, AE_IFREG);
    EXPECT_EQ(archive_write_header(file, entry), ARCHIVE_OK);
    EXPECT_EQ(archive_write_data(file, text.data(), text.size()), static_cast<la_ssize_t>(text.size()));
    archive_entry_free(entry);
    archive_write_free(file);
    out.resize(used);
    return out;
}

TEST(Log, ReadsPackedFiles)
{
    const std::string path = testing::TempDir() + "mblab_log_test.packed";
    const auto write = [&](std::string_view content) {
        std::ofstream(path, std::ios::binary).write(content.data(), static_cast<std::streamsize>(content.size()));
    };
    for (const int filter :
         {ARCHIVE_FILTER_XZ, ARCHIVE_FILTER_GZIP, ARCHIVE_FILTER_ZSTD, ARCHIVE_FILTER_BZIP2, ARCHIVE_FILTER_LZ4}) {
        SCOPED_TRACE(filter);
        const std::string content = packed(reserve_line, filter);
        write(content);
        EXPECT_EQ(read_log_file(path).at(0).events.size(), 1u);
        write(content + content);
        EXPECT_EQ(read_log_file(path).at(0).events.size(), 2u);
        write(std::string_view(content).substr(0, content.size() - 5));
        EXPECT_THROW(read_log_file(path), Error) << filter;
    }
    std::remove(path.c_str());
    EXPECT_THROW(read_log_file(path), Error);
}

TEST(Log, ReadsSizes)
{
    uint64_t size = 0;
    EXPECT_TRUE(boot::parse_size("512M", size));
    EXPECT_EQ(size, 512u << 20);
    EXPECT_TRUE(boot::parse_size("0x10000000", size));
    EXPECT_EQ(size, 0x10000000u);
    EXPECT_FALSE(boot::parse_size("", size));
    EXPECT_FALSE(boot::parse_size("nopentium", size));
    EXPECT_FALSE(boot::parse_size("99999999999E", size));
}

} // namespace
} // namespace mblab
