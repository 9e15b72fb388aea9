// SPDX-License-Identifier: GPL-2.0-or-later
#include "apps/record/variable.hpp"

namespace mblab::recording {
namespace {

constexpr uint64_t code_bytes = 32;
constexpr uint64_t offset_of_current_limit = 8;

/// mov disp(%rip), %rax
std::optional<uint64_t> loaded_on_x86(uint64_t function, std::span<const uint8_t> code)
{
    constexpr size_t length = 7;
    for (size_t at = 0; at + length <= code.size(); at++)
        if (code[at] == 0x48 && code[at + 1] == 0x8b && code[at + 2] == 0x05)
            return function + at + length + sign_extend(integer_at(code, at + 3, 4), 32);
    return std::nullopt;
}

/// adrp xN, page; ldr xM, [xN, offset]
std::optional<uint64_t> loaded_on_arm(uint64_t function, std::span<const uint8_t> code)
{
    std::optional<uint64_t> page;
    uint64_t page_register = 0;
    for (size_t at = 0; at + 4 <= code.size(); at += 4) {
        const uint64_t instruction = integer_at(code, at, 4);
        if ((instruction & 0x9f000000) == 0x90000000) {
            const uint64_t pages = (instruction >> 5 & 0x7ffff) << 2 | (instruction >> 29 & 3);
            page = ((function + at) & ~uint64_t{0xfff}) + (sign_extend(pages, 21) << 12);
            page_register = instruction & 31;
        }
        const bool is_load = (instruction & 0xffc00000) == 0xf9400000;
        if (is_load && page && (instruction >> 5 & 31) == page_register)
            return *page + (instruction >> 10 & 0xfff) * 8;
    }
    return std::nullopt;
}

} // namespace

std::optional<uint64_t> loaded_address(Architecture architecture, uint64_t function, std::span<const uint8_t> code)
{
    switch (architecture) {
    case Architecture::x86_64:
        return loaded_on_x86(function, code);
    case Architecture::arm64:
        return loaded_on_arm(function, code);
    default:
        return std::nullopt;
    }
}

std::optional<uint64_t> memblock_variable(Guest &guest, const Machine &machine, const SymbolTable &symbols)
{
    if (const auto address = symbols.find("memblock"))
        return address;
    const auto function = symbols.find("memblock_get_current_limit");
    const auto code = function ? guest.read(*function, code_bytes) : std::nullopt;
    const auto loaded = code ? loaded_address(machine.architecture, *function, *code) : std::nullopt;
    return loaded ? std::optional(*loaded - offset_of_current_limit) : std::nullopt;
}

} // namespace mblab::recording
