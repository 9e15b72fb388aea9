// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/op/op.hpp"

#include <algorithm>
#include <cstring>
#include <functional>
#include <unordered_map>
#include <utility>
#include <vector>

namespace mblab {
namespace {

constexpr std::pair<std::string_view, ParameterKind> kind_names[] = {
    {"addr", ParameterKind::addr},       {"virt", ParameterKind::virt},   {"size", ParameterKind::size},
    {"align", ParameterKind::align},     {"end", ParameterKind::end},     {"nid", ParameterKind::nid},
    {"flags", ParameterKind::flags},     {"type", ParameterKind::type},   {"pfn", ParameterKind::pfn},
    {"boolean", ParameterKind::boolean}, {"count", ParameterKind::count}, {"cookie", ParameterKind::cookie},
    {"index", ParameterKind::index},     {"text", ParameterKind::text},   {"error", ParameterKind::error},
};

constexpr ParameterKind kind_of(std::string_view name)
{
    for (const auto &[known, kind] : kind_names)
        if (known == name)
            return kind;
    throw "ops.def names a kind of parameter that op.cpp does not know";
}

/// Reads "kind(name), kind(name)" into a list; returns how many.
template <size_t N> constexpr uint8_t read_list(std::string_view text, std::array<Parameter, N> &list)
{
    uint8_t count = 0;
    while (!text.empty()) {
        const size_t open = text.find('('), close = text.find(')');
        list[count++] = {kind_of(text.substr(0, open)), text.substr(open + 1, close - open - 1)};
        text.remove_prefix(std::min(text.size(), close + 3));
    }
    return count;
}

constexpr OpInfo describe(std::string_view name, uint8_t edition, Family family, std::string_view results,
                          std::string_view parameters)
{
    OpInfo info{name, {}, {}, 0, 0, edition, family};
    info.parameter_count = read_list(parameters, info.parameters);
    info.result_count = read_list(results.substr(1, results.size() - 2), info.results);
    return info;
}

constexpr OpInfo table[] = {
#define OP(name, edition, family, adapter, results, ...)                                                               \
    describe(#name, edition, Family::family, #results, #__VA_ARGS__),
#include "ops.def"
#undef OP
};

/// Editions only grow from row to row: a row inserted or moved would give old inputs another meaning.
constexpr bool editions_grow()
{
    return std::is_sorted(std::begin(table), std::end(table),
                          [](const OpInfo &a, const OpInfo &b) { return a.edition < b.edition; });
}
static_assert(editions_grow());

/// A text may hold commas: in a line of a trace only its last parameter can be one.
constexpr bool texts_are_last()
{
    for (const OpInfo &info : table)
        for (size_t i = 0; i + 1 < info.parameter_count; i++)
            if (info.parameters[i].kind == ParameterKind::text)
                return false;
    return true;
}
static_assert(texts_are_last());

constexpr std::string_view family_names[] = {"basic",  "buddy",   "attributes", "limits", "alloc", "query",
                                             "region", "iterate", "report",     "params", "world", "history"};
static_assert(std::size(family_names) == family_count);

template <typename Predicate> std::vector<uint16_t> kinds_where(Predicate is_wanted)
{
    std::vector<uint16_t> kinds;
    for (uint16_t kind = 0; kind < MBLAB_OP_COUNT; kind++)
        if (is_wanted(kind))
            kinds.push_back(kind);
    return kinds;
}

} // namespace

const OpInfo &op_info(uint16_t kind)
{
    return table[kind];
}

bool is_of_history(uint16_t kind)
{
    return table[kind].family == Family::history;
}

bool is_of_kernels(uint16_t kind)
{
    return table[kind].family != Family::world && !is_of_history(kind);
}

std::span<const uint16_t> memblock_ops()
{
    static const std::vector<uint16_t> kinds = kinds_where(std::not_fn(is_of_history));
    return kinds;
}

std::span<const uint16_t> history_ops()
{
    static const std::vector<uint16_t> kinds = kinds_where(is_of_history);
    return kinds;
}

const uint8_t last_edition = table[MBLAB_OP_COUNT - 1].edition;

uint16_t ops_of_edition(uint8_t edition)
{
    const auto is_held = [=](const OpInfo &info) { return info.edition <= edition; };
    return static_cast<uint16_t>(std::partition_point(std::begin(table), std::end(table), is_held) - std::begin(table));
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
