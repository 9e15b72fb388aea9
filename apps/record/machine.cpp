// SPDX-License-Identifier: GPL-2.0-or-later
#include "apps/record/machine.hpp"

namespace mblab::recording {
namespace {

constexpr uint64_t word = 8;

enum x86_register : size_t { rax, rbx, rcx, rdx, rsi, rdi, rbp, rsp, r8, r9, rip = 16, x86_register_count };
constexpr size_t x86_arguments[] = {rdi, rsi, rdx, rcx, r8, r9};

enum arm_register : size_t { x0, lr = 30, sp, pc, arm_register_count };
constexpr size_t arm_arguments[] = {0, 1, 2, 3, 4, 5, 6, 7};

enum riscv_register : size_t { riscv_ra = 1, riscv_sp, riscv_a0 = 10, riscv_pc = 32, riscv_register_count };
constexpr size_t riscv_arguments[] = {10, 11, 12, 13, 14, 15, 16, 17};

constexpr Machine machines[] = {
    {Architecture::x86_64, "x86_64", "qemu-system-x86_64", "", "", 0, "ttyS0", x86_register_count, rip, rsp, rax,
     std::nullopt, x86_arguments},
    {Architecture::arm64, "arm64", "qemu-system-aarch64", "virt", "cortex-a57", 0x40000000, "ttyAMA0",
     arm_register_count, pc, sp, x0, lr, arm_arguments},
    {Architecture::riscv64, "riscv64", "qemu-system-riscv64", "virt", "", 0x80000000, "ttyS0", riscv_register_count,
     riscv_pc, riscv_sp, riscv_a0, riscv_ra, riscv_arguments},
};

} // namespace

std::optional<uint64_t> Machine::argument(Guest &guest, const Registers &registers, size_t position) const
{
    if (position < arguments.size())
        return registers[arguments[position]];
    if (link)
        return std::nullopt;                               // no function of memblock has as many
    const uint64_t slot = 1 + position - arguments.size(); // the return address lies below them
    return guest.read_integer(stack_pointer_of(registers) + slot * word, word);
}

std::optional<uint64_t> Machine::return_address(Guest &guest, const Registers &registers) const
{
    return link ? std::optional(registers[*link]) : guest.read_integer(stack_pointer_of(registers), word);
}

uint64_t Machine::stack_after_return(uint64_t stack_at_entry) const
{
    return link ? stack_at_entry : stack_at_entry + word;
}

const Machine &machine_of(Architecture architecture)
{
    return machines[static_cast<size_t>(architecture)];
}

} // namespace mblab::recording
