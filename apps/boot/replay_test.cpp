// SPDX-License-Identifier: GPL-2.0-or-later
// From logs to traces, and what is inferred on the way. The logs are made here; the model plays the kernel that is
// compared.
#include "apps/boot/compare.hpp"
#include "apps/boot/replay.hpp"
#include "apps/boot/report.hpp"
#include "core/base/error.hpp"
#include "core/oracle/model/model.hpp"

#include <gtest/gtest.h>

#include <fmt/format.h>

#include <algorithm>

namespace mblab {
namespace {

constexpr uint64_t mib = 1 << 20;
constexpr uint64_t gib = 1 << 30;

/// A log, written as the kernel writes it.
class Writer {
  public:
    Writer &line(std::string_view text)
    {
        text_ += fmt::format("[    0.000000] {}\n", text);
        return *this;
    }
    Writer &change(std::string_view call, uint64_t start, uint64_t size, std::string_view caller = "setup_arch")
    {
        return line(fmt::format("{}: [{:#018x}-{:#018x}] {}+0x1/0x2", call, start, start + size - 1, caller));
    }
    Writer &ask(uint64_t size, uint64_t align, int nid = -1, std::string_view caller = "a")
    {
        return line(fmt::format(
            "memblock_alloc_try_nid: {} bytes align={:#x} nid={} from={:#018x} max_addr={:#018x} {}+0x1/0x2", size,
            align, nid, 0, 0, caller));
    }
    Writer &answer(uint64_t start, uint64_t size)
    {
        return change("memblock_reserve", start, size, "memblock_alloc_range_nid");
    }
    Writer &dump(const std::vector<Region> &memory, const std::vector<Region> &reserved, uint64_t memory_size = 0)
    {
        line("MEMBLOCK configuration:");
        line(fmt::format(" memory size = {:#018x} reserved size = {:#018x}",
                         memory_size ? memory_size : total_size(memory), total_size(reserved)));
        array(MBLAB_TYPE_memory, memory);
        return array(MBLAB_TYPE_reserved, reserved);
    }
    Writer &raw(std::string_view text)
    {
        text_ += text;
        return *this;
    }
    const std::string &text() const { return text_; }

  private:
    Writer &array(mblab_type type, const std::vector<Region> &regions)
    {
        line(fmt::format(" {}.cnt  = {:#x}", type_name(type), regions.size()));
        for (size_t i = 0; i < regions.size(); i++)
            line(' ' + dump_line(type, i, regions[i]));
        return *this;
    }

