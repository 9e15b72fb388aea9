// SPDX-License-Identifier: GPL-2.0-or-later
// Calls and values of a trace as C source.
#pragma once

#include "apps/export/play.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace mblab::exporting {

/// Where the addresses of a trace lie in the C text: where they are in the trace, or at an offset from the variable
/// `at`, which stands for the address low of the trace.
struct Placement {
    bool relative = false;
    uint64_t low = 0;

    /// Whether this value is an address that goes along when memory lies elsewhere. 0 as a lower bound of an
    /// allocation, and the special ends, are no addresses.
    static bool moves(ParameterKind kind, uint64_t value, Family family);
    /// The op with every address moved by so many bytes, a multiple of a page.
    static Op moved(const Op &op, uint64_t distance);
    static uint64_t moved(ParameterKind kind, uint64_t value, Family family, uint64_t distance);

    std::string address(uint64_t value) const;
};

/// 0x1000ULL; small numbers as they are.
std::string c_number(uint64_t value);
/// MEMBLOCK_HOTPLUG | MEMBLOCK_NOMAP.
std::string c_flags(uint64_t flags);
/// -ENOMEM, where errno has a name for it.
std::string c_error(uint64_t value);
/// A node; MAX_NUMNODES where that is what the engine gave to memory without one.
std::string c_node(int64_t nid, const Variant &variant);

/// How a pointer is made of a physical address and the other way round: a cast in the suite, __va() in a kernel.
struct PointerStyle {
    std::string_view to_pointer; // put before an address in parentheses
};

/// The call as C, without a semicolon. Iterators, reports, parameters and world ops have no such form.
std::string c_call(const Op &op, const Placement &placement, const PointerStyle &style);

/// The variable that takes the first result of an op, as "type name"; empty when it has none.
struct ResultVariable {
    std::string_view type, name;
};
ResultVariable result_variable(uint16_t kind);

/// A result as a C expression that a variable of that kind is compared with.
std::string c_result(ParameterKind kind, uint64_t value, Family family, const Placement &placement,
                     const PointerStyle &style);

/// Text as lines of a C block comment, each after " * ".
std::string c_comment(std::string_view text);

} // namespace mblab::exporting
