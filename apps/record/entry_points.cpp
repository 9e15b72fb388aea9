// SPDX-License-Identifier: GPL-2.0-or-later
#include "apps/record/entry_points.hpp"

#include "core/base/error.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace mblab::record {
namespace {

struct Special {
    std::string_view function;
    mblab_op_kind op;
    Signature signature;
    std::string_view prefix;
};

/// Functions that are not their op's namesake with the op's own signature.
constexpr Special specials[] = {
    {"__next_mem_range", MBLAB_OP___next_mem_range, Signature::cookie, {}},
    {"__next_mem_range_rev", MBLAB_OP___next_mem_range_rev, Signature::cookie, {}},
    {"__next_physmem_range", MBLAB_OP___next_physmem_range, Signature::cookie, {}},
    {"__next_mem_pfn_range", MBLAB_OP___next_mem_pfn_range, Signature::index, {}},
    {"__next_mem_pfn_range_in_zone", MBLAB_OP___next_mem_pfn_range_in_zone, Signature::zone, {}},
    {"memblock_search_pfn_nid", MBLAB_OP_memblock_search_pfn_nid, Signature::with_outputs, {}},
    {"reserve_mem_find_by_name", MBLAB_OP_reserve_mem_find_by_name, Signature::with_outputs, {}},
    {"early_memblock", MBLAB_OP_early_param, Signature::parameter, "memblock="},
    {"reserve_mem", MBLAB_OP_early_param, Signature::parameter, "reserve_mem="},
};

/// Written through in a header, or an accessor of one region: the compiler leaves no call to stop at.
constexpr std::string_view inline_setters[] = {"memblock_set_bottom_up", "memblock_set_region_node"};

const Special *special_of(std::string_view function)
{
    const auto found = std::find_if(std::begin(specials), std::end(specials),
                                    [&](const Special &special) { return special.function == function; });
    return found == std::end(specials) ? nullptr : found;
}

/// The function that a clone was made from: memblock_reserve of memblock_reserve.constprop.0.
std::string_view stem(std::string_view name)
{
    return name.substr(0, name.find('.'));
}

bool looks_like_memblock(std::string_view name)
{
    return name.starts_with("memblock_") || name.starts_with("__memblock_") || name.starts_with("__next_mem_") ||
           name.starts_with("reserve_mem_");
}

bool is_skipped(std::span<const std::string> skip, std::string_view name)
{
    return std::find(skip.begin(), skip.end(), name) != skip.end();
}

void add(EntryPoints &found, const Symbol &symbol, std::span<const std::string> skip)
{
    const Special *special = special_of(symbol.name);
    const auto op = find_op(symbol.name);
    if (symbol.name.find('.') != std::string::npos) {
        if (find_op(stem(symbol.name)) || special_of(stem(symbol.name)))
            found.skipped.push_back({symbol.name, "a clone that only mm/memblock.c itself calls"});
        return;
    }
    if (is_skipped(skip, symbol.name)) {
        found.skipped.push_back({symbol.name, "by --skip"});
        return;
    }
    if (special)
        found.by_address.emplace(symbol.address, EntryPoint{symbol.address, static_cast<uint16_t>(special->op),
                                                            special->signature, special->prefix, symbol.name});
    else if (op)
        found.by_address.emplace(symbol.address, EntryPoint{symbol.address, *op, Signature::direct, {}, symbol.name});
    else if (symbol.type == 'T' && looks_like_memblock(symbol.name) && symbol.name != "memblock_free_pages")
        found.skipped.push_back({symbol.name, "no op stands for it; what it calls or changes is seen"});
}

} // namespace

EntryPoints find_entry_points(const SymbolTable &symbols, std::span<const std::string> skip)
{
    for (const std::string &name : skip)
        if (!find_op(name) && !special_of(name))
            throw Error(fmt::format("--skip {}: no such function is recorded", name));
    EntryPoints found;
    for (const Symbol &symbol : symbols.symbols())
        if (symbol.is_code())
            add(found, symbol, skip);
    if (found.by_address.empty())
        throw Error("the kernel's symbols name no function of memblock");
    for (const std::string_view name : inline_setters)
        if (!symbols.has(name))
            found.skipped.push_back({std::string(name), "inlined; its writes are seen in the state"});
    return found;
}

std::string KernelConfiguration::options() const
{
    return fmt::format("{}{}{}", numa ? "numa" : "uma", deferred ? ",deferred" : "", keep ? ",keep" : "");
}

KernelConfiguration configuration_of(const SymbolTable &symbols)
{
    return {
        .numa = symbols.has("nr_node_ids") || symbols.has("numa_add_memblk"),
        .deferred = symbols.has("__next_mem_pfn_range_in_zone"),
        .keep = !symbols.has("memblock_discard"),
        .hotplug = symbols.has("offline_pages"),
        .cma = symbols.has("cma_alloc"),
    };
}

} // namespace mblab::record
