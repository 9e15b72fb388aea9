// SPDX-License-Identifier: GPL-2.0-or-later
#include "apps/boot/messages.hpp"

#include "apps/boot/architecture.hpp"
#include "apps/boot/snapshot.hpp"

#include <algorithm>
#include <array>

namespace mblab::boot {
namespace {

bool read_usable(Event &event, Log &)
{
    event.flags = event.text.starts_with("usable");
    return true;
}

/// As kernels before 3.8 printed a range: the end is exclusive.
bool read_usable_until(Event &event, Log &log)
{
    event.size = event.end - event.start;
    return event.end >= event.start && read_usable(event, log);
}

/// Memory that firmware handed out and the kernel takes back; what is reserved before stays so.
template <uint64_t map> bool read_map(Event &event, Log &log)
{
    event.count = map;
    return event.end ? read_usable_until(event, log) : read_usable(event, log);
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

/// "16384K kernel code, ..., 102764K reserved, 0K cma-reserved, 1310720K highmem)".
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
    number_before("K highmem", event.count);
    return number_before("K reserved", event.size);
}

bool read_version(Event &event, Log &log)
{
    if (log.kernel.empty())
        log.kernel = event.text.substr(0, event.text.find(' '));
    if (const Arch named = architecture_named_in(event.text); named != Arch::unknown)
        log.arch = named;
    return true;
}

bool read_command_line(Event &event, Log &log)
{
    log.command_line = event.text.substr(0, event.text.find_last_not_of(" \t") + 1);
    return true;
}

bool read_allocation_failure(Event &event, Log &)
{
    return event.text.find("lloc") != std::string::npos || event.text.find("memory") != std::string::npos;
}

constexpr Message messages[] = {
    {"MEMBLOCK configuration:", EventKind::dump_begin},
    {"memory size = %f reserved size = %e", EventKind::dump_totals},
    {"%T.cnt~= %x", EventKind::dump_count},
    {"%T[%x]~%r, %a bytes{ on node %n} flags: %g", EventKind::dump_region, Arch::unknown,
     [](Event &event, Log &) { return event.align == event.size; }, "%T[%x]~%r, %a bytes{ on node %n}"},
    {"memblock: %T{ array} is doubled to %c at %r", EventKind::doubled},
    {"BIOS-e820: %r %t", EventKind::firmware_range, Arch::x86_64, read_map<0>},
    {"BIOS-e820: %f - %e (%t", EventKind::firmware_range, Arch::x86_64, read_map<0>},
    {"reserve setup_data: %r %t", EventKind::firmware_range, Arch::x86_64, read_map<1>},
    {"user: %r %t", EventKind::firmware_range, Arch::unknown, read_map<2>},
    {"user: %f - %e (%t", EventKind::firmware_range, Arch::unknown, read_map<2>},
    {"modified: %r %t", EventKind::firmware_range, Arch::unknown, read_map<3>},
    {"modified: %f - %e (%t", EventKind::firmware_range, Arch::unknown, read_map<3>},
    {"e820: remove %r %t", EventKind::firmware_edit, Arch::x86_64, read_usable},
    {"e820: update %r %t ==>", EventKind::firmware_edit, Arch::x86_64, read_usable},
    {"e820 remove range: %f - %e (%t", EventKind::firmware_edit, Arch::x86_64, read_usable_until},
    {"e820 update range: %f - %e (%t ==>", EventKind::firmware_edit, Arch::x86_64, read_usable_until},
    {"last_pfn = %x", EventKind::last_pfn},
    {"SRAT: Node %n PXM %c %r%t", EventKind::srat, Arch::unknown, read_hotplug},
    {"Faking a node at %r", EventKind::faked_node, Arch::unknown, read_only_node},
    {"NUMA: Node %n%t-> %r", EventKind::joined_node},
    {"No NUMA configuration found", EventKind::numa_absent},
    {"NODE_DATA(%n) allocated %r", EventKind::node_data},
    {"NUMA: NODE_DATA %r", EventKind::node_data}, // before 6.12 on arm64, without the node
    {"node ~%n: %r", EventKind::early_range},
    {"efi: Memory: %tmirrored memory", EventKind::mirrored},
    {"cma: Reserved %c MiB at %f{ on node %n}", EventKind::cma},
    {"SLUB: HWalign", EventKind::slab_up},
    {"HighMem~%r", EventKind::high_zone},
    {"Memory: %FK/%EK available (%t", EventKind::memory_line, Arch::unknown, read_sums},
    {"Freeing %t memory: %cK", EventKind::freeing},
    {"Kernel panic - not syncing: %t", EventKind::panic, Arch::unknown, read_allocation_failure},
    {"** %c %tmessages dropped", EventKind::lost},
    {"Linux version %t", EventKind::fact, Arch::unknown, read_version},
    {"Command line: %t", EventKind::fact, Arch::unknown, read_command_line},
    {"Kernel command line: %t", EventKind::fact, Arch::unknown, read_command_line},
    {"Booting Linux on physical CPU 0x%f [0x", EventKind::fact, Arch::arm64},
    {"Boot CPU: AArch64", EventKind::fact, Arch::arm64},
    {"CPU features: detected", EventKind::fact, Arch::arm64},
    {"Booting Linux on", EventKind::fact},
    {"CPU: ARM", EventKind::fact, Arch::arm},
    {"x86/", EventKind::fact, Arch::x86_64},
    {"tsc: ", EventKind::fact, Arch::x86_64},
    {"smpboot: ", EventKind::fact, Arch::x86_64},
    {"IOAPIC[", EventKind::fact, Arch::x86_64},
    {"SBI specification v", EventKind::fact, Arch::riscv},
    {"riscv: ", EventKind::fact, Arch::riscv},
    {"CPU0 revision is:", EventKind::fact, Arch::mips},
    {"MIPS: machine is", EventKind::fact, Arch::mips},
    {"Determined physical RAM map:", EventKind::fact, Arch::mips},
    {"hash-mmu: ", EventKind::fact, Arch::powerpc},
    {"radix-mmu: ", EventKind::fact, Arch::powerpc},
    {"PROMLIB: ", EventKind::fact, Arch::sparc},
    {"Determining PDC firmware type", EventKind::fact, Arch::parisc},
    {"Linux is running ", EventKind::fact, Arch::s390},
};

// What calls were named before 5.0, and what does the same since: their messages give the same numbers.
constexpr std::pair<std::string_view, mblab_op_kind> other_names[] = {
    {"memblock_virt_alloc_try_nid", MBLAB_OP_memblock_alloc_try_nid},
    {"memblock_virt_alloc_try_nid_nopanic", MBLAB_OP_memblock_alloc_try_nid},
    {"memblock_virt_alloc_try_nid_raw", MBLAB_OP_memblock_alloc_try_nid_raw},
    {"memblock_alloc_try_nid_nopanic", MBLAB_OP_memblock_alloc_try_nid},
    {"memblock_free", MBLAB_OP_memblock_phys_free}, // until 5.15, when it came to take a pointer and not to print
    {"__memblock_free_early", MBLAB_OP_memblock_phys_free},
    {"__memblock_free_late", MBLAB_OP_memblock_free_late},
};

constexpr std::array arrays = {MBLAB_TYPE_memory, MBLAB_TYPE_reserved, MBLAB_TYPE_physmem};

/// A pattern up to the first thing in it that varies.
std::string_view head_of(std::string_view pattern)
{
    return pattern.substr(0, pattern.find_first_of("%~{"));
}

struct Head {
    std::string text;
    const Message *message;
};

/// The messages by the character that they begin with.
const std::array<std::vector<Head>, 256> &heads()
{
    static const auto all = [] {
        std::array<std::vector<Head>, 256> index;
        const auto add = [&](std::string text, const Message &message) {
            index[static_cast<unsigned char>(text[0])].push_back({std::move(text), &message});
        };
        for (const Message &message : messages) {
            if (!message.pattern.starts_with("%T")) {
                add(std::string(head_of(message.pattern)), message);
                continue;
            }
            for (const mblab_type type : arrays)
                add(std::string(type_name(type)) + std::string(head_of(message.pattern.substr(2))), message);
        }
        return index;
    }();
    return all;
}

uint16_t op_named(std::string_view name)
{
    for (const auto &[other, op] : other_names)
        if (name == other)
            return op;
    return find_op(name).value_or(MBLAB_OP_COUNT);
}

/// A call that a line of memblock=debug begins with: its name, a colon, and a range or a size.
std::optional<Beginning> call_at(std::string_view line, size_t at)
{
    constexpr size_t name_max = 48;
    const std::string_view text = line.substr(at, name_max + 4);
    if (!text.starts_with("memblock") && !text.starts_with("__memblock"))
        return std::nullopt;
    Scan scan(text);
    const std::string_view name = scan.identifier();
    const uint16_t op = op_named(name);
    const bool known = op != MBLAB_OP_COUNT;
    if (!scan.literal(":") || (!scan.at_end() && !scan.blanks()))
        return std::nullopt;
    const bool has_number =
        !scan.at_end() && (scan.rest()[0] == '[' || (scan.rest()[0] >= '0' && scan.rest()[0] <= '9'));
    if (!known && !has_number)
        return std::nullopt;
    return Beginning{at, name.size() + 1, nullptr, op};
}

Reading read_call(uint16_t op, std::string_view text)
{
    Reading reading;
    const bool allocates = op_info(op).family == Family::alloc;
    reading.event.kind = allocates ? EventKind::allocation : EventKind::change;
    reading.event.op = op;
    Scan scan(text);
    const std::string_view pattern = op == MBLAB_OP_memblock_alloc_hugetlb ? " %s bytes, nid=%n, exact_nid=%c"
                                     : allocates ? " %s bytes align=%a{ nid=%n} from=%f max_addr=%e"
                                                 : " %r{ nid=%n}{ flags=%g}{ flags %g}";
    reading.fit = match(pattern, scan, reading.event);
    scan.blanks();
    Scan caller = scan;
    reading.event.text = caller.identifier();
    // A caller is NAME+0x.../0x..., or an address where the kernel has no names.
    reading.names_caller = caller.rest().starts_with("+0x");
    reading.may_go_on = reading.fit == Fit::whole && caller.at_end() && !scan.rest().starts_with("0x");
    return reading;
}

/// "HOTPLUG|NOMAP", as debugfs has it, up to a remark behind the line.
uint32_t flags_of(std::string_view names, std::string &unknown)
{
    constexpr std::array<std::string_view, 8> known = {"HOTPLUG", "MIRROR",   "NOMAP",       "DRV_MNG",
                                                       "RSV_NIT", "RSV_KERN", "KHO_SCRATCH", "RSV_HUGETLB"};
    uint32_t flags = 0;
    Scan scan(names);
    scan.blanks();
    do {
        const std::string_view name = scan.identifier();
        const auto bit = std::find(known.begin(), known.end(), name) - known.begin();
        if (name.empty() || name == "NONE")
            break;
        flags |= 1u << (bit < std::ssize(known) ? bit : 31);
        if (bit == std::ssize(known))
            unknown += std::string(unknown.empty() ? "" : "|") + std::string(name);
    } while (scan.literal("|"));
    return flags;
}

/// Whether evidence begins where its head stands: heads are short, and may be words of another message. Of memblock's
/// own messages the head is enough, so that a broken one is noticed.
bool is_meant(const Message &message, std::string_view text, bool inside)
{
    if (message.kind < EventKind::lost)
        return true;
    Event event;
    Scan scan(text);
    const Fit fit = match(message.pattern, scan, event);
    return fit == Fit::whole || (fit == Fit::part && !inside);
}

} // namespace

std::optional<Beginning> find_beginning(std::string_view line, size_t from)
{
    const auto &index = heads();
    for (size_t at = from; at < line.size(); at++) {
        const char before = at ? line[at - 1] : ' ';
        const bool in_word = Scan::is_identifier(before);
        // Two writers may have shared the line, so that a call follows anything.
        if ((line[at] == 'm' || (line[at] == '_' && !in_word)))
            if (const auto call = call_at(line, at); call && (call->op != MBLAB_OP_COUNT || !in_word))
                return call;
        if (in_word || before == '/' || before == '.')
            continue;
        for (const Head &head : index[static_cast<unsigned char>(line[at])])
            if (line.substr(at).starts_with(head.text) && is_meant(*head.message, line.substr(at), from != 0))
                return Beginning{at, head.text.size(), head.message};
    }
    return std::nullopt;
}

Reading read_message(const Beginning &beginning, std::string_view text)
{
    if (beginning.is_call())
        return beginning.op == MBLAB_OP_COUNT ? Reading() : read_call(beginning.op, text.substr(beginning.length));
    // Of messages that begin alike the one that fits best is meant, or else the first.
    Reading best;
    for (const Head &head : heads()[static_cast<unsigned char>(text[0])]) {
        if (!text.starts_with(head.text))
            continue;
        Reading reading;
        Scan scan(text);
        reading.message = head.message;
        reading.event.kind = head.message->kind;
        reading.fit = match(head.message->pattern, scan, reading.event);
        reading.may_go_on = reading.fit == Fit::whole && scan.at_end() && Scan::is_hex_digit(text.back()) &&
                            head.message->kind == EventKind::dump_totals;
        if (!best.message || reading.fit > best.fit)
            best = std::move(reading);
    }
    return best;
}

Reading read_ended_message(const Beginning &beginning, std::string_view text)
{
    Reading reading = read_message(beginning, text);
    if (reading.fit == Fit::part && reading.message && !reading.message->shorter.empty()) {
        Scan scan(text);
        reading.fit = match(reading.message->shorter, scan, reading.event);
    }
    return reading;
}

size_t address_digits(std::string_view text)
{
    const size_t dash = text.find("-0x");
    const size_t open = text.substr(0, dash).rfind("[0x"); // not the number of a region
    return open == std::string_view::npos || dash == std::string_view::npos ? 0 : dash - open - 3;
}

std::optional<Event> read_iomem(std::string_view line)
{
    Event event;
    event.kind = EventKind::iomem;
    const size_t indent = std::min(line.find_first_not_of(' '), line.size());
    Scan scan(line.substr(indent));
    if (match("%f-%e : %t", scan, event) != Fit::whole || event.end < event.start)
        return std::nullopt;
    event.nid = static_cast<int32_t>(indent / 2);
    event.size = event.end - event.start + 1;
    return event;
}

std::optional<Event> read_debugfs_region(std::string_view line)
{
    const size_t colon = line.find(": 0x");
    if (colon == std::string_view::npos || line.find("..", colon) == std::string_view::npos)
        return std::nullopt;
    const size_t number = line.find_last_not_of("0123456789", colon ? colon - 1 : 0) + 1;
    Event event;
    event.kind = EventKind::debugfs_region;
    Scan scan(line.substr(std::min(number, colon)));
    if (match("%c: %f..%e~", scan, event) != Fit::whole)
        return std::nullopt;
    event.type = debugfs_file_named(line.substr(0, number));
    event.size = event.end - event.start + 1;
    event.has_node = scan.literal("x") || scan.signed_decimal(event.nid);
    if (event.has_node)
        event.flags = flags_of(scan.rest(), event.text);
    return event;
}

mblab_type debugfs_file_named(std::string_view line)
{
    constexpr std::string_view around = " :\t<=>#";
    const size_t first = std::min(line.find_first_not_of(around), line.size());
    line = line.substr(first, line.find_last_not_of(around) + 1 - first);
    const bool says_so =
        line.find("debugfs") != std::string_view::npos || line.find("memblock/") != std::string_view::npos;
    for (const mblab_type type : arrays)
        if (line == type_name(type) || (says_so && line.ends_with(type_name(type))))
            return type;
    return MBLAB_TYPE_none;
}

} // namespace mblab::boot
