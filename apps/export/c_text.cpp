// SPDX-License-Identifier: GPL-2.0-or-later
#include "apps/export/c_text.hpp"

#include <fmt/format.h>

namespace mblab::exporting {
namespace {

constexpr uint64_t all_ones = ~uint64_t{0};
constexpr unsigned page_shift = 12;

bool is_region_helper(uint16_t kind)
{
    return op_info(kind).family == Family::region;
}

std::string c_type(uint64_t type)
{
    return type == MBLAB_TYPE_none      ? "NULL"
           : type == MBLAB_TYPE_physmem ? "&physmem"
                                        : "&memblock." + print_value(ParameterKind::type, type);
}

std::string c_end(uint64_t value, Family family, const Placement &placement)
{
    if (value == all_ones)
        return "MEMBLOCK_ALLOC_ANYWHERE";
    if (value == 0 && family == Family::alloc)
        return "MEMBLOCK_ALLOC_ACCESSIBLE";
    if (value == 1 && family == Family::alloc)
        return "MEMBLOCK_ALLOC_NOLEAKTRACE";
    return Placement::moves(ParameterKind::end, value, family) ? placement.address(value) : c_number(value);
}

std::string c_pfn(uint64_t pfn, const Placement &placement)
{
    return placement.relative ? fmt::format("PHYS_PFN({})", placement.address(pfn << page_shift)) : c_number(pfn);
}

std::string c_argument(ParameterKind kind, uint64_t value, Family family, const Placement &placement,
                       const PointerStyle &style)
{
    switch (kind) {
    case ParameterKind::addr:
        return Placement::moves(kind, value, family) ? placement.address(value) : c_number(value);
    case ParameterKind::virt:
        return value ? fmt::format("{}({})", style.to_pointer, placement.address(value)) : "NULL";
    case ParameterKind::end:
        return c_end(value, family, placement);
    case ParameterKind::pfn:
        return c_pfn(value, placement);
    case ParameterKind::flags:
        return c_flags(value);
    case ParameterKind::type:
        return c_type(value);
    case ParameterKind::nid:
    case ParameterKind::index:
    case ParameterKind::boolean:
        return print_value(kind, value);
    default:
        return c_number(value);
    }
}

/// Helpers of one region take a pointer to it where the trace has a type and an index.
std::string region_call(const Op &op)
{
    return fmt::format("{}({}.regions[{}])", op_info(op.kind).name, c_type(op.arg[0]), op.arg[1]);
}

} // namespace

bool Placement::moves(ParameterKind kind, uint64_t value, Family family)
{
    switch (kind) {
    case ParameterKind::addr:
        return value != 0 || family != Family::alloc;
    case ParameterKind::virt:
        return value != 0;
    case ParameterKind::end:
        return value > 1 && value != all_ones;
    case ParameterKind::pfn:
        return true;
    default:
        return false;
    }
}

uint64_t Placement::moved(ParameterKind kind, uint64_t value, Family family, uint64_t distance)
{
    if (!moves(kind, value, family))
        return value;
    return value + (kind == ParameterKind::pfn ? distance >> page_shift : distance);
}

Op Placement::moved(const Op &op, uint64_t distance)
{
    const OpInfo &info = op_info(op.kind);
    Op out = op;
    for (size_t i = 0; i < info.parameter_count; i++)
        out.arg[i] = moved(info.parameters[i].kind, op.arg[i], info.family, distance);
    return out;
}

std::string Placement::address(uint64_t value) const
{
    if (!relative)
        return c_number(value);
    if (value == low)
        return "at";
    return value > low ? fmt::format("at + {}", c_number(value - low)) : fmt::format("at - {}", c_number(low - value));
}

std::string c_number(uint64_t value)
{
    if (value < 10)
        return std::to_string(value);
    return fmt::format("{:#x}{}", value, value > UINT32_MAX ? "ULL" : "");
}

std::string c_flags(uint64_t flags)
{
    std::string text = print_value(ParameterKind::flags, flags);
    for (size_t at = text.find('|'); at != std::string::npos; at = text.find('|', at + 3))
        text.replace(at, 1, " | ");
    return text;
}

std::string c_error(uint64_t value)
{
    switch (static_cast<int64_t>(value)) {
    case -2:
        return "-ENOENT";
    case -6:
        return "-ENXIO";
    case -7:
        return "-E2BIG";
    case -12:
        return "-ENOMEM";
    case -16:
        return "-EBUSY";
    case -22:
        return "-EINVAL";
    default:
        return std::to_string(static_cast<int64_t>(value));
    }
}

std::string c_node(int64_t nid, const Variant &variant)
{
    if (nid == -1)
        return "NUMA_NO_NODE";
    if (variant.has(MBLAB_CONFIG_numa) && nid == static_cast<int64_t>(variant.max_nodes))
        return "MAX_NUMNODES";
    return std::to_string(nid);
}

std::string c_call(const Op &op, const Placement &placement, const PointerStyle &style)
{
    if (is_region_helper(op.kind))
        return region_call(op);
    const OpInfo &info = op_info(op.kind);
    std::string text = std::string(info.name) + '(';
    for (size_t i = 0; i < info.parameter_count; i++)
        text += (i ? ", " : "") + c_argument(info.parameters[i].kind, op.arg[i], info.family, placement, style);
    // The one call that writes results through pointers, too.
    if (op.kind == MBLAB_OP_memblock_search_pfn_nid)
        text += ", &start_pfn, &end_pfn";
    return text + ')';
}

ResultVariable result_variable(uint16_t kind)
{
    const OpInfo &info = op_info(kind);
    if (!info.result_count)
        return {};
    switch (info.results[0].kind) {
    case ParameterKind::error:
        return {"int ", "ret"};
    case ParameterKind::boolean:
        return {"bool ", "answer"};
    case ParameterKind::addr:
        return {"phys_addr_t ", "addr"};
    case ParameterKind::size:
        return {"phys_addr_t ", "bytes"};
    case ParameterKind::virt:
        return {"void *", "ptr"};
    case ParameterKind::nid:
        return {"int ", "nid"};
    default:
        return {"unsigned long ", "number"};
    }
}

std::string c_result(ParameterKind kind, uint64_t value, Family family, const Placement &placement,
                     const PointerStyle &style)
{
    switch (kind) {
    case ParameterKind::error:
        return c_error(value);
    case ParameterKind::addr:
        // 0 is a failure, all ones no limit.
        return value == 0 || value == all_ones ? c_end(value, Family::limits, placement) : placement.address(value);
    default:
        return c_argument(kind, value, family, placement, style);
    }
}

std::string c_comment(std::string_view text)
{
    std::string out;
    while (!text.empty()) {
        const std::string_view line = text.substr(0, text.find('\n'));
        out += line.empty() ? " *\n" : fmt::format(" * {}\n", line);
        text.remove_prefix(std::min(text.size(), line.size() + 1));
    }
    // What a trace says in quotes could end the comment.
    for (size_t at = out.find("*/"); at != std::string::npos; at = out.find("*/", at))
        out.replace(at, 2, "* /");
    return out;
}

} // namespace mblab::exporting
