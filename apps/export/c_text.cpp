// SPDX-License-Identifier: GPL-2.0-or-later
#include "apps/export/c_text.hpp"

#include "core/base/text.hpp"
#include "core/op/typed.hpp"
#include "core/state/flags.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace mblab::exporting {
namespace {

constexpr uint64_t all_ones = ~uint64_t{0};
constexpr unsigned page_shift = 12;
constexpr size_t loop_min = 4; // regions that are alike, for a loop over them

std::string replaced(std::string text, std::string_view what, std::string_view with)
{
    for (size_t at = text.find(what); at != text.npos; at = text.find(what, at + with.size()))
        text.replace(at, what.size(), with);
    return text;
}

std::string c_type(uint64_t type)
{
    return type == MBLAB_TYPE_none      ? "NULL"
           : type == MBLAB_TYPE_physmem ? "&physmem"
                                        : "&memblock." + print_value(ParameterKind::type, type);
}

/// -ENOMEM, where errno has a name for it.
std::string c_error(uint64_t value)
{
    static constexpr std::pair<int, std::string_view> names[] = {{-2, "-ENOENT"},  {-6, "-ENXIO"},  {-7, "-E2BIG"},
                                                                 {-12, "-ENOMEM"}, {-16, "-EBUSY"}, {-22, "-EINVAL"}};
    const auto error = static_cast<int64_t>(value);
    for (const auto &[number, name] : names)
        if (number == error)
            return std::string(name);
    return std::to_string(error);
}

struct VariableType {
    std::string_view type, name;
};

VariableType type_of(ParameterKind kind)
{
    switch (kind) {
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
    case ParameterKind::pfn:
        return {"unsigned long ", "pfn"};
    case ParameterKind::cookie:
        return {"u64 ", "idx"};
    case ParameterKind::index:
        return {"int ", "index"};
    default:
        return {"unsigned long ", "number"};
    }
}

/// The variable that takes the first result of an op; empty when it has none.
VariableType variable_of(uint16_t kind)
{
    const OpInfo &info = op_info(kind);
    return info.result_count ? type_of(info.results[0].kind) : VariableType{};
}

} // namespace

std::string c_node(int64_t nid, const State &state)
{
    return state.is_numa() && nid == state.no_node() ? "MAX_NUMNODES"
                                                     : print_value(ParameterKind::nid, static_cast<uint64_t>(nid));
}

bool is_address(ParameterKind kind, uint64_t value, Family family)
{
    switch (kind) {
    case ParameterKind::addr:
        return value != 0 || family != Family::alloc;
    case ParameterKind::virt:
        return value != 0;
    case ParameterKind::end:
        return value > 1 && value != all_ones;
    default:
        return kind == ParameterKind::pfn;
    }
}

Op moved(const Op &op, uint64_t distance)
{
    const OpInfo &info = op_info(op.kind);
    Op out = op;
    for (size_t i = 0; i < info.parameter_count; i++)
        if (const ParameterKind kind = info.parameters[i].kind; is_address(kind, op.arg[i], info.family))
            out.arg[i] += kind == ParameterKind::pfn ? distance >> page_shift : distance;
    return out;
}

std::string CForm::address(uint64_t value) const
{
    const std::string further = stride ? fmt::format(" + i * {}", c_number(stride)) : "";
    if (!is_relative)
        return c_number(value) + further;
    return (value == low  ? "at"
            : value > low ? fmt::format("at + {}", c_number(value - low))
                          : fmt::format("at - {}", c_number(low - value))) +
           further;
}

std::string c_number(uint64_t value)
{
    if (value < 10)
        return std::to_string(value);
    return fmt::format("{:#x}{}", value, value > UINT32_MAX ? "ULL" : "");
}

std::string CForm::value(ParameterKind kind, uint64_t value, Family family) const
{
    switch (kind) {
    case ParameterKind::end:
        if (value == all_ones)
            return "MEMBLOCK_ALLOC_ANYWHERE";
        if (value <= 1 && family == Family::alloc)
            return value ? "MEMBLOCK_ALLOC_NOLEAKTRACE" : "MEMBLOCK_ALLOC_ACCESSIBLE";
        [[fallthrough]];
    case ParameterKind::addr:
        return is_address(kind, value, family) ? address(value) : c_number(value);
    case ParameterKind::virt:
        return value ? fmt::format("{}({})", to_pointer, address(value)) : "NULL";
    case ParameterKind::pfn:
        return is_relative ? fmt::format("PHYS_PFN({})", address(value << page_shift)) : c_number(value);
    case ParameterKind::flags:
        return replaced(flags_text(value), "|", " | ");
    case ParameterKind::type:
        return c_type(value);
    case ParameterKind::error:
        return c_error(value);
    case ParameterKind::nid:
    case ParameterKind::index:
    case ParameterKind::boolean:
        return print_value(kind, value);
    default:
        return c_number(value);
    }
}

