// SPDX-License-Identifier: GPL-2.0-or-later
// A map of all RAM, for a kernel that has none yet.
#pragma once

#include "apps/guest/ram.hpp"
#include "apps/record/machine.hpp"
#include "apps/record/symbols.hpp"
#include "core/state/region_set.hpp"

#include <optional>
#include <string_view>
#include <vector>

namespace mblab::guest {

/// Of an architecture whose kernels map RAM after their first call of memblock only. Tables have 512 entries.
struct PageTables {
    std::vector<std::string_view> roots;  // symbols of the first table; a kernel may lack some
    unsigned (*bits)(uint64_t pointer);   // that are translated
    uint64_t (*table)(uint64_t physical); // an entry that leads to a table
    uint64_t (*block)(uint64_t physical); // one that maps 2 MiB
    uint64_t (*leads_to)(uint64_t entry); // the table behind it; 0 where it is no such entry
};
std::optional<PageTables> page_tables_of(recording::Architecture architecture);

/// Map all RAM to where pointers to it are. The new tables lie at its end: where, physical.
Interval map_all(const Ram &ram, const recording::SymbolTable &symbols, const PageTables &tables);

} // namespace mblab::guest
