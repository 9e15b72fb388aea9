// SPDX-License-Identifier: GPL-2.0-or-later
// What the kernel's messages mean to the lab: memblock's own, and those that tell of its silent calls.
#include "apps/boot/pattern.hpp"
#include "apps/boot/snapshot.hpp"
#include "core/base/error.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace mblab {
namespace boot {
namespace {

// A boot with both arrays at their 128 Ki regions and a dump of them prints less.
constexpr size_t events_max = 1u << 20;
// Evidence is worth keeping only in the amounts that one boot prints.
constexpr uint64_t evidence_max = 1u << 16;

/// A message, the event that it is, the architecture that prints it where only one does, and what remains to be read.
struct Message {
    std::string_view pattern;
    EventKind kind;
    Arch arch = Arch::unknown;
    bool (*finish)(Event &event, Log &log) = nullptr;
};

bool read_usable(Event &event, Log &)
{
    event.flags = event.text.starts_with("usable");
    return true;
}

bool read_hotplug(Event &event, Log &)
{
    event.flags = event.text.find("hotplug") != std::string::npos;
    return true;
}

bool read_only_node(Event &event, Log &)
{
    event.nid = 0;
    return true;
}

/// "16384K kernel code, ..., 102764K reserved, 0K cma-reserved)".
bool read_sums(Event &event, Log &)
{
    const std::string_view facts = event.text;
    const auto number_before = [&](std::string_view what, uint64_t &value) {
        const size_t at = facts.find(what);
        if (at == 0 || at == std::string_view::npos)
            return false;
        return Scan(facts.substr(facts.find_last_not_of("0123456789", at - 1) + 1)).decimal(value);
    };
    number_before("K cma-reserved", event.align);
    return number_before("K reserved", event.size);
}

bool read_version(Event &event, Log &log)
{
    if (log.kernel.empty())
        log.kernel = event.text.substr(0, event.text.find(' '));
    for (const auto &[word, arch] : {std::pair{"x86_64", Arch::x86_64}, std::pair{"amd64", Arch::x86_64},
                                     std::pair{"aarch64", Arch::arm64}, std::pair{"arm64", Arch::arm64}})
        if (event.text.find(word) != std::string::npos)
            log.arch = arch;
    return true;
}

bool read_command_line(Event &event, Log &log)
{
    log.command_line = event.text.substr(0, event.text.find_last_not_of(" \t") + 1);
    return true;
}

constexpr Message evidence[] = {
    {"BIOS-e820: %r %t", EventKind::firmware_range, Arch::x86_64, read_usable},
    {"user: %r %t", EventKind::firmware_range, Arch::x86_64, read_usable},
    {"modified: %r %t", EventKind::firmware_range, Arch::x86_64, read_usable},
    {"last_pfn = %x", EventKind::last_pfn},
    {"{ACPI: }SRAT: Node %n PXM %c %r%t", EventKind::srat, Arch::unknown, read_hotplug},
    {"{NUMA: }Faking a node at %r", EventKind::faked_node, Arch::unknown, read_only_node},
    {"NUMA: Node %n%t-> %r", EventKind::joined_node},
    {"{NUMA: }No NUMA configuration found", EventKind::numa_absent},
    {"{NUMA: }NODE_DATA(%n) allocated %r", EventKind::node_data},
    {"NUMA: NODE_DATA %r", EventKind::node_data}, // before 6.12 on arm64, without the node
    {"  node ~%n: %r", EventKind::early_range},
    {"efi: Memory: %tmirrored memory", EventKind::mirrored},
    {"cma: Reserved %c MiB at %f{ on node %n}", EventKind::cma},
    {"SLUB: ", EventKind::slab_up},
    {"SLAB: ", EventKind::slab_up},
    {"Memory: %FK/%EK available (%t", EventKind::memory_line, Arch::unknown, read_sums},
    {"Freeing %t memory: %cK", EventKind::freeing},
    {"** %c %tmessages dropped", EventKind::lost},
    {"Linux version %t", EventKind::fact, Arch::unknown, read_version},
    {"Command line: %t", EventKind::fact, Arch::unknown, read_command_line},
    {"Kernel command line: %t", EventKind::fact, Arch::unknown, read_command_line},
    {"Booting Linux on physical CPU", EventKind::fact, Arch::arm64},
    {"psci: ", EventKind::fact, Arch::arm64},
    {"arch_timer: ", EventKind::fact, Arch::arm64},
    {"CPU features: ", EventKind::fact, Arch::arm64},
    {"x86/", EventKind::fact, Arch::x86_64},
    {"tsc: ", EventKind::fact, Arch::x86_64},
    {"smpboot: ", EventKind::fact, Arch::x86_64},
    {"IOAPIC[", EventKind::fact, Arch::x86_64},
};

constexpr Message dump[] = {
    {"MEMBLOCK configuration:", EventKind::dump_begin},
    {"memory size = %f reserved size = %e", EventKind::dump_totals},
    {"%T.cnt~= %x", EventKind::dump_count},
    {"%T[%x]~%r, %a bytes{ on node %n} flags: %g", EventKind::dump_region, Arch::unknown,
     [](Event &event, Log &) { return event.align == event.size; }},
};

/// The first of the messages that this is.
template <size_t count> std::optional<Event> find(const Message (&messages)[count], std::string_view text, Log &log)
{
    for (const Message &known : messages) {
        if (!text.starts_with(known.pattern.substr(0, known.pattern.find_first_of("%~{"))))
            continue;
        Event event;
        event.kind = known.kind;
        Scan scan(text);
        if (!match(known.pattern, scan, event) || (known.finish && !known.finish(event, log)))
            continue;
        if (log.arch == Arch::unknown)
            log.arch = known.arch;
        return event;
    }
    return std::nullopt;
}

/// "  40200000-41a7ffff : Kernel code", as /proc/iomem has it.
std::optional<Event> read_iomem(std::string_view message)
{
    Event event;
    event.kind = EventKind::iomem;
    const size_t indent = std::min(message.find_first_not_of(' '), message.size());
    Scan scan(message.substr(indent));
    if (!match("%f-%e : %t", scan, event) || event.end < event.start)
        return std::nullopt;
    event.nid = static_cast<int32_t>(indent / 2);
    event.size = event.end - event.start + 1;
    return event;
}

/// "HOTPLUG|NOMAP", as debugfs has it. A name that the lab does not know is a flag that no engine has.
uint32_t flags_of(std::string_view names)
{
    constexpr std::array<std::string_view, 8> known = {"HOTPLUG", "MIRROR",   "NOMAP",       "DRV_MNG",
                                                       "RSV_NIT", "RSV_KERN", "KHO_SCRATCH", "RSV_HUGETLB"};
    uint32_t flags = 0;
    for (Scan scan(names); scan.blanks(), !scan.at_end(); scan.literal("|")) {
        const std::string_view name = scan.identifier();
        const auto bit = std::find(known.begin(), known.end(), name) - known.begin();
        if (name.empty())
            break; // a remark behind the line
        if (name != "NONE")
            flags |= 1u << (bit < std::ssize(known) ? bit : 31);
    }
    return flags;
}

/// "   0: 0x40000000..0xbfffffff    0 NONE"; older kernels print neither node nor flags.
std::optional<Event> read_debugfs_region(std::string_view message, mblab_type file)
{
    Event event;
    event.kind = EventKind::debugfs_region;
    event.type = file;
    Scan scan(message);
    if (!match("~%c: %f..%e~", scan, event))
        return std::nullopt;
    event.size = event.end - event.start + 1;
    event.has_node = scan.literal("x") || scan.signed_decimal(event.nid);
    if (event.has_node)
        event.flags = flags_of(scan.rest());
    return event;
}

} // namespace
} // namespace boot

