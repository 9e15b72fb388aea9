// SPDX-License-Identifier: GPL-2.0-or-later
// Which functions of a kernel a recording stops at, and which it leaves alone on purpose.
#pragma once

#include "apps/record/symbols.hpp"
#include "core/op/op.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace mblab::recording {

/// How the arguments of a function stand for those of its op, where it is not one for one.
enum class Signature : uint8_t {
    direct,       // register i is argument i
    cookie,       // u64 *idx first, read before and after
    index,        // int *idx first, read before and after
    zone,         // u64 *idx, struct zone *
    parameter,    // the rest of a "name=value" of the kernel's command line
    with_outputs, // direct, then pointers that results are written through
};

struct EntryPoint {
    uint16_t op;
    Signature signature;
    std::string_view prefix; // of a parameter: "memblock="
    std::string name;        // of the function
};

/// Which function to leave alone, and why.
struct Skipped {
    std::string name;
    std::string why;
};

struct EntryPoints {
    std::unordered_map<uint64_t, EntryPoint> by_address;
    std::vector<Skipped> skipped;
};

/// Look for all of them. A function without a symbol of its own is skipped, and so are those named in `skip`.
/// Throws Error when there is no memblock in the kernel, or `skip` names what is no op.
EntryPoints find_entry_points(const SymbolTable &symbols, std::span<const std::string> skip);

/// The facts of the kernel's configuration that its symbols give away.
struct KernelConfiguration {
    bool numa, deferred, keep, hotplug, cma;

    /// The variant with so much room in the arrays, as a trace names it.
    std::string variant(uint64_t memory_max, uint64_t reserved_max) const;
};
KernelConfiguration configuration_of(const SymbolTable &symbols);

} // namespace mblab::recording
