// SPDX-License-Identifier: GPL-2.0-or-later
// Calling conventions: where a function's arguments, its result and its return address are.
#pragma once

#include "apps/record/guest.hpp"

#include <optional>
#include <string_view>

namespace mblab::record {

enum class Architecture : uint8_t { x86_64, arm64 };

std::string_view architecture_name(Architecture architecture);

/// What a machine of that architecture needs to be run by QEMU, and the convention of its calls.
struct Machine {
    Architecture architecture;
    std::string_view qemu;    // program
    std::string_view console; // serial port, as the kernel's command line names it
    size_t register_count;    // those that are read

    uint64_t program_counter(const Registers &registers) const;
    uint64_t stack_pointer(const Registers &registers) const;
    uint64_t result(const Registers &registers) const;
    /// At a function's first instruction: its argument by position, from 0. Reads the stack when registers do not do.
    std::optional<uint64_t> argument(Guest &guest, const Registers &registers, size_t position) const;
    /// At a function's first instruction: the address that it returns to.
    std::optional<uint64_t> return_address(Guest &guest, const Registers &registers) const;
    /// The stack pointer of the caller right after the return, from that at the function's first instruction.
    uint64_t stack_after_return(uint64_t stack_at_entry) const;
};

const Machine &machine_of(Architecture architecture);

} // namespace mblab::record