std::string CForm::result(ParameterKind kind, uint64_t value, Family family) const
{
    if (kind != ParameterKind::addr)
        return this->value(kind, value, family);
    // 0 is a failure, all ones no limit.
    return value == 0 || value == all_ones ? this->value(ParameterKind::end, value, Family::limits) : address(value);
}

std::string CForm::call(const Op &op) const
{
    const OpInfo &info = op_info(op.kind);
    // Helpers of one region take a pointer to it where the trace has a type and an index.
    if (info.family == Family::region)
        return visit(op, [&](const auto &typed) -> std::string {
            if constexpr (requires { typed.region; })
                return fmt::format("{}({}.regions[{}])", info.name, c_type(typed.type), typed.region);
            return {};
        });
    std::string text = std::string(info.name) + '(';
    for (size_t i = 0; i < info.parameter_count; i++) {
        const ParameterKind kind = info.parameters[i].kind;
        text += i ? ", " : "";
        text += i == 0 && is_walk(op)         ? fmt::format("&{}", variable_of(op.kind).name)
                : kind == ParameterKind::text ? fmt::format("\"{}\"", op.text)
                                              : value(kind, op.arg[i], info.family);
    }
    for (size_t i = 1; i < info.result_count; i++) // through pointers
        text += fmt::format(", &{}", info.results[i].name);
    return text + ')';
}

std::string CForm::region_checks(std::string_view function, mblab_type type, const State &state,
                                 const State &nodes) const
{
    const RegionSet &set = state.arrays[type].set, &of_nodes = nodes.arrays[type].set;
    const auto node = [&](size_t i) { return c_node(i < of_nodes.count() ? of_nodes[i].nid : 0, nodes); };
    const auto line = [&](const CForm &form, size_t i, const std::string &index) {
        return fmt::format("\t{}({}, {}, {}, {}, {}, {});\n", function, c_type(type), index,
                           set[i].size ? form.address(set[i].base) : c_number(set[i].base), c_number(set[i].size),
                           value(ParameterKind::flags, set[i].flags, Family::region), node(i));
    };
    std::string text;
    for (size_t i = 0, end; i < set.count(); i = end) {
        const uint64_t step = i + 1 < set.count() ? set[i + 1].base - set[i].base : 0;
        for (end = i + 1; end < set.count() && set[end].base - set[end - 1].base == step &&
                          set[end].size == set[i].size && set[end].flags == set[i].flags && node(end) == node(i);
             end++)
            ;
        if (end - i < loop_min) {
            text += line(*this, i, std::to_string(i));
            end = i + 1;
        } else {
            CForm form = *this;
            form.stride = step;
            text += fmt::format("\tfor (i = 0; i < {}; i++)\n\t", end - i) +
                    line(form, i, i ? fmt::format("{} + i", i) : "i");
        }
    }
    return text;
}

bool is_walk(const Op &op)
{
    return is<ops::__next_mem_range>(op) || is<ops::__next_mem_range_rev>(op) || is<ops::__next_mem_pfn_range>(op);
}

std::vector<CResult> results_of(const PlayedStep &step)
{
    const OpInfo &info = op_info(step.op.kind);
    // Where a walk is over, and where nothing was found, nothing is written through the other pointers.
    const auto first = static_cast<int64_t>(step.result.value[0]);
    const bool is_alone = info.family == Family::params ? first == 0 : first == -1;
    std::vector<CResult> results;
    for (size_t i = 0; i < (is_alone ? 1 : step.result.count) && i < info.result_count; i++) {
        const auto &[kind, name] = info.results[i];
        results.push_back({kind, i ? name : variable_of(step.op.kind).name, name, step.result.value[i]});
    }
    return results;
}

std::string assignment(const Op &op, const CForm &form)
{
    const std::string_view variable = variable_of(op.kind).name;
    if (is_walk(op))
        return fmt::format("{} = {};\n\t{}", variable,
                           form.value(op_info(op.kind).parameters[0].kind, op.arg[0], Family::iterate), form.call(op));
    return variable.empty() ? form.call(op) : fmt::format("{} = {}", variable, form.call(op));
}

void Variables::add(const Op &op)
{
    if (const VariableType variable = variable_of(op.kind); !variable.name.empty())
        types_[variable.name] = variable.type;
    const OpInfo &info = op_info(op.kind);
    for (size_t i = 1; i < info.result_count; i++)
        types_[info.results[i].name] = type_of(info.results[i].kind).type;
}

std::string Variables::text() const
{
    std::string text;
    for (const auto &[name, type] : types_)
        text += fmt::format("\t{}{} __maybe_unused;\n", type, name);
    return text;
}

std::string c_comment(std::string_view text)
{
    std::string out;
    each_line(text, [&](std::string_view line) { out += line.empty() ? " *\n" : fmt::format(" * {}\n", line); });
    // What a trace says in quotes could end the comment.
    return "/*\n" + replaced(std::move(out), "*/", "* /") + " */\n";
}

} // namespace mblab::exporting
