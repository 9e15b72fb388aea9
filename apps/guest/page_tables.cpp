// SPDX-License-Identifier: GPL-2.0-or-later
#include "apps/guest/page_tables.hpp"

#include "core/base/error.hpp"

#include <fmt/format.h>

#include <bit>

namespace mblab::guest {
namespace {

constexpr uint64_t page_bytes = 4096, block_bytes = 2 << 20, entry_bytes = 8;
constexpr unsigned block_shift = 21, table_bits = 9;
constexpr uint64_t address_bits_of_arm = 0x0000fffffffff000;

const PageTables arm{.roots = {"init_pg_dir", "swapper_pg_dir"}, // before 6.9, and since
                     .bits = [](uint64_t) { return 48U; },
                     .table = [](uint64_t physical) { return physical | 3; },
                     .block = [](uint64_t physical) { return physical | 0x701; }, // read and write, used, shared
                     .leads_to = [](uint64_t entry) { return (entry & 3) == 3 ? entry & address_bits_of_arm : 0; }};

const PageTables riscv{.roots = {"early_pg_dir", "swapper_pg_dir"},
                       .bits = [](uint64_t pointer) { return 65U - static_cast<unsigned>(std::countl_one(pointer)); },
                       .table = [](uint64_t physical) { return physical >> 12 << 10 | 1; },
                       .block = [](uint64_t physical) { return physical >> 12 << 10 | 0xe7; }, // the same, global
                       .leads_to = [](uint64_t entry) { return (entry & 0xf) == 1 ? entry >> 10 << 12 : 0; }};

} // namespace

std::optional<PageTables> page_tables_of(recording::Architecture architecture)
{
    switch (architecture) {
    case recording::Architecture::arm64:
        return arm;
    case recording::Architecture::riscv64:
        return riscv;
    default:
        return std::nullopt;
    }
}

Interval map_all(const Ram &ram, const recording::SymbolTable &symbols, const PageTables &tables)
{
    const uint64_t start = ram.layout().ram_phys, end = start + ram.size();
    uint64_t first = end; // of the new tables
    for (const std::string_view root : tables.roots) {
        if (!symbols.has(root))
            continue;
        for (uint64_t physical = start; physical < end; physical += block_bytes) {
            const uint64_t pointer = ram.direct(physical);
            if (tables.bits(pointer) % table_bits != (block_shift + table_bits) % table_bits || pointer % block_bytes)
                throw Error(fmt::format("no page table maps {:#x}", pointer));
            uint64_t table = ram.physical(*symbols.find(root));
            for (unsigned shift = tables.bits(pointer) - table_bits;; shift -= table_bits) {
                const uint64_t entry = ram.direct(table + (pointer >> shift & 511) * entry_bytes);
                if (shift == block_shift) {
                    ram.write(entry, tables.block(physical), entry_bytes);
                    break;
                }
                table = tables.leads_to(ram.read(entry, entry_bytes));
                if (!table) {
                    table = first -= page_bytes;
                    ram.write(entry, tables.table(table), entry_bytes);
                }
            }
        }
    }
    return {first, end};
}

} // namespace mblab::guest
