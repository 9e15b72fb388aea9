// SPDX-License-Identifier: GPL-2.0-or-later
#include "apps/record/machine.hpp"

#include <array>

namespace mblab::record {
namespace {

/// Numbers of registers in gdb's description of x86-64.
enum x86_register : size_t { rax, rbx, rcx, rdx, rsi, rdi, rbp, rsp, r8, r9, rip = 16, x86_register_count };
constexpr std::array<size_t, 6> x86_arguments = {rdi, rsi, rdx, rcx, r8, r9};
constexpr uint64_t x86_word = 8;

/// Numbers of registers in gdb's description of AArch64.
enum arm_register : size_t { x0, lr = 30, sp, pc, arm_register_count };
constexpr size_t arm_arguments = 8;

constexpr Machine machines[] = {
    {Architecture::x86_64, "qemu-system-x86_64", "ttyS0", x86_register_count},
    {Architecture::arm64, "qemu-system-aarch64", "ttyAMA0", arm_register_count},
};

} // namespace

std::string_view architecture_name(Architecture architecture)
{
    return architecture == Architecture::x86_64 ? "x86_64" : "arm64";
}

uint64_t Machine::program_counter(const Registers &registers) const
{
    return registers[architecture == Architecture::x86_64 ? size_t{rip} : size_t{pc}];
}

uint64_t Machine::stack_pointer(const Registers &registers) const
{
    return registers[architecture == Architecture::x86_64 ? size_t{rsp} : size_t{sp}];
}

uint64_t Machine::result(const Registers &registers) const
{
    return registers[architecture == Architecture::x86_64 ? size_t{rax} : size_t{x0}];
}

std::optional<uint64_t> Machine::argument(Guest &guest, const Registers &registers, size_t position) const
{
    if (architecture == Architecture::arm64)
        return position < arm_arguments ? std::optional(registers[x0 + position]) : std::nullopt;
    if (position < x86_arguments.size())
        return registers[x86_arguments[position]];
    const uint64_t slot = 1 + position - x86_arguments.size(); // the return address lies below them
    return guest.read_integer(stack_pointer(registers) + slot * x86_word, x86_word);
}

std::optional<uint64_t> Machine::return_address(Guest &guest, const Registers &registers) const
{
    if (architecture == Architecture::arm64)
        return registers[lr];
    return guest.read_integer(stack_pointer(registers), x86_word);
}

uint64_t Machine::stack_after_return(uint64_t stack_at_entry) const
{
    return architecture == Architecture::x86_64 ? stack_at_entry + x86_word : stack_at_entry;
}

const Machine &machine_of(Architecture architecture)
{
    return machines[static_cast<size_t>(architecture)];
}

} // namespace mblab::record