    std::string text_;
};

Replay replay_of(const Writer &log)
{
    return build_replay(read_log(log.text(), "made.log"));
}

BootReport compare(const Replay &replay, uint32_t regions = 128)
{
    Model model({MBLAB_CONFIG_numa, 16, regions, regions}, replay.spoken.dialect);
    return compare_boot(replay, model);
}

/// How many inferred calls are named so.
size_t inferred(const Replay &replay, std::string_view call)
{
    return static_cast<size_t>(
        std::count_if(replay.inferences.begin(), replay.inferences.end(),
                      [&](const Inference &inference) { return inference.call.find(call) != std::string::npos; }));
}

#define EXPECT_AGREES(replay, allocations_wanted, dumps_wanted)                                                        \
    do {                                                                                                               \
        const BootReport report = compare(replay);                                                                     \
        EXPECT_TRUE(report.agrees()) << describe(replay) << describe(report);                                          \
        EXPECT_EQ(report.allocations.total, static_cast<uint64_t>(allocations_wanted));                                \
        EXPECT_EQ(report.dumps.total, static_cast<uint64_t>(dumps_wanted));                                            \
    } while (0)

/*
 *   16M                          64M
 *    |  memory                    |
 *    |    [##]          [kkkk][aa]|
 *         20M-21M       given: a by the first line, k by the second
 */
Writer simple()
{
    Writer log;
    log.ask(mib, 4096).answer(63 * mib, mib);
    log.ask(2 * mib, 4096).answer(61 * mib, 2 * mib);
    log.dump({{16 * mib, 48 * mib, 0, -1}}, {{20 * mib, mib, 0, -1}, {61 * mib, 3 * mib, 0, -1}});
    return log;
}

TEST(Replay, ReadsTheStartBackFromTheDump)
{
    const Replay replay = replay_of(simple());
    EXPECT_EQ(inferred(replay, "memblock_add(0x1000000, 0x3000000)"), 1u);
    EXPECT_EQ(inferred(replay, "memblock_reserve(0x1400000, 0x100000)"), 1u);
    EXPECT_EQ(replay.inferences.size(), 2u);
    EXPECT_AGREES(replay, 2, 1);
}

TEST(Replay, ShowsADisagreementInBothLayouts)
{
    Writer log;
    log.dump({{16 * mib, 48 * mib, 0, -1}}, {});
    log.ask(mib, 4096).answer(63 * mib, mib).ask(2 * mib, 4096).answer(60 * mib, 2 * mib);
    log.ask(mib, 4096).answer(62 * mib, mib);
    const Replay replay = replay_of(log);
    const BootReport report = compare(replay);
    EXPECT_FALSE(report.agrees());
    // One call went elsewhere: the one after it is compared as if it had not.
    EXPECT_EQ(report.allocations.equal, 2u);
    EXPECT_EQ(report.disagreements, 1u);
    for (const char *part :
         {"given 0x3c00000 by the kernel, 0x3d00000 by model", "memory ", "reserved ", "\n  the kernel ", "\n  model "})
        EXPECT_NE(report.disagreement.find(part), std::string::npos) << part << "\n" << report.disagreement;
}

TEST(Replay, RefusesALogWithoutMemblock)
{
    EXPECT_THROW(replay_of(Writer().line("Command line: quiet")), Error);
    EXPECT_THROW(build_replay(read_log("")), Error);
}

TEST(Replay, TakesAnAllocationWithoutAnAnswerForAFailure)
{
    Writer log;
    log.ask(64 * mib, 4096).ask(mib, 4096).answer(63 * mib, mib);
    log.dump({{16 * mib, 48 * mib, 0, -1}}, {{63 * mib, mib, 0, -1}});
    const Replay replay = replay_of(log);
    EXPECT_AGREES(replay, 2, 1);
    EXPECT_TRUE(replay.ambiguities.empty());
}

TEST(Replay, SaysThatALostAnswerIsLost)
{
    Writer log;
    log.dump({{16 * mib, 48 * mib, 0, -1}}, {{63 * mib, mib, 0, -1}}).ask(mib, 4096);
    const Replay cut = replay_of(log);
    EXPECT_AGREES(cut, 0, 1);
    EXPECT_FALSE(cut.ambiguities.empty());
    EXPECT_EQ(describe(cut).find("AMBIGUOUS"), std::string::npos);
}

TEST(Replay, InfersTrimming)
{
    Writer log;
    log.change("memblock_add", 0x1000, 0x9ec00).change("memblock_add", mib, 15 * mib);
    log.dump({{0x1000, 0x9e000, 0, -1}, {mib, 15 * mib, 0, -1}}, {}, 0x9ec00 + 15 * mib);
    const Replay replay = replay_of(log);
    EXPECT_EQ(inferred(replay, "memblock_trim_memory(0x1000)"), 1u);
    EXPECT_AGREES(replay, 0, 1);
}

TEST(Replay, InfersTrimmingFromTheSizeAlone)
{
    // The adds are lost; the firmware's map says where the odd bytes were.
    Writer log;
    log.line("BIOS-e820: [mem 0x0000000000001000-0x000000000009fbff] usable");
    log.dump({{0x1000, 0x9e000, 0, -1}, {mib, 15 * mib, 0, -1}}, {}, 0x9ec00 + 15 * mib);
    const Replay replay = replay_of(log);
    EXPECT_EQ(inferred(replay, "memblock_add(0x9f000, 0xc00)"), 1u);
    EXPECT_AGREES(replay, 0, 1);
}

/*
 *     16M            48M            80M
 *      |  node 0      |  node 1      |
 *      |        [d0][0]        [d1][1]      data and what is asked of each node
 */
TEST(Replay, InfersNodesFromTheSratAndTheDump)
{
    Writer log;
    log.line("ACPI: SRAT: Node 0 PXM 0 [mem 0x00000000-0x02ffffff]");
    log.line("ACPI: SRAT: Node 1 PXM 1 [mem 0x03000000-0x04ffffff]");
    log.answer(48 * mib - 0x4000, 0x4000).line("NODE_DATA(0) allocated [mem 0x2ffc000-0x2ffffff]");
    log.answer(80 * mib - 0x4000, 0x4000).line("NODE_DATA(1) allocated [mem 0x4ffc000-0x4ffffff]");
    log.ask(0x1000, 64, 0).answer(48 * mib - 0x5000, 0x1000);
    log.dump({{16 * mib, 32 * mib, 0, 0}, {48 * mib, 32 * mib, 0, 1}},
             {{16 * mib, mib, 0, 0}, {48 * mib - 0x5000, 0x5000, 0, -1}, {80 * mib - 0x4000, 0x4000, 0, -1}});
    const Replay replay = replay_of(log);
    EXPECT_EQ(inferred(replay, "memblock_set_node(0x1000000, 0x2000000, memory, 0)"), 1u);
    EXPECT_EQ(inferred(replay, "memblock_set_node(0x3000000, 0x2000000, memory, 1)"), 1u);
    EXPECT_EQ(inferred(replay, "memblock_phys_alloc_try_nid(0x4000, 0x40, 1)"), 1u);
    EXPECT_AGREES(replay, 3, 1);
}

TEST(Replay, InfersNodesFromTheDumpAlone)
{
    Writer log;
    log.ask(0x1000, 64, 0).answer(48 * mib - 0x1000, 0x1000);
    log.dump({{16 * mib, 32 * mib, 0, 0}, {48 * mib, 32 * mib, 0, 1}}, {{48 * mib - 0x1000, 0x1000, 0, -1}});
    EXPECT_AGREES(replay_of(log), 1, 1);
}

TEST(Replay, InfersFlagsWhereMemoryWasAdded)
{
    Writer log;
    log.change("memblock_add", 16 * mib, 32 * mib).change("memblock_add", 48 * mib, 16 * mib);
    log.ask(mib, 4096).answer(47 * mib, mib);
    log.dump({{16 * mib, 32 * mib, 0, -1}, {48 * mib, 16 * mib, 4, -1}}, {{47 * mib, mib, 0, -1}});
    const Replay replay = replay_of(log);
    EXPECT_EQ(inferred(replay, "memblock_mark_nomap(0x3000000, 0x1000000)"), 1u);
    EXPECT_AGREES(replay, 1, 1);
}

TEST(Replay, KnowsTheLimitsOfX86)
{
    /*
     *     0     0x9f000     1M                     64M
     *     |  memory  |       |       memory         |
     *           [xx]                            [yyy]
     *           x below 1 MiB while the limit is there, y once it is raised
     */
    Writer log;
    log.line("Linux version 6.12.1 (x86_64-linux-gnu-gcc-12)").line("last_pfn = 0x4000 max_arch_pfn = 0x10000000000");
    log.change("memblock_add", 0x1000, 0x9e000, "e820__memblock_setup");
    log.change("memblock_add", mib, 63 * mib, "e820__memblock_setup");
    log.dump({{0x1000, 0x9e000, 0, -1}, {mib, 63 * mib, 0, -1}}, {});
    log.ask(0x2000, 4096).answer(0x9d000, 0x2000).ask(mib, 4096).answer(63 * mib, mib);
    const Replay replay = replay_of(log);
    EXPECT_EQ(inferred(replay, "memblock_set_current_limit(0x100000)"), 1u);
    EXPECT_EQ(inferred(replay, "memblock_set_current_limit(0x4000000)"), 1u);
    EXPECT_AGREES(replay, 2, 1);
}

TEST(Replay, KnowsThatMovableNodeTurnsTheSearch)
{
    Writer log;
    log.line("Linux version 6.12.1 (x86_64-linux-gnu-gcc-12)").line("Command line: movable_node");
    log.change("memblock_add", mib, 63 * mib, "e820__memblock_setup");
    log.dump({{mib, 63 * mib, 0, -1}}, {{mib, mib, 0, -1}});
    log.line("ACPI: SRAT: Node 0 PXM 0 [mem 0x00000000-0x03ffffff] hotplug");
    log.ask(0x1000, 4096).answer(2 * mib, 0x1000);
    log.line("Faking a node at [mem 0x0000000000000000-0x0000000003ffffff]");
    log.answer(64 * mib - 0x1000, 0x1000).line("NODE_DATA(0) allocated [mem 0x3fff000-0x3ffffff]");
    log.dump({{mib, 63 * mib, 0, 0}}, {{mib, mib + 0x1000, 0, 0}, {64 * mib - 0x1000, 0x1000, 0, -1}});
    const Replay replay = replay_of(log);
    EXPECT_EQ(inferred(replay, "memblock_set_bottom_up(true)"), 1u) << describe(replay);
    EXPECT_EQ(inferred(replay, "memblock_set_bottom_up(false)"), 1u);
}

TEST(Replay, KnowsHowCmaLooksForAnArea)
{
    /*
     *     1G              4G          6G
     *      |  memory       |  memory   |
     *                      [CMA]          from the bottom of what is above 4 GiB, though all else comes from the top
     */
    Writer log;
    log.dump({{gib, 5 * gib, 0, -1}}, {});
    log.answer(4 * gib, 64 * mib).line("cma: Reserved 64 MiB at 0x0000000100000000 on node -1");
    log.ask(mib, 4096).answer(6 * gib - mib, mib);
    const Replay replay = replay_of(log);
    EXPECT_EQ(inferred(replay, "memblock_set_bottom_up"), 2u);
    EXPECT_EQ(replay.unchecked, 0u);
    EXPECT_AGREES(replay, 2, 1);
    // Which alignment the area asked for is not shown.
    EXPECT_FALSE(replay.ambiguities.empty());
}

TEST(Replay, DoesNotCheckWhatItCannotExplain)
{
    Writer log;
    log.dump({{16 * mib, 48 * mib, 0, -1}}, {});
    log.answer(20 * mib + 0x123, 0x10).ask(mib, 4096).answer(63 * mib, mib);
    const Replay replay = replay_of(log);
    EXPECT_EQ(replay.unchecked, 1u);
    EXPECT_AGREES(replay, 1, 1);
}

/*
 *  Arrays of 4, of which the reserved one is full:
 *
 *    16M      20M      24M      28M      32M             64M
 *     |  [##]     [##]     [##]     [##]           [DD][a]|     a makes five, so the array moves to D
 */
TEST(Replay, KeepsADoublingInsideItsCall)
{
    Writer log;
    std::vector<Region> reserved;
    for (uint64_t i = 1; i <= 4; i++)
        reserved.push_back({(16 + 4 * i) * mib, mib, 0, -1});
    log.dump({{16 * mib, 48 * mib, 0, -1}}, reserved);
    log.ask(mib, 4096).answer(63 * mib, mib);
    log.line("memblock: reserved is doubled to 8 at [0x0000000003eff000-0x0000000003eff0bf]");
    log.change("memblock_reserve", 63 * mib - 0x1000, 0x1000, "memblock_double_array");
    std::vector<Region> after = reserved;
    after.push_back({63 * mib - 0x1000, mib + 0x1000, 0, -1});
    log.dump({{16 * mib, 48 * mib, 0, -1}}, after);
    const Replay replay = replay_of(log);
    EXPECT_EQ(inferred(replay, "memblock_allow_resize"), 1u);
    const BootReport report = compare(replay, 4);
    EXPECT_TRUE(report.agrees()) << describe(replay) << describe(report);
    EXPECT_EQ(report.doublings.equal, 1u);
    // With room for it, nothing doubles, and that is a difference.
    EXPECT_FALSE(compare(replay, 128).agrees());
}

TEST(Replay, RestoresWhatLostLinesDid)
{
    Writer log;
    log.dump({{16 * mib, 48 * mib, 0, -1}}, {});
    log.line("** 2 printk messages dropped **").ask(mib, 4096).answer(61 * mib, mib);
    log.dump({{16 * mib, 48 * mib, 0, -1}}, {{61 * mib, 3 * mib, 0, -1}});
    const Replay replay = replay_of(log);
    EXPECT_EQ(inferred(replay, "memblock_reserve(0x3e00000, 0x200000)"), 1u);
    EXPECT_NE(describe(replay).find("AMBIGUOUS"), std::string::npos);
    EXPECT_AGREES(replay, 1, 2);
}

TEST(Replay, SaysThatAStartWithoutADumpIsWeak)
{
    Writer log;
    log.line("  node   0: [mem 0x0000000001000000-0x0000000003ffffff]");
    log.ask(mib, 4096).answer(60 * mib, mib).ask(mib, 4096).answer(59 * mib, mib);
    const Replay replay = replay_of(log);
    EXPECT_TRUE(replay.incomplete);
    EXPECT_FALSE(replay.ambiguities.empty());
    // What lies above the first answer was passed over: it must have been taken.
    EXPECT_EQ(inferred(replay, "memblock_reserve(0x3d00000, 0x300000)"), 1u) << describe(replay);
    EXPECT_AGREES(replay, 2, 0);
}

TEST(Replay, DoesNotCompareADumpThatIsCutShort)
{
    std::string text = simple().text();
    text += text.substr(text.find("[    0.000000] MEMBLOCK"), 200);
    const Replay replay = build_replay(read_log(text));
    EXPECT_AGREES(replay, 2, 1);
    EXPECT_FALSE(replay.ambiguities.empty());
}

TEST(Replay, GivesAllPagesAwayAndComparesTheSum)
{
    Writer log = simple();
    log.line("SLUB: HWalign=64").line("Memory: 1K/49152K available (1K kernel code, 4096K reserved, 0K cma-reserved)");
    const Replay replay = replay_of(log);
    const BootReport report = compare(replay);
    EXPECT_TRUE(report.agrees()) << describe(report);
    EXPECT_EQ(report.buddy_pages, 44u * 256);
    EXPECT_TRUE(report.buddy_trouble.empty()) << report.buddy_trouble;
    Writer wrong = simple();
    wrong.line("Memory: 1K/49152K available (1K kernel code, 4100K reserved, 0K cma-reserved)");
    EXPECT_FALSE(compare(replay_of(wrong)).buddy_trouble.empty());
}

TEST(Replay, HugePagesMayBeManagedWhenTheSumIsPrinted)
{
    for (const auto &[reserved, agrees] : {std::pair{8192, true}, std::pair{4096, true}, std::pair{6144, false}}) {
        Writer log = simple();
        log.ask(4 * mib, 4 * mib, 0, "__alloc_bootmem_huge_page").answer(56 * mib, 4 * mib);
        log.line(fmt::format("Memory: 1K/49152K available (1K kernel code, {}K reserved, 0K cma-reserved)", reserved));
        const BootReport report = compare(replay_of(log));
        EXPECT_EQ(report.buddy_trouble.empty(), agrees) << reserved << describe(report);
    }
}

TEST(Replay, KnowsHowOldKernelsPrintAnEmptyArray)
{
    Writer log;
    log.line("Linux version 6.1.0-56-cloud-arm64 (gcc-12)").line("MEMBLOCK configuration:");
    log.line(" memory size = 0x0000000000000000 reserved size = 0x0000000000001000").line(" memory.cnt  = 0x1");
    log.line(" memory[0x0]\t[0x0000000000000000-0xffffffffffffffff], 0x0000000000000000 bytes flags: 0x0");
    log.line(" reserved.cnt  = 0x1");
    log.line(' ' + dump_line(MBLAB_TYPE_reserved, 0, {0x1000, 0x1000, 0, -1}));
    log.change("memblock_add", 16 * mib, 48 * mib);
    EXPECT_AGREES(replay_of(log), 0, 1);
    // The newest kernel does not.
    EXPECT_FALSE(compare(build_replay(read_log(log.text()), {})).agrees());
}

TEST(Replay, SurvivesContradictions)
{
    // Each line by itself is well formed; together they are no boot.
    Writer log;
    for (uint64_t i = 0; i < 200; i++) {
        log.answer(i * 0x800, 0x1000)
            .ask(i, i, static_cast<int>(i % 5))
            .change("memblock_phys_free", UINT64_MAX - i, i);
        if (i % 50 == 0)
            log.dump({{i * mib, 3 * mib, 7, 1}, {mib, 3 * mib, 0, -1}}, {{0, UINT64_MAX, 16, 9}});
    }
    const Replay replay = replay_of(log);
    EXPECT_EQ(replay.notes.size(), replay.trace.steps.size());
    EXPECT_FALSE(compare(replay).disagreement.empty());
}

TEST(Replay, EndsOnRequestsForNothing)
{
    // Where nothing is asked for, every place is good, taken ones as well: no reservation explains a better one.
    Writer log;
    log.line("  node   0: [mem 0x0000000001000000-0x0000000001ffffff]");
    log.line("  node   1: [mem 0x0000000002000000-0x0000000003ffffff]");
    log.ask(mib, 4096).answer(31 * mib, mib).change("memblock_reserve", 32 * mib, 32 * mib);
    log.ask(0, 4096).answer(20 * mib, 0).ask(0, 1, 1).answer(17 * mib, 0).ask(mib, 4096, 1).answer(17 * mib, mib);
    const Replay replay = replay_of(log);
    EXPECT_TRUE(replay.incomplete);
}

TEST(Replay, ComparesTheFilesOfKernelsThatSayNoNodes)
{
    // Where memblock_free_all() sets the nodes of what is reserved, the range is cut at the border of two.
    Writer log;
    log.line("Linux version 6.1.0-56-cloud-arm64 (gcc-12)")
        .line("ACPI: SRAT: Node 0 PXM 0 [mem 0x00000000-0x02ffffff]");
    log.line("ACPI: SRAT: Node 1 PXM 1 [mem 0x03000000-0x04ffffff]");
    log.dump({{16 * mib, 32 * mib, 0, 0}, {48 * mib, 32 * mib, 0, 1}}, {{47 * mib, 2 * mib, 0, -1}});
    log.line("SLUB: HWalign=64");
    log.raw("=== debugfs memory\n   0: 0x1000000..0x2ffffff\n   1: 0x3000000..0x4ffffff\n");
    log.raw("=== debugfs reserved\n   0: 0x2f00000..0x30fffff\n===\n");
    for (const bool sets_nodes : {false, true}) {
        LogDialect spoken = dialect_shown_by(read_log(log.text()));
        spoken.dialect.free_all_sets_nodes = sets_nodes;
        const Replay replay = build_replay(read_log(log.text()), spoken);
        Model model({MBLAB_CONFIG_numa | MBLAB_CONFIG_keep | MBLAB_CONFIG_debugfs, 16, 128, 128}, spoken.dialect);
        const BootReport report = compare_boot(replay, model);
        EXPECT_EQ(report.agrees(), !sets_nodes) << describe(replay) << describe(report);
        EXPECT_EQ(report.debugfs.total, 2u);
    }
}

/*
 *  Of a kernel that keeps node and flags of what it reserves. k: the kernel's, n: of node 0, r: by name, unmarked.
 *
 *    1M        16M                   64M
 *     | scratch |  [kk]     [nn][aa][r]|
 */
Writer newer()
{
    const auto reserve = [](uint64_t start, uint64_t size, int nid, int flags, std::string_view caller) {
        return fmt::format("__memblock_reserve: [{:#018x}-{:#018x}] nid={} flags={:x} {}+0x1/0x2", start,
                           start + size - 1, nid, flags, caller);
    };
    Writer log;
    log.change("memblock_add", mib, 63 * mib).line(reserve(63 * mib, mib, -1, 0, "setup_arch"));
    log.dump({{mib, 15 * mib, 0x40, -1}, {16 * mib, 48 * mib, 0, -1}},
             {{20 * mib, mib, 0x20, -1}, {63 * mib, mib, 0, -1}});
    log.ask(mib, 4096).line(reserve(62 * mib, mib, -1, 0x20, "memblock_alloc_range_nid"));
    log.line("NUMA: Faking a node at [mem 0x0000000000000000-0x0000000003ffffff]");
    log.line(reserve(61 * mib, mib, 0, 0x20, "memblock_alloc_range_nid"));
    log.line("NODE_DATA(0) allocated [mem 0x3d00000-0x3dfffff]");
    log.dump({{mib, 63 * mib, 0, 0}}, {{20 * mib, mib, 0x20, 0}, {61 * mib, 2 * mib, 0x20, 0}, {63 * mib, mib, 0, 0}});
    return log;
}

TEST(Replay, TakesNodesAndFlagsFromTheLog)
{
    const Replay replay = replay_of(newer());
    EXPECT_EQ(inferred(replay, "memblock_reserve_kern(0x1400000, 0x100000)"), 1u);
    EXPECT_EQ(inferred(replay, "memblock_mark_kho_scratch(0x100000, 0xf00000)"), 1u);
    EXPECT_EQ(inferred(replay, "memblock_clear_kho_scratch(0x100000, 0xf00000)"), 1u);
    EXPECT_AGREES(replay, 2, 2);
}

TEST(Replay, ComparesPlacesAloneWithAnotherDialect)
{
    const Replay replay = replay_of(newer());
    Dialect older = dialect_shown_by(read_log(simple().text())).dialect;
    older.functions[MBLAB_OP___memblock_reserve] = false;
    older.functions[MBLAB_OP_memblock_reserve_kern] = false;
    Model model({MBLAB_CONFIG_numa, 16, 128, 128}, older);
    const BootReport report = compare_boot(replay, model);
    EXPECT_TRUE(report.agrees()) << describe(report);
    EXPECT_FALSE(report.speaks_as_log);
    EXPECT_EQ(report.allocations.equal, 2u);
    EXPECT_EQ(report.dumps.total, 0u);
    EXPECT_NE(describe(report).find("another dialect"), std::string::npos);
}

TEST(Replay, ReadsTheDialectOfTheLog)
{
    EXPECT_TRUE(replay_of(newer()).spoken.dialect.means_the_same_as({}));
    const Dialect older = replay_of(simple()).spoken.dialect;
    EXPECT_FALSE(older.alloc_marks_kern || older.alloc_keeps_node || older.reserve_has_no_node);
}

/*
 *  Arrays of 4 that grow to 8, then to 16. Then the first of the new ones, D, is given back.
 */
TEST(Replay, GivesBackTheArrayThatASecondDoublingLeaves)
{
    Writer log;
    std::vector<Region> reserved;
    for (uint64_t i = 1; i <= 4; i++)
        reserved.push_back({(16 + 2 * i) * mib, mib, 0, -1});
    log.dump({{16 * mib, 48 * mib, 0, -1}}, reserved);
    log.change("memblock_reserve", 26 * mib, mib);
    log.line("memblock: reserved is doubled to 8 at [0x0000000003fff000-0x0000000003fff0bf]");
    log.change("memblock_reserve", 64 * mib - 0x1000, 0x1000, "memblock_double_array");
    for (uint64_t i = 6; i <= 8; i++)
        log.change("memblock_reserve", (16 + 2 * i) * mib, mib);
    log.line("memblock: reserved is doubled to 16 at [0x0000000003ffe000-0x0000000003ffe17f]");
    log.change("memblock_phys_free", 64 * mib - 0x1000, 0x1000, "memblock_double_array");
    log.change("memblock_reserve", 64 * mib - 0x2000, 0x1000, "memblock_double_array");
    const Replay replay = replay_of(log);
    const BootReport report = compare(replay, 4);
    EXPECT_TRUE(report.agrees()) << describe(replay) << describe(report);
    EXPECT_EQ(report.doublings.equal, 2u);
    for (const Step &step : replay.trace.steps)
        EXPECT_NE(step.op.kind, MBLAB_OP_memblock_phys_free) << print_step(step);
}

} // namespace
} // namespace mblab
