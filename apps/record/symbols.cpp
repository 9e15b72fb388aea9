// SPDX-License-Identifier: GPL-2.0-or-later
#include "apps/record/symbols.hpp"

#include "core/base/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace mblab::recording {
namespace {

/// Addresses below are offsets into per-processor areas, or were hidden by kptr_restrict.
constexpr uint64_t kernel_half = uint64_t{1} << 63;
constexpr size_t address_digits = 16;

std::optional<Symbol> parse_line(std::string_view line)
{
    while (!line.empty() && (line.back() == '\r' || line.back() == ' '))
        line.remove_suffix(1);
    if (line.size() < address_digits + 4 || line[address_digits] != ' ' || line[address_digits + 2] != ' ')
        return std::nullopt;
    Symbol symbol{0, line[address_digits + 1], std::string(line.substr(address_digits + 3))};
    const auto [rest, error] = std::from_chars(line.data(), line.data() + address_digits, symbol.address, 16);
    if (error != std::errc() || rest != line.data() + address_digits || symbol.address < kernel_half)
        return std::nullopt;
    if (symbol.name.find_first_of(" \t[") != std::string::npos || symbol.name.starts_with("__pfx_"))
        return std::nullopt;
    return symbol;
}

} // namespace

SymbolTable::SymbolTable(std::string_view kallsyms)
{
    each_line(kallsyms, [&](std::string_view line) {
        if (auto symbol = parse_line(line))
            by_address_.push_back(*std::move(symbol));
    });
    std::ranges::stable_sort(by_address_, {}, &Symbol::address);
    for (size_t i = 0; i < by_address_.size(); i++)
        by_name_.emplace(by_address_[i].name, i);
}

std::optional<uint64_t> SymbolTable::find(std::string_view name) const
{
    const auto found = by_name_.find(name);
    return found == by_name_.end() ? std::nullopt : std::optional(by_address_[found->second].address);
}

std::string SymbolTable::place_of(uint64_t address) const
{
    auto after = std::ranges::upper_bound(by_address_, address, {}, &Symbol::address);
    while (after != by_address_.begin()) {
        --after;
        if (after->is_code())
            return fmt::format("{}+{:#x}", after->name, address - after->address);
    }
    return fmt::format("{:#x}", address);
}

} // namespace mblab::recording
