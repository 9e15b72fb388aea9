// SPDX-License-Identifier: GPL-2.0-or-later
#include "apps/boot/architecture.hpp"

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
