// SPDX-License-Identifier: GPL-2.0-or-later
// A kernel's symbols, out of the text of /proc/kallsyms.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace mblab::recording {

struct Symbol {
    uint64_t address;
    char type; // as nm writes it: T and t are code, upper case is global
    std::string name;

    bool is_code() const { return type == 'T' || type == 't' || type == 'W' || type == 'w'; }
};

class SymbolTable {
  public:
    /// Read lines of "address type name"; a line that is none of that is skipped, as a console mixes its own in.
    /// Modules' symbols and the padding before functions (__pfx_) are left out.
    explicit SymbolTable(std::string_view kallsyms);

    size_t size() const { return by_address_.size(); }
    /// All symbols by address.
    std::span<const Symbol> symbols() const { return by_address_; }
    bool has(std::string_view name) const { return find(name).has_value(); }
    /// The address of a symbol; of several that share a name, the lowest.
    std::optional<uint64_t> find(std::string_view name) const;
    /// The code that an address is in: "setup_arch+0x792"; the bare number when it is in none.
    std::string place_of(uint64_t address) const;

  private:
    std::vector<Symbol> by_address_;
    std::unordered_map<std::string_view, size_t> by_name_;
};

} // namespace mblab::recording
