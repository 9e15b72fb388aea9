// SPDX-License-Identifier: GPL-2.0-or-later
// The lines of the rest of the kernel that tell of calls which memblock made or took in silence.
#include "apps/boot/memblock_lines.hpp"
#include "apps/boot/scan.hpp"

#include <algorithm>

namespace mblab::boot {
namespace {

/// Reads what follows the prefix of its table entry. False when the line is not of the kind after all.
using Reader = bool (*)(Scan scan, Event &event, Record &out);

bool read_firmware_range(Scan scan, Event &event, Record &out)
{
    event.kind = EventKind::firmware_range;
    if (!scan.range(event.start, event.size) || !scan.literal(" "))
        return false;
    event.flags = scan.rest().starts_with("usable");
    event.text = scan.rest();
    if (out.log.arch == Arch::unknown)
        out.log.arch = Arch::x86_64;
    return true;
}

bool read_last_pfn(Scan scan, Event &event, Record &)
{
    event.kind = EventKind::last_pfn;
    return scan.hex(event.count);
}

bool read_srat(Scan scan, Event &event, Record &)
{
    event.kind = EventKind::srat;
    uint64_t domain = 0;
    if (!scan.signed_decimal(event.nid) || !scan.literal(" PXM ") || !scan.decimal(domain) || !scan.literal(" ") ||
        !scan.range(event.start, event.size))
        return false;
    event.flags = scan.rest().find("hotplug") != std::string_view::npos;
    return true;
}

bool read_faked_node(Scan scan, Event &event, Record &)
{
    event.kind = EventKind::faked_node;
    event.nid = 0;
    return scan.range(event.start, event.size);
}

bool read_joined_node(Scan scan, Event &event, Record &)
{
    event.kind = EventKind::joined_node;
    return scan.signed_decimal(event.nid) && scan.skip_past("-> ") && scan.range(event.start, event.size);
}

bool read_node_data(Scan scan, Event &event, Record &)
{
    event.kind = EventKind::node_data;
    return scan.signed_decimal(event.nid) && scan.literal(") allocated ") && scan.range(event.start, event.size);
}

/// Kernels before 6.12 on arm64 do not say of which node.
bool read_some_node_data(Scan scan, Event &event, Record &)
{
    event.kind = EventKind::node_data;
    return scan.range(event.start, event.size);
}

bool read_early_range(Scan scan, Event &event, Record &)
{
    event.kind = EventKind::early_range;
    scan.blanks();
    return scan.signed_decimal(event.nid) && scan.literal(": ") && scan.range(event.start, event.size);
}

bool read_numa_absent(Scan, Event &event, Record &)
{
    event.kind = EventKind::numa_absent;
    return true;
}

bool read_mirrored(Scan scan, Event &event, Record &)
{
    event.kind = EventKind::mirrored;
    return scan.rest().find("mirrored memory") != std::string_view::npos;
}

bool read_cma(Scan scan, Event &event, Record &)
{
    event.kind = EventKind::cma;
    if (!scan.decimal(event.count) || !scan.literal(" MiB at ") || !scan.hex(event.start))
        return false;
    return !scan.literal(" on node ") || scan.signed_decimal(event.nid);
}

bool read_slab_up(Scan, Event &event, Record &)
{
    event.kind = EventKind::slab_up;
    return true;
}

/// "1989652K/2096632K available (16384K kernel code, ..., 102764K reserved, 0K cma-reserved)".
bool read_memory_line(Scan scan, Event &event, Record &)
{
    event.kind = EventKind::memory_line;
    if (!scan.decimal(event.start) || !scan.literal("K/") || !scan.decimal(event.end) || !scan.literal("K available ("))
        return false;
    const std::string_view facts = scan.rest();
    const auto number_before = [&](std::string_view what, uint64_t &value) {
        size_t at = facts.find(what);
        if (at == std::string_view::npos)
            return false;
        const size_t digits = facts.find_last_not_of("0123456789", at - 1) + 1;
        return at != 0 && Scan(facts.substr(digits)).decimal(value);
    };
    number_before("K cma-reserved", event.align);
    return number_before("K reserved", event.size);
}

/// "initrd memory: 1008K", and the like.
bool read_freeing(Scan scan, Event &event, Record &)
{
    event.kind = EventKind::freeing;
    const std::string_view what = scan.rest().substr(0, scan.rest().find(" memory: "));
    if (!scan.skip_past(" memory: ") || !scan.decimal(event.count) || !scan.literal("K"))
        return false;
    event.text = what;
    return true;
}

bool read_version(Scan scan, Event &, Record &out)
{
    const std::string_view version = scan.rest().substr(0, scan.rest().find(' '));
    if (out.log.kernel.empty())
        out.log.kernel = version;
    const auto says = [&](std::string_view word) { return scan.rest().find(word) != std::string_view::npos; };
    if (says("arm64") || says("aarch64"))
        out.log.arch = Arch::arm64;
    else if (says("amd64") || says("x86_64"))
        out.log.arch = Arch::x86_64;
    return false;
}

bool read_command_line(Scan scan, Event &, Record &out)
{
    out.log.command_line = scan.rest().substr(0, scan.rest().find_last_not_of(" \t") + 1);
    return false;
}

bool read_arm64(Scan, Event &, Record &out)
{
    if (out.log.arch == Arch::unknown)
        out.log.arch = Arch::arm64;
    return false;
}

bool read_x86_64(Scan, Event &, Record &out)
{
    if (out.log.arch == Arch::unknown)
        out.log.arch = Arch::x86_64;
    return false;
}

bool read_nr_cpus(Scan scan, Event &, Record &out)
{
    return !scan.decimal(out.log.nr_cpus) && false;
}

/// "** 1020 printk messages dropped **".
bool read_dropped(Scan scan, Event &event, Record &)
{
    event.kind = EventKind::lost;
    return scan.decimal(event.count) && scan.rest().find("messages dropped") != std::string_view::npos;
}

struct Evidence {
    std::string_view prefix;
    Reader read;
};

constexpr Evidence evidence[] = {
    {"BIOS-e820: ", read_firmware_range},
    {"user: ", read_firmware_range},
    {"modified: ", read_firmware_range},
    {"last_pfn = ", read_last_pfn},
    {"ACPI: SRAT: Node ", read_srat},
    {"SRAT: Node ", read_srat},
    {"Faking a node at ", read_faked_node},
    {"NUMA: Faking a node at ", read_faked_node},
    {"NUMA: Node ", read_joined_node},
    {"No NUMA configuration found", read_numa_absent},
    {"NUMA: No NUMA configuration found", read_numa_absent},
    {"NODE_DATA(", read_node_data},
    {"NUMA: NODE_DATA(", read_node_data},
    {"NUMA: NODE_DATA ", read_some_node_data},
    {"  node ", read_early_range},
    {"efi: Memory: ", read_mirrored},
    {"cma: Reserved ", read_cma},
    {"SLUB: ", read_slab_up},
    {"SLAB: ", read_slab_up},
    {"Memory: ", read_memory_line},
    {"Freeing ", read_freeing},
    {"Linux version ", read_version},
    {"Command line: ", read_command_line},
    {"Kernel command line: ", read_command_line},
    {"Booting Linux on physical CPU", read_arm64},
    {"psci: ", read_arm64},
    {"arch_timer: ", read_arm64},
    {"CPU features: ", read_arm64},
    {"x86/", read_x86_64},
    {"tsc: ", read_x86_64},
    {"smpboot: ", read_x86_64},
    {"IOAPIC[", read_x86_64},
    {"setup_percpu: NR_CPUS:", read_nr_cpus},
    {"rcu: \tRCU restricting CPUs from NR_CPUS=", read_nr_cpus},
    {"** ", read_dropped},
};

/// "  40200000-41a7ffff : Kernel code", as /proc/iomem has it.
bool read_iomem(std::string_view message, Event &event)
{
    event.kind = EventKind::iomem;
    const size_t indent = message.find_first_not_of(' ');
    if (indent == std::string_view::npos)
        return false;
    Scan scan(message.substr(indent));
    uint64_t last = 0;
    if (!scan.hex(event.start) || !scan.literal("-") || !scan.hex(last) || !scan.literal(" : ") || last < event.start)
        return false;
    event.nid = static_cast<int32_t>(indent / 2);
    event.size = last - event.start + 1;
    event.text = scan.rest();
    return true;
}

} // namespace

void read_message(std::string_view message, Record &out)
{
    if (read_memblock_line(message, out))
        return;
    Event event;
    for (const Evidence &known : evidence)
        if (message.starts_with(known.prefix)) {
            if (known.read(Scan(message.substr(known.prefix.size())), event, out))
                out.events.push_back(std::move(event));
            return;
        }
    if (read_iomem(message, event))
        out.events.push_back(std::move(event));
}

bool parse_size(std::string_view text, uint64_t &size)
{
    Scan scan(text);
    const bool is_hex = text.starts_with("0x") || text.starts_with("0X");
    if (!(is_hex ? scan.hex(size) : scan.decimal(size)))
        return false;
    constexpr std::string_view units = "KMGTPE";
    if (scan.at_end())
        return true;
    const size_t unit = units.find(static_cast<char>(scan.rest()[0] & ~0x20));
    if (unit == std::string_view::npos || size > UINT64_MAX >> (10 * (unit + 1)))
        return false;
    size <<= 10 * (unit + 1);
    return true;
}

} // namespace mblab::boot
