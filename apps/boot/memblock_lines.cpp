// SPDX-License-Identifier: GPL-2.0-or-later
// The lines that memblock itself prints: memblock=debug, dumps, and its debugfs files.
#include "apps/boot/memblock_lines.hpp"
#include "apps/boot/scan.hpp"

#include <fmt/format.h>

#include <array>

namespace mblab {
namespace {

constexpr std::array<std::string_view, 3> type_names = {"memory", "reserved", "physmem"};

} // namespace

std::string dump_line(mblab_type type, uint64_t index, const Region &region, bool with_node)
{
    const std::string node = with_node ? fmt::format(" on node {}", region.nid) : std::string();
    return fmt::format(" {}[{:#x}]\t[{:#018x}-{:#018x}], {:#018x} bytes{} flags: {:#x}", type_name(type), index,
                       region.base, region.base + region.size - 1, region.size, node, region.flags);
}

namespace boot {
namespace {

bool type_of(std::string_view name, mblab_type &type)
{
    for (uint8_t i = 0; i < type_names.size(); i++)
        if (type_names[i] == name) {
            type = static_cast<mblab_type>(i);
            return true;
        }
    return false;
}

/// "28672 bytes align=0x1000 nid=-1 from=0x0 max_addr=0x0 caller"; nid is not in all of them.
bool read_allocation(Scan &scan, Event &event)
{
    event.kind = EventKind::allocation;
    if (!scan.decimal(event.size) || !scan.literal(" bytes align=") || !scan.hex(event.align))
        return false;
    if (scan.literal(" nid=") && !scan.signed_decimal(event.nid))
        return false;
    return scan.literal(" from=") && scan.hex(event.start) && scan.literal(" max_addr=") && scan.hex(event.end);
}

/// "[0x0-0xfff] nid=0 flags=0 caller"; nid and flags are in some.
bool read_change(Scan &scan, Event &event)
{
    event.kind = EventKind::change;
    if (!scan.range(event.start, event.size))
        return false;
    uint64_t flags = 0;
    if (scan.literal(" nid=") && !scan.signed_decimal(event.nid))
        return false;
    if (scan.literal(" flags=") && !scan.hex(flags))
        return false;
    event.flags = static_cast<uint32_t>(flags);
    return true;
}

/// The name of a call that prints a line, as the op that it is; false when the text only mentions it.
bool read_call_name(Scan &scan, Event &event)
{
    const std::string_view name = scan.identifier();
    if (!scan.literal(": "))
        return false;
    const std::optional<uint16_t> kind = find_op(name);
    if (!kind)
        return false;
    event.op = *kind;
    return true;
}

/// Where in the text a call that prints may be named next.
size_t next_call(std::string_view text)
{
    return text.find("memblock_");
}

/// Calls named anywhere in the text: two writers may have shared the line.
void read_calls(std::string_view text, Record &out)
{
    for (size_t at = next_call(text); at != std::string_view::npos; at = next_call(text)) {
        Scan scan(text.substr(at));
        Event event;
        if (!read_call_name(scan, event)) {
            text.remove_prefix(at + 9);
            continue;
        }
        out.log.memblock_lines++;
        const bool allocates = op_info(event.op).family == Family::alloc;
        if (allocates ? read_allocation(scan, event) : read_change(scan, event)) {
            scan.blanks();
            Scan caller = scan;
            event.text = caller.identifier();
        } else {
            out.log.unreadable++;
            event = {};
            event.kind = EventKind::lost;
            event.count = 1;
        }
        out.events.push_back(std::move(event));
        text = scan.rest();
    }
}

bool read_doubled(Scan scan, Record &out)
{
    Event event;
    event.kind = EventKind::doubled;
    if (!scan.literal("memblock: ") || !type_of(scan.identifier(), event.type) || !scan.literal(" is doubled to ") ||
        !scan.decimal(event.count) || !scan.literal(" at ") || !scan.range(event.start, event.size))
        return false;
    out.events.push_back(std::move(event));
    return true;
}

bool read_dump_totals(Scan scan, Event &event)
{
    event.kind = EventKind::dump_totals;
    return scan.literal("memory size = ") && scan.hex(event.start) && scan.literal(" reserved size = ") &&
           scan.hex(event.end);
}

bool read_dump_count(Scan scan, Event &event)
{
    event.kind = EventKind::dump_count;
    if (!type_of(scan.identifier(), event.type) || !scan.literal(".cnt"))
        return false;
    scan.blanks();
    return scan.literal("= ") && scan.hex(event.count);
}

bool read_dump_region(Scan scan, Event &event)
{
    event.kind = EventKind::dump_region;
    uint64_t size = 0, flags = 0;
    if (!type_of(scan.identifier(), event.type) || !scan.literal("[") || !scan.hex(event.count) || !scan.literal("]"))
        return false;
    scan.blanks();
    if (!scan.range(event.start, event.size) || !scan.literal(", ") || !scan.hex(size) || !scan.literal(" bytes"))
        return false;
    if (scan.literal(" on node ") && !scan.signed_decimal(event.nid))
        return false;
    if (!scan.literal(" flags: ") || !scan.hex(flags) || size != event.size)
        return false;
    event.flags = static_cast<uint32_t>(flags);
    return true;
}

/// A line of a dump as the kernel would print it now: tabs back, nothing behind it.
std::string dump_text(std::string_view line)
{
    line = line.substr(0, line.find_last_not_of(" \t") + 1);
    const size_t escaped = line.find("#011");
    if (escaped == std::string_view::npos)
        return std::string(line);
    return fmt::format("{}\t{}", line.substr(0, escaped), line.substr(escaped + 4));
}

bool read_dump_line(std::string_view message, Record &out)
{
    Scan scan(message);
    scan.blanks();
    // Cheap, and false for nearly every line of a log.
    if (!scan.rest().starts_with("MEMBLOCK") && !scan.rest().starts_with("memory") &&
        !scan.rest().starts_with("reserved") && !scan.rest().starts_with("physmem"))
        return false;
    Event event;
    if (scan.rest().starts_with("MEMBLOCK configuration:"))
        event.kind = EventKind::dump_begin;
    else if (Event totals; read_dump_totals(scan, totals))
        event = totals;
    else if (Event count; read_dump_count(scan, count))
        event = count;
    else if (Event region; read_dump_region(scan, region))
        event = region;
    else
        return false;
    event.text = dump_text(message);
    out.log.memblock_lines++;
    out.events.push_back(std::move(event));
    return true;
}

uint32_t flags_of(std::string_view names)
{
    constexpr std::array<std::string_view, 5> known = {"HOTPLUG", "MIRROR", "NOMAP", "DRV_MNG", "RSV_NIT"};
    uint32_t flags = 0;
    for (uint32_t bit = 0; bit < known.size(); bit++)
        if (names.find(known[bit]) != std::string_view::npos)
            flags |= 1u << bit;
    return flags;
}

/// "   0: 0x40000000..0xbfffffff    0 NONE"; older kernels print neither node nor flags.
bool read_debugfs_region(std::string_view message, Record &out)
{
    if (out.debugfs == MBLAB_TYPE_none)
        return false;
    Scan scan(message);
    Event event;
    event.kind = EventKind::debugfs_region;
    event.type = out.debugfs;
    uint64_t last = 0;
    scan.blanks();
    if (!scan.decimal(event.count) || !scan.literal(": ") || !scan.hex(event.start) || !scan.literal("..") ||
        !scan.hex(last))
        return false;
    event.size = last - event.start + 1;
    scan.blanks();
    if (scan.signed_decimal(event.nid))
        event.flags = flags_of(scan.rest());
    event.text = dump_text(message);
    out.log.memblock_lines++;
    out.events.push_back(std::move(event));
    return true;
}

/// A line of the user who printed the files: it names debugfs, or the path, and ends with the name of the file.
bool read_debugfs_header(std::string_view message, Record &out)
{
    if (message.find("debugfs") == std::string_view::npos && message.find("memblock/") == std::string_view::npos) {
        if (message.starts_with("==="))
            out.debugfs = MBLAB_TYPE_none;
        return false;
    }
    message = message.substr(0, message.find_last_not_of(" :\t") + 1);
    for (uint8_t type = 0; type < type_names.size(); type++)
        if (message.ends_with(type_names[type])) {
            out.debugfs = static_cast<mblab_type>(type);
            Event event;
            event.kind = EventKind::debugfs_begin;
            event.type = out.debugfs;
            out.events.push_back(std::move(event));
            return true;
        }
    return false;
}

} // namespace

bool read_memblock_line(std::string_view message, Record &out)
{
    if (read_dump_line(message, out) || read_debugfs_region(message, out) || read_debugfs_header(message, out))
        return true;
    const size_t at = message.find("memblock");
    if (at == std::string_view::npos)
        return false;
    const size_t before = out.events.size();
    if (read_doubled(Scan(message.substr(at)), out))
        out.log.memblock_lines++;
    else
        read_calls(message.substr(at), out);
    return out.events.size() != before;
}

} // namespace boot
} // namespace mblab
