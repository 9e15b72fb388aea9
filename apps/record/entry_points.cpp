// SPDX-License-Identifier: GPL-2.0-or-later
#include "apps/record/entry_points.hpp"

#include "core/base/error.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

namespace mblab::recording {
namespace {

/// Functions that are not their op's namesake with the op's own signature.
const EntryPoint specials[] = {
    {MBLAB_OP___next_mem_range, Signature::cookie, {}, "__next_mem_range"},
    {MBLAB_OP___next_mem_range_rev, Signature::cookie, {}, "__next_mem_range_rev"},
    {MBLAB_OP___next_physmem_range, Signature::cookie, {}, "__next_physmem_range"},
    {MBLAB_OP___next_mem_pfn_range, Signature::index, {}, "__next_mem_pfn_range"},
    {MBLAB_OP___next_mem_pfn_range_in_zone, Signature::zone, {}, "__next_mem_pfn_range_in_zone"},
    {MBLAB_OP_memblock_search_pfn_nid, Signature::with_outputs, {}, "memblock_search_pfn_nid"},
    {MBLAB_OP_reserve_mem_find_by_name, Signature::with_outputs, {}, "reserve_mem_find_by_name"},
    {MBLAB_OP_early_param, Signature::parameter, "memblock=", "early_memblock"},
    {MBLAB_OP_early_param, Signature::parameter, "reserve_mem=", "reserve_mem"},
};

/// Written through in a header, or an accessor of one region: the compiler leaves no call to stop at.
constexpr std::string_view inline_setters[] = {"memblock_set_bottom_up", "memblock_set_region_node"};

/// What a function of that name is to a recording, if anything.
std::optional<EntryPoint> entry_point(std::string_view function)
{
    const auto special = std::ranges::find(specials, function, &EntryPoint::name);
    if (special != std::end(specials))
        return *special;
    const auto op = find_op(function);
    return op ? std::optional(EntryPoint{*op, Signature::direct, {}, std::string(function)}) : std::nullopt;
}

bool looks_like_memblock(std::string_view name)
{
    return name.starts_with("memblock_") || name.starts_with("__memblock_") || name.starts_with("__next_mem_") ||
           name.starts_with("reserve_mem_");
}

void add(EntryPoints &found, const Symbol &symbol, std::span<const std::string> skip)
{
    const std::string_view name = symbol.name, stem = name.substr(0, name.find('.'));
    const auto entry = entry_point(stem);
    if (!entry) {
        if (symbol.type == 'T' && stem == name && looks_like_memblock(name) && name != "memblock_free_pages")
            found.skipped.push_back({symbol.name, "it has no op; what it calls or changes is seen"});
    } else if (stem != name) { // memblock_reserve.constprop.0
        found.skipped.push_back({symbol.name, "a clone that only mm/memblock.c itself calls"});
    } else if (std::ranges::find(skip, name) != skip.end()) {
        found.skipped.push_back({symbol.name, "by --skip"});
    } else {
        found.by_address.emplace(symbol.address, *entry);
    }
}

} // namespace

EntryPoints find_entry_points(const SymbolTable &symbols, std::span<const std::string> skip)
{
    for (const std::string &name : skip)
        if (!entry_point(name))
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

std::string KernelConfiguration::variant(uint64_t memory_max, uint64_t reserved_max) const
{
    if (memory_max == 128 && reserved_max == 128)
        return numa ? "numa-128" : "uma-128";
    // In the order of core/engine/variants.txt, so that the engines of a variant that is built there are found.
    return fmt::format("{},regions={}:{}{}{}", numa ? "numa" : "uma", memory_max, reserved_max,
                       keep ? ",keep,debugfs" : "", deferred ? ",deferred" : "");
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

} // namespace mblab::recording
