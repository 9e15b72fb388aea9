// SPDX-License-Identifier: GPL-2.0-or-later
// Starting layouts out of the memory maps that machines have.
#include "apps/boot/layout.hpp"
#include "apps/boot/simulation.hpp"
#include "core/base/error.hpp"

#include <gtest/gtest.h>

#include <libfdt.h>

namespace mblab {
namespace {

/// What a trace sets up.
boot::Simulation simulation_of(const Trace &trace)
{
    boot::Simulation simulation;
    for (const Step &step : trace.steps)
        simulation.run(step.op);
    return simulation;
}

boot::Simulation read(std::string_view text, LayoutKind kind = LayoutKind::automatic)
{
    return simulation_of(read_layout(text, "test", kind).trace);
}

TEST(Layout, OfIomem)
{
    /*
     *   40000000                                   bfffffff
     *      [ System RAM                                ]
     *         [code]    [reserved]                            and no PCI, nor what lies two levels down
     */
    const boot::Simulation simulation = read("09000000-09000fff : pl011@9000000\n"
                                             "  09000000-09000fff : 9000000.pl011 pl011@9000000\n"
                                             "40000000-bfffffff : System RAM\n"
                                             "  40200000-41a7ffff : Kernel code\n"
                                             "  48000000-480f1fff : reserved\n"
                                             "    48000000-48000fff : deeper\n"
                                             "4010000000-401fffffff : PCI ECAM\n");
    ASSERT_EQ(simulation.memory().size(), 1u);
    EXPECT_EQ(simulation.memory()[0].size, 0x80000000u);
    EXPECT_EQ(simulation.reserved().size(), 2u);
}

TEST(Layout, OfE820InSeveralSpellings)
{
    for (const char *text : {"BIOS-e820: [mem 0x0000000000001000-0x000000000009fbff] usable\n"
                             "BIOS-e820: [mem 0x000000000009fc00-0x000000000009ffff] reserved\n",
                             "0x1000-0x9fbff usable\n0x9fc00-0x9ffff reserved", "[mem 0x1000-0x9fbff] System RAM\n"}) {
        const boot::Simulation simulation = read(text);
        ASSERT_EQ(simulation.memory().size(), 1u) << text;
        EXPECT_EQ(simulation.end_of_memory(), 0x9f000u) << text;
    }
}

TEST(Layout, OfDebugfs)
{
    const boot::Simulation simulation = read("=== debugfs memory\n"
                                             "   0: 0x0000000040000000..0x000000007fffffff    0 NONE\n"
                                             "   1: 0x0000000080000000..0x00000000bfffffff    1 NOMAP\n"
                                             "=== debugfs reserved\n"
                                             "   0: 0x0000000040200000..0x0000000041a7ffff    0 NONE\n");
    ASSERT_EQ(simulation.memory().size(), 2u);
    EXPECT_EQ(simulation.memory()[1].nid, 1);
    EXPECT_EQ(simulation.memory()[1].flags, 4u);
    EXPECT_EQ(simulation.reserved().size(), 1u);
}

TEST(Layout, OfALogIsWhatWasThereBeforeTheFirstAllocation)
{
    const boot::Simulation simulation =
        read("memblock_add: [0x0000000001000000-0x0000000003ffffff] setup_arch+0x1/0x2\n"
             "memblock_reserve: [0x0000000001000000-0x0000000001ffffff] setup_arch+0x1/0x2\n"
             "memblock_phys_alloc_range: 4096 bytes align=0x1000 from=0x0 max_addr=0x0 a+0x1/0x2\n"
             "memblock_reserve: [0x0000000003fff000-0x0000000003ffffff] memblock_alloc_range_nid+0x1/0x2\n");
    EXPECT_EQ(total_size(simulation.memory()), 0x3000000u);
    EXPECT_EQ(total_size(simulation.reserved()), 0x1000000u);
}

/// A tree of two memory nodes, a reservation, and reserved memory of both kinds.
std::string device_tree()
{
    std::string blob(4096, '\0');
    void *fdt = blob.data();
    fdt_create(fdt, static_cast<int>(blob.size()));
    fdt_add_reservemap_entry(fdt, 0x48000000, 0x1000);
    fdt_finish_reservemap(fdt);
    fdt_begin_node(fdt, "");
    fdt_property_u32(fdt, "#address-cells", 2);
    fdt_property_u32(fdt, "#size-cells", 1);
    const auto node = [&](const char *name, uint64_t start, uint32_t size, auto more) {
        const fdt32_t reg[3] = {cpu_to_fdt32(static_cast<uint32_t>(start >> 32)),
                                cpu_to_fdt32(static_cast<uint32_t>(start)), cpu_to_fdt32(size)};
        fdt_begin_node(fdt, name);
        fdt_property(fdt, "reg", reg, sizeof reg);
        more();
        fdt_end_node(fdt);
    };
    node("memory@40000000", 0x40000000, 0x10000000, [&] { fdt_property_string(fdt, "device_type", "memory"); });
    node("memory@100000000", 0x100000000, 0x10000000, [&] {
        fdt_property_string(fdt, "device_type", "memory");
        fdt_property_u32(fdt, "numa-node-id", 1);
    });
    fdt_begin_node(fdt, "reserved-memory");
    fdt_property_u32(fdt, "#address-cells", 2);
    fdt_property_u32(fdt, "#size-cells", 1);
    node("keep@44000000", 0x44000000, 0x1000, [] {});
    node("hide@45000000", 0x45000000, 0x1000, [&] { fdt_property(fdt, "no-map", nullptr, 0); });
    fdt_end_node(fdt);
    fdt_end_node(fdt);
    fdt_finish(fdt);
    blob.resize(fdt_totalsize(fdt));
    return blob;
}

TEST(Layout, OfADeviceTree)
{
    const boot::Simulation simulation = read(device_tree());
    EXPECT_EQ(simulation.end_of_memory(), 0x110000000u);
    EXPECT_EQ(simulation.memory().back().nid, 1);
    EXPECT_EQ(simulation.reserved().size(), 2u);
    const Region *hidden = region_at(simulation.memory(), 0x45000000);
    ASSERT_NE(hidden, nullptr);
    EXPECT_EQ(hidden->flags, 4u);
}

/// A tree of 64-bit cells with one memory node and what else build adds to the root.
template <typename Build> std::string tree_with(uint64_t memory_size, Build build)
{
    std::string blob(4096, '\0');
    void *fdt = blob.data();
    fdt_create(fdt, static_cast<int>(blob.size()));
    fdt_finish_reservemap(fdt);
    fdt_begin_node(fdt, "");
    const auto cells = [&] {
        fdt_property_u32(fdt, "#address-cells", 2);
        fdt_property_u32(fdt, "#size-cells", 2);
    };
    const auto pair = [&](const char *name, uint64_t start, uint64_t size) {
        const fdt64_t value[2] = {cpu_to_fdt64(start), cpu_to_fdt64(size)};
        fdt_property(fdt, name, value, sizeof value);
    };
    cells();
    fdt_begin_node(fdt, "memory@40000000");
    fdt_property_string(fdt, "device_type", "memory");
    pair("reg", 0x40000000, memory_size);
    fdt_end_node(fdt);
    build(fdt, cells, pair);
    fdt_end_node(fdt);
    fdt_finish(fdt);
    blob.resize(fdt_totalsize(fdt));
    return blob;
}

std::string refusal_of(std::string_view text)
{
    try {
        read_layout(text, "test", LayoutKind::automatic);
    } catch (const Error &error) {
        return error.what();
    }
    return "";
}

TEST(Layout, RefusesADeviceTreeWhoseMemoryHasNoSize)
{
    const std::string why = refusal_of(tree_with(0, [](auto...) {}));
    EXPECT_NE(why.find("/sys/firmware/fdt"), std::string::npos) << why;
    EXPECT_NE(refusal_of("/dts-v1/;\n/ { };\n").find("dtc"), std::string::npos);
}

TEST(Layout, PlacesWhatADeviceTreeLeavesToTheKernel)
{
    /*
     *    40000000   42000000                  50000000 .. 80000000
     *      [ memory    [ alloc-ranges            ]         ]
     *                              [CMA: 16 MiB  ]
     */
    const std::string blob = tree_with(0x40000000, [](void *fdt, auto cells, auto pair) {
        fdt_begin_node(fdt, "reserved-memory");
        cells();
        fdt_begin_node(fdt, "linux,cma");
        fdt_property(fdt, "reusable", nullptr, 0);
        fdt_property_u64(fdt, "size", 0x1000000);
        fdt_property_u64(fdt, "alignment", 0x2000);
        pair("alloc-ranges", 0x42000000, 0xe000000);
        fdt_end_node(fdt);
        fdt_begin_node(fdt, "secure");
        fdt_property(fdt, "no-map", nullptr, 0);
        fdt_property_u64(fdt, "size", 0x100000);
        fdt_end_node(fdt);
        fdt_begin_node(fdt, "too-large");
        fdt_property_u64(fdt, "size", 0x100000000);
        fdt_end_node(fdt);
        fdt_end_node(fdt);
    });
    const Layout layout = read_layout(blob, "test", LayoutKind::automatic);
    const boot::Simulation simulation = simulation_of(layout.trace);
    EXPECT_NE(region_at(simulation.reserved(), 0x4f000000), nullptr);
    EXPECT_NE(region_at(simulation.reserved(), 0x7ff00000), nullptr);
    EXPECT_EQ(region_at(simulation.memory(), 0x7ff00000)->flags, 4u);
    EXPECT_EQ(total_size(simulation.reserved()), 0x1100000u);
    EXPECT_NE(print_layout(layout).find("# /reserved-memory/too-large: no room"), std::string::npos);
}

TEST(Layout, TakesWhatABootLoaderLeft)
{
    const std::string blob = tree_with(0x40000000, [](void *fdt, auto, auto pair) {
        fdt_begin_node(fdt, "chosen");
        pair("linux,usable-memory-range", 0x50000000, 0x10000000);
        pair("linux,elfcorehdr", 0x5f000000, 0x1000);
        fdt_property_u64(fdt, "linux,initrd-start", 0x52000000);
        fdt_property_u64(fdt, "linux,initrd-end", 0x52800000);
        fdt_end_node(fdt);
    });
    const boot::Simulation simulation = read(blob);
    EXPECT_EQ(total_size(simulation.memory()), 0x10000000u);
    EXPECT_EQ(simulation.end_of_memory(), 0x60000000u);
    EXPECT_EQ(total_size(simulation.reserved()), 0x801000u);
}

TEST(Layout, RefusesBrokenDeviceTrees)
{
    const std::string blob = device_tree();
    for (size_t length = 4; length < blob.size(); length += 7)
        EXPECT_THROW(read_layout(blob.substr(0, length), "cut", LayoutKind::automatic), Error) << length;
    for (size_t at = 4; at < blob.size(); at++) {
        std::string broken = blob;
        broken[at] = static_cast<char>(broken[at] ^ 0xff);
        try {
            read_layout(broken, "broken", LayoutKind::dtb);
        } catch (const Error &) {
        }
    }
}

TEST(Layout, RefusesWhatHasNoMemory)
{
    EXPECT_THROW(read_layout("", "empty", LayoutKind::automatic), Error);
    EXPECT_THROW(read_layout("hello\n", "text", LayoutKind::automatic), Error);
    // Without the rights to see addresses, all of /proc/iomem is at 0.
    EXPECT_THROW(read_layout("hello\n", "text", LayoutKind::iomem), Error);
    EXPECT_THROW(layout_kind("acpi"), Error);
}

} // namespace
} // namespace mblab
