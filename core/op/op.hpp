// SPDX-License-Identifier: GPL-2.0-or-later
// What the lab knows about each operation: its name, parameters and results, out of ops.def.
#pragma once

#include "core/op/ops.h"

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace mblab {

/// One call, as data.
using Op = mblab_op;

enum class ParameterKind : uint8_t {
    addr,
    virt,
    size,
    align,
    end,
    nid,
    flags,
    type,
    pfn,
    boolean,
    count,
    cookie,
    index,
    text,
    error,
};

struct Parameter {
    ParameterKind kind;
    std::string_view name;
};

enum class Family : uint8_t {
    basic,
    buddy,
    attributes,
    limits,
    alloc,
    query,
    region,
    iterate,
    report,
    params,
    world,
    later
};
inline constexpr size_t family_count = 12;

/// Ops below this are those of Linux 6.12 and the machine; from here on, Family::later. The search draws from the first
/// and gets the others from seeds, so that what a seed gives stays the same when the kernel grows.
inline constexpr uint16_t established_op_count = MBLAB_OP_memblock_alloc_or_panic;

struct OpInfo {
    std::string_view name;
    std::array<Parameter, MBLAB_MAX_ARGS> parameters;
    std::array<Parameter, MBLAB_MAX_RESULTS> results;
    uint8_t parameter_count;
    uint8_t result_count;
    Family family;

    std::span<const Parameter> params() const { return {parameters.data(), parameter_count}; }
    std::span<const Parameter> outs() const { return {results.data(), result_count}; }
};

/// The facts of a kind of op. kind < MBLAB_OP_COUNT.
const OpInfo &op_info(uint16_t kind);

/// The kind of op of that name, if there is one.
std::optional<uint16_t> find_op(std::string_view name);

std::string_view family_name(Family family);

/// Make an op of a kind from its numbers, in the order of its parameters.
Op make_op(mblab_op_kind kind, std::initializer_list<uint64_t> arguments = {}, std::string_view text = {});

/// Whether two ops are the same call.
bool same_op(const Op &a, const Op &b);

} // namespace mblab
