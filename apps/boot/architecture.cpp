// SPDX-License-Identifier: GPL-2.0-or-later
#include "apps/boot/architecture.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace mblab::boot {
namespace {

constexpr std::string_view x86_setup = "e820__memblock_setup";

// Variants are those of Debian's kernels, as far as memblock can see it. A log of an unknown architecture is read as
// one of x86_64's without what only x86 does.
constexpr Architecture architectures[] = {
    {Arch::unknown, "unknown architecture", "x86_64", LimitHabit::unknown, x86_setup, true, false},
    {Arch::x86_64, "x86_64", "x86_64", LimitHabit::mapped, x86_setup, true, true},
    {Arch::arm64, "arm64", "arm64", LimitHabit::none, "", false, false},
    {Arch::x86_32, "i386", "x86_64", LimitHabit::mapped, x86_setup, true, true},
    {Arch::arm, "arm", "x86_64", LimitHabit::unknown, "", true, false},
    {Arch::riscv, "riscv", "x86_64", LimitHabit::unknown, "", true, false},
    {Arch::mips, "mips", "x86_64", LimitHabit::unknown, "", true, false},
    {Arch::powerpc, "powerpc", "x86_64", LimitHabit::unknown, "", true, false},
    {Arch::sparc, "sparc", "x86_64", LimitHabit::unknown, "", true, false},
    {Arch::m68k, "m68k", "x86_64", LimitHabit::unknown, "", true, false},
    {Arch::parisc, "parisc", "x86_64", LimitHabit::unknown, "", true, false},
    {Arch::alpha, "alpha", "x86_64", LimitHabit::unknown, "", true, false},
    {Arch::s390, "s390x", "s390x", LimitHabit::none, "", false, false, true, 7},
    {Arch::loongarch, "loongarch", "x86_64", LimitHabit::unknown, "", true, false},
    {Arch::other, "another architecture", "x86_64", LimitHabit::unknown, "", true, false},
};

// What compilers and releases call an architecture. The first that is found counts.
constexpr std::pair<std::string_view, Arch> names[] = {
    {"x86_64", Arch::x86_64},     {"amd64", Arch::x86_64},  {"aarch64", Arch::arm64},   {"arm64", Arch::arm64},
    {"i386", Arch::x86_32},       {"i486", Arch::x86_32},   {"i586", Arch::x86_32},     {"i686", Arch::x86_32},
    {"-armmp", Arch::arm},        {"arm-", Arch::arm},      {"armv", Arch::arm},        {"armeb", Arch::arm},
    {"riscv", Arch::riscv},       {"mips", Arch::mips},     {"powerpc", Arch::powerpc}, {"ppc", Arch::powerpc},
    {"sparc", Arch::sparc},       {"m68k", Arch::m68k},     {"hppa", Arch::parisc},     {"parisc", Arch::parisc},
    {"alpha-", Arch::alpha},      {"alphaev", Arch::alpha}, {"s390", Arch::s390},       {"loongarch", Arch::loongarch},
    {"loong64", Arch::loongarch}, {"xtensa", Arch::other},  {"sh4", Arch::other},       {"microblaze", Arch::other},
    {"or1k", Arch::other},        {"nios2", Arch::other},   {"csky", Arch::other},      {"arc-", Arch::other},
    {"arceb", Arch::other},       {"hexagon", Arch::other}, {"ia64", Arch::other},
};

constexpr SilentCall calls[] = {
    {"movable_node", "", "", false, MBLAB_OP_world_movable_node, 1, "movable_node on the command line",
     Certainty::shown},
    // A log that begins later begins when nodes have been set up and the direction has been turned back.
    {"movable_node", "", x86_setup, false, MBLAB_OP_memblock_set_bottom_up, 1,
     "movable_node on the command line: x86 stays near the kernel until it has read the SRAT", Certainty::customary},
    {"kernelcore", "mirror", "", false, MBLAB_OP_world_mirrored_kernelcore, 1, "kernelcore=mirror on the command line",
     Certainty::shown},
    // Below 1 MiB only, until all memory is mapped.
    {"", "", x86_setup, true, MBLAB_OP_memblock_set_current_limit, 0x100000,
     "x86 does so before e820__memblock_setup, the caller of this line", Certainty::customary},
};

// Reserved memory that a device tree asks for: the tree gives the direction.
constexpr std::string_view device_tree_callers[] = {"early_init_dt_alloc_reserved_memory", "__reserved_mem_alloc"};

} // namespace

const Architecture &architecture(Arch arch)
{
    return architectures[static_cast<size_t>(arch)];
}

Arch architecture_named_in(std::string_view banner)
{
    for (const auto &[name, arch] : names)
        if (banner.find(name) != std::string_view::npos)
            return arch;
    return Arch::unknown;
}

bool lacks_nodes(const Log &log)
{
    if (architecture(log.arch).sets_nodes_silently)
        return false;
    bool past = false;
    for (const Event &event : log.events) {
        switch (event.kind) {
        case EventKind::srat:
        case EventKind::faked_node:
        case EventKind::joined_node:
        case EventKind::node_data:
        case EventKind::numa_absent:
            return false;
        case EventKind::dump_region:
        case EventKind::early_range:
            if (event.nid > 0 || (event.kind == EventKind::dump_region && event.nid == 0))
                return false;
            past |= event.kind == EventKind::early_range;
            break;
        case EventKind::allocation:
            past |= event.nid >= 0;
            break;
        case EventKind::memory_line:
        case EventKind::high_zone:
            past = true;
            break;
        default:
            break;
        }
    }
    return past;
}

Choice variant_of(const Log &log)
{
    const Architecture &arch = architecture(log.arch);
    const auto shows = [&](auto property) { return std::any_of(log.events.begin(), log.events.end(), property); };
    // Only where memblock is kept after boot are its debugfs files there.
    const bool keeps = shows([](const Event &event) { return event.kind == EventKind::debugfs_region; });
    const bool narrow = log.narrow_addresses && !log.wide_addresses;
    Choice choice{arch.variant, ""};
    if (narrow)
        choice.variant = "uma-phys32-128";
    else if (lacks_nodes(log) && log.arch != Arch::arm64 && !keeps)
        choice.variant = "uma-plain-128";
    else if (keeps)
        choice.variant = lacks_nodes(log) && log.arch != Arch::arm64 ? "uma-128" : "arm64";
    if (log.arch != Arch::unknown && arch.variant != arch.name)
        choice.remark = fmt::format("no variant of {}: {} is used instead, with pages of 4K and {}", arch.name,
                                    choice.variant, narrow ? "physical addresses of 32 bits" : "64-bit addresses") +
                        "; sizes that depend on the page, and what is kept after boot, may differ";
    return choice;
}

std::span<const SilentCall> silent_calls()
{
    return calls;
}

bool turns_search_for_one_call(std::string_view caller)
{
    return std::any_of(std::begin(device_tree_callers), std::end(device_tree_callers),
                       [&](std::string_view known) { return caller.starts_with(known); });
}

} // namespace mblab::boot
