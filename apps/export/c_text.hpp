// SPDX-License-Identifier: GPL-2.0-or-later
// Calls, values and results of a trace as C source: what the C function and the check for the kernel's suite share.
#pragma once

#include "apps/export/play.hpp"

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>

namespace mblab::exporting {

/// Whether this value is an address that goes along when memory lies elsewhere. 0 as a lower bound of an allocation,
/// and the special ends, are no addresses.
bool is_address(ParameterKind kind, uint64_t value, Family family);
/// The op with every address moved by so many bytes, a multiple of a page.
Op moved(const Op &op, uint64_t distance);

/// How a trace becomes C: how a pointer is made of an address (a cast in the suite, __va() in a kernel), and where the
/// addresses lie: where they are in the trace, or at an offset from the variable `at`, which stands for the address low
/// of the trace.
struct CForm {
    std::string_view to_pointer; // put before an address in parentheses
    bool is_relative = false;
    uint64_t low = 0;
    uint64_t stride = 0; // each address is that of the first of a loop over i, by that much further each time

    std::string address(uint64_t value) const;
    /// A number of a kind as an argument of a function of that family.
    std::string value(ParameterKind kind, uint64_t value, Family family) const;
    /// A result as an expression that a variable of that kind is compared with.
    std::string result(ParameterKind kind, uint64_t value, Family family) const;
    /// The call, without a semicolon. Loops over ranges, reports, parameters and world ops have no such form.
    std::string call(const Op &op) const;
    /// A line for each region of an array, a call: function(&memblock.NAME, i, base, size, flags, nid). The nodes are
    /// those of another state, where that is the same but for them.
    std::string region_checks(std::string_view function, mblab_type type, const State &state, const State &nodes) const;
};

/// A node; MAX_NUMNODES where that is what the engine gave to memory without one.
std::string c_node(int64_t nid, const State &state);

/// 0x1000ULL; small numbers as they are.
std::string c_number(uint64_t value);

/// One result of a call: the variable that takes it, and its name in ops.def.
struct CResult {
    ParameterKind kind;
    std::string_view variable, name;
    uint64_t value;
};
std::vector<CResult> results_of(const PlayedStep &step);

/// Whether it is a step of a walk, whose first argument points to where it is, and takes the first result.
bool is_walk(const Op &op);

/// "variable = call", or the call alone where it has no result.
std::string assignment(const Op &op, const CForm &form);

/// The variables that results of calls are put into.
class Variables {
  public:
    void add(const Op &op);
    void add(std::string_view type, std::string_view name) { types_[name] = type; }
    /// Their declarations, a line each.
    std::string text() const;

  private:
    std::map<std::string_view, std::string_view> types_; // by name
};

/// Text as a block comment.
std::string c_comment(std::string_view text);

inline constexpr std::string_view c_license = "// SPDX-License-Identifier: GPL-2.0-or-later\n";

} // namespace mblab::exporting
