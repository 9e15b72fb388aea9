// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/op/op.hpp"

#include <algorithm>
#include <cstring>
#include <unordered_map>

namespace mblab {
namespace {

struct KindName {
    std::string_view name;
    ParameterKind kind;
};

constexpr KindName kind_names[] = {
    {"addr", ParameterKind::addr},    {"virt", ParameterKind::virt},   {"size", ParameterKind::size},
    {"align", ParameterKind::align},  {"end", ParameterKind::end},     {"nid", ParameterKind::nid},
    {"flags", ParameterKind::flags},  {"type", ParameterKind::type},   {"pfn", ParameterKind::pfn},
    {"bool", ParameterKind::boolean}, {"count", ParameterKind::count}, {"cookie", ParameterKind::cookie},
    {"index", ParameterKind::index},  {"text", ParameterKind::text},   {"errno", ParameterKind::error},
};

constexpr ParameterKind kind_of(std::string_view name)
{
    for (const KindName &known : kind_names)
        if (known.name == name)
            return known.kind;
    throw "ops.def names a kind of parameter that op.cpp does not know";
}

/// Reads "kind:name kind:name" into a list; returns how many.
template <size_t N> constexpr uint8_t read_list(std::string_view text, std::array<Parameter, N> &list)
{
    uint8_t count = 0;
    while (!text.empty()) {
        const std::string_view item = text.substr(0, text.find(' '));
        const size_t colon = item.find(':');
        list[count++] = {kind_of(item.substr(0, colon)), item.substr(colon + 1)};
        text.remove_prefix(std::min(text.size(), item.size() + 1));
    }
    return count;
}

constexpr OpInfo describe(std::string_view name, std::string_view parameters, std::string_view results, Family family)
{
    OpInfo info{name, {}, {}, 0, 0, family};
    info.parameter_count = read_list(parameters, info.parameters);
    info.result_count = read_list(results, info.results);
    return info;
}

constexpr OpInfo table[] = {
#define OP(name, parameters, results, family) describe(#name, parameters, results, Family::family),
#include "ops.def"
#undef OP
};

constexpr std::string_view family_names[] = {"basic",  "buddy",   "attributes", "limits", "alloc", "query",
                                             "region", "iterate", "report",     "params", "world", "later"};
static_assert(std::size(family_names) == family_count);

} // namespace

const OpInfo &op_info(uint16_t kind)
{
    return table[kind];
}

std::optional<uint16_t> find_op(std::string_view name)
{
    static const auto by_name = [] {
        std::unordered_map<std::string_view, uint16_t> names;
        for (uint16_t kind = 0; kind < MBLAB_OP_COUNT; kind++)
            names.emplace(table[kind].name, kind);
        return names;
    }();
    const auto found = by_name.find(name);
    return found == by_name.end() ? std::nullopt : std::optional(found->second);
}

std::string_view family_name(Family family)
{
    return family_names[static_cast<size_t>(family)];
}

Op make_op(mblab_op_kind kind, std::initializer_list<uint64_t> arguments, std::string_view text)
{
    Op op{};
    op.kind = static_cast<uint16_t>(kind);
    std::copy(arguments.begin(), arguments.end(), op.arg);
    text.copy(op.text, sizeof op.text - 1);
    return op;
}

bool same_op(const Op &a, const Op &b)
{
    return a.kind == b.kind && std::equal(std::begin(a.arg), std::end(a.arg), std::begin(b.arg)) &&
           std::strcmp(a.text, b.text) == 0;
}

} // namespace mblab
