// SPDX-License-Identifier: GPL-2.0-or-later
// Calling conventions: where a function's arguments, its result and its return address are.
#pragma once

#include "apps/record/guest.hpp"

#include <optional>
#include <string_view>

namespace mblab::recording {

enum class Architecture : uint8_t { x86_64, arm64, riscv64 };

/// What a machine of an architecture needs to be run by QEMU, and the convention of its calls: numbers of registers in
/// gdb's description of it.
struct Machine {
    Architecture architecture;
    std::string_view name;
    std::string_view qemu;    // program
    std::string_view board;   // QEMU's -machine, where its default does not do
    std::string_view cpu;     // QEMU's -cpu, likewise
    uint64_t ram;             // the board's first physical address with RAM
    std::string_view console; // serial port, as the kernel's command line names it
    size_t register_count;    // those that are read
    size_t program_counter, stack_pointer, result;
    std::optional<size_t> link; // holds the return address; without one, a call pushes it
    std::span<const size_t> arguments;

    uint64_t program_counter_of(const Registers &registers) const { return registers[program_counter]; }
    uint64_t stack_pointer_of(const Registers &registers) const { return registers[stack_pointer]; }
    uint64_t result_of(const Registers &registers) const { return registers[result]; }
    /// At a function's first instruction: its argument by position, from 0. Reads the stack when registers do not do.
    std::optional<uint64_t> argument(Guest &guest, const Registers &registers, size_t position) const;
    /// At a function's first instruction: the address that it returns to.
    std::optional<uint64_t> return_address(Guest &guest, const Registers &registers) const;
    /// The stack pointer of the caller right after the return, from that at the function's first instruction.
    uint64_t stack_after_return(uint64_t stack_at_entry) const;
};

const Machine &machine_of(Architecture architecture);

} // namespace mblab::recording
