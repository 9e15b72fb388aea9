// SPDX-License-Identifier: GPL-2.0-or-later
// Making any list of numbers a list of calls that every engine can be given.
#include "core/trace/trace.hpp"

#include <algorithm>
#include <climits>
#include <cstring>

namespace mblab {
namespace {

constexpr uint64_t all_indices_done = ~uint64_t{0};

uint64_t sign_extend(uint64_t value)
{
    return static_cast<uint64_t>(static_cast<int64_t>(static_cast<int32_t>(value)));
}

/// A NULL type is lawful only where it means "exclude nothing".
bool may_be_none(const Op &op, size_t parameter)
{
    switch (op.kind) {
    case MBLAB_OP___for_each_mem_range:
    case MBLAB_OP___for_each_mem_range_rev:
    case MBLAB_OP_for_each_physmem_range:
    case MBLAB_OP___next_physmem_range:
        return op_info(op.kind).parameters[parameter].name != "type_a";
    case MBLAB_OP___next_mem_range:
    case MBLAB_OP___next_mem_range_rev:
        return op_info(op.kind).parameters[parameter].name == "type_b";
    default:
        return false;
    }
}

uint64_t normal_value(const Op &op, size_t parameter, uint64_t value)
{
    switch (op_info(op.kind).parameters[parameter].kind) {
    case ParameterKind::nid:
        return sign_extend(value);
    case ParameterKind::index:
        // The kernel increments it, and an int has no value after INT_MAX.
        return sign_extend(value) == INT_MAX ? all_indices_done : sign_extend(value);
    case ParameterKind::flags:
        return value & 0xffffffff;
    case ParameterKind::boolean:
        return value ? 1 : 0;
    case ParameterKind::type:
        value &= 3;
        return value == MBLAB_TYPE_none && !may_be_none(op, parameter) ? uint64_t{MBLAB_TYPE_memory} : value;
    default:
        return value;
    }
}

/// Text that a line of the text form can hold: printable, and without its own quote.
void normalize_text(char (&text)[MBLAB_TEXT_SIZE])
{
    text[sizeof text - 1] = '\0';
    const size_t length = std::strlen(text);
    for (size_t i = 0; i < length; i++)
        if (text[i] < ' ' || text[i] > '~' || text[i] == '"')
            text[i] = '_';
    std::fill(text + length, text + sizeof text, '\0');
}

} // namespace

void normalize(Op &op)
{
    op.kind %= MBLAB_OP_COUNT;
    const OpInfo &info = op_info(op.kind);
    for (size_t i = 0; i < MBLAB_MAX_ARGS; i++) {
        const bool used = i < info.parameter_count && info.parameters[i].kind != ParameterKind::text;
        op.arg[i] = used ? normal_value(op, i, op.arg[i]) : 0;
    }
    if (!info.has_text())
        std::memset(op.text, 0, sizeof op.text);
    normalize_text(op.text);
    if (op.kind == MBLAB_OP_world_budget)
        op.arg[0] = std::clamp<uint64_t>(op.arg[0], 64, uint64_t{1} << 22);
    if (op.kind == MBLAB_OP_world_slab)
        op.arg[0] %= 3;
    if (op.kind == MBLAB_OP_world_online_nodes)
        op.arg[0] = std::min<uint64_t>(op.arg[0], 64);
    if (op.kind == MBLAB_OP_world_kho_reserve_mem)
        op.arg[2] %= MBLAB_KHO_FORMS;
}

void normalize(Trace &trace)
{
    for (Step &step : trace.steps)
        normalize(step.op);
}

} // namespace mblab