using namespace boot;

void Parser::keep(Event event)
{
    if (event.kind == EventKind::fact)
        return;
    event.line = log_.lines;
    if (event.kind >= EventKind::firmware_range && ++evidence_ > evidence_max)
        return;
    if (log_.events.size() == events_max)
        throw Error(fmt::format("{}:{}: more lines about memblock than any boot prints", log_.name, log_.lines));
    log_.events.push_back(std::move(event));
}

bool Parser::parse_dump(std::string_view message)
{
    Scan scan(message);
    scan.blanks();
    std::optional<Event> event = find(dump, scan.rest(), log_);
    if (!event)
        return false;
    log_.memblock_lines++;
    keep(std::move(*event));
    return true;
}

/// The files themselves; and the lines of the user who printed them, which name debugfs, or the path, and end with the
/// name of the file.
bool Parser::parse_debugfs(std::string_view message)
{
    if (debugfs_ != MBLAB_TYPE_none)
        if (std::optional<Event> event = read_debugfs_region(message, debugfs_)) {
            log_.memblock_lines++;
            keep(std::move(*event));
            return true;
        }
    if (message.find("debugfs") == std::string_view::npos && message.find("memblock/") == std::string_view::npos) {
        if (message.starts_with("==="))
            debugfs_ = MBLAB_TYPE_none;
        return false;
    }
    message = message.substr(0, message.find_last_not_of(" :\t") + 1);
    for (const mblab_type type : {MBLAB_TYPE_memory, MBLAB_TYPE_reserved, MBLAB_TYPE_physmem})
        if (message.ends_with(type_name(type))) {
            debugfs_ = type;
            Event event;
            event.kind = EventKind::debugfs_begin;
            event.type = type;
            keep(std::move(event));
            return true;
        }
    return false;
}

/// Calls named anywhere in the text: two writers may have shared the line.
bool Parser::parse_calls(std::string_view text)
{
    bool found = false;
    for (size_t at = text.find("memblock"); at != std::string_view::npos; at = text.find("memblock")) {
        text.remove_prefix(text.substr(0, at).ends_with("__") ? at - 2 : at);
        Scan scan(text);
        Event event;
        event.kind = EventKind::doubled;
        if (match("memblock: %T is doubled to %c at %r", scan, event)) {
            log_.memblock_lines++;
            keep(std::move(event));
            return true;
        }
        scan = Scan(text);
        const std::optional<uint16_t> op = find_op(scan.identifier());
        if (!op || !scan.literal(": ")) {
            text.remove_prefix(text.find("memblock") + 8);
            continue;
        }
        log_.memblock_lines++;
        event = {};
        event.op = *op;
        const bool allocates = op_info(*op).family == Family::alloc;
        event.kind = allocates ? EventKind::allocation : EventKind::change;
        if (!match(allocates ? "%s bytes align=%a{ nid=%n} from=%f max_addr=%e" : "%r{ nid=%n}{ flags=%g}", scan,
                   event)) {
            log_.unreadable++;
            event = {};
            event.kind = EventKind::lost;
            event.count = 1;
        } else {
            Scan caller = scan;
            match("~%i", caller, event);
        }
        keep(std::move(event));
        found = true;
        text = scan.rest();
    }
    return found;
}

void Parser::parse(std::string_view message)
{
    if (parse_dump(message) || parse_debugfs(message) || parse_calls(message))
        return;
    std::optional<Event> event = find(evidence, message, log_);
    if (!event)
        event = read_iomem(message);
    if (event)
        keep(std::move(*event));
}

} // namespace mblab
