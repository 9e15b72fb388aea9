// SPDX-License-Identifier: GPL-2.0-or-later
// A stopped or running machine as the recorder sees it. The gdb client is one; tests have a fake.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace mblab::recording {

/// General registers in the order of the architecture's gdb description.
using Registers = std::vector<uint64_t>;

/// The little-endian integer of so many bytes at an offset.
inline uint64_t integer_at(std::span<const uint8_t> bytes, size_t offset, size_t size)
{
    uint64_t value = 0;
    for (size_t i = size; i-- > 0;)
        value = value << 8 | bytes[offset + i];
    return value;
}

inline uint64_t sign_extend(uint64_t value, unsigned bits)
{
    return static_cast<uint64_t>(static_cast<int64_t>(value << (64 - bits)) >> (64 - bits));
}

class Guest {
  public:
    virtual ~Guest() = default;

    /// Let it run from where it is to the next breakpoint; false when the machine has ended instead.
    /// A breakpoint at the place where it stands is not hit again.
    virtual bool resume() = 0;
    /// Registers of the processor that stopped.
    virtual Registers registers() = 0;
    /// Bytes at a virtual address; nothing when they are not mapped.
    virtual std::optional<std::vector<uint8_t>> read(uint64_t address, uint64_t size) = 0;
    /// The physical address behind a virtual one, by the guest's own page tables.
    virtual std::optional<uint64_t> physical(uint64_t address) = 0;
    virtual void insert_breakpoint(uint64_t address) = 0;
    virtual void remove_breakpoint(uint64_t address) = 0;

    /// Little-endian integer of 1, 4 or 8 bytes; nothing when it is not mapped.
    std::optional<uint64_t> read_integer(uint64_t address, uint64_t size)
    {
        const auto bytes = read(address, size);
        return bytes ? std::optional(integer_at(*bytes, 0, size)) : std::nullopt;
    }
};

} // namespace mblab::recording
