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
    history
};
inline constexpr size_t family_count = 12;

struct OpInfo {
    std::string_view name;
    std::array<Parameter, MBLAB_MAX_ARGS> parameters;
    std::array<Parameter, MBLAB_MAX_RESULTS> results;
    uint8_t parameter_count;
    uint8_t result_count;
    uint8_t edition; // of the binary trace form that first has it
    Family family;

    std::span<const Parameter> params() const { return {parameters.data(), parameter_count}; }
    bool has_text() const { return parameter_count && parameters[parameter_count - 1].kind == ParameterKind::text; }
    std::span<const Parameter> outs() const { return {results.data(), result_count}; }
};

/// The facts of a kind of op. kind < MBLAB_OP_COUNT.
const OpInfo &op_info(uint16_t kind);

/// Whether it is of memblock's predecessors.
bool is_of_history(uint16_t kind);

/// Whether a kernel tree may have it: neither the lab's own nor a predecessor's.
bool is_of_kernels(uint16_t kind);

/// The kinds of op of memblock, in the order of ops.def: what a search draws from. What an engine lacks is not made
/// there.
std::span<const uint16_t> memblock_ops();

/// The kinds of op that memblock's predecessors speak.
std::span<const uint16_t> history_ops();

/// How many kinds of op the binary trace form of that edition holds: those before it in ops.def. 1 <= edition <=
/// last_edition.
uint16_t ops_of_edition(uint8_t edition);
extern const uint8_t last_edition;

/// The kind of op of that name, if there is one.
std::optional<uint16_t> find_op(std::string_view name);

std::string_view family_name(Family family);

/// Make an op of a kind from its numbers, in the order of its parameters.
Op make_op(mblab_op_kind kind, std::initializer_list<uint64_t> arguments = {}, std::string_view text = {});

/// Whether two ops are the same call.
bool same_op(const Op &a, const Op &b);

} // namespace mblab
