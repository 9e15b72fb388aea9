// SPDX-License-Identifier: GPL-2.0-or-later
// The end of boot, when memory goes to the buddy allocator; and boot parameters.
#pragma once

#include "core/oracle/model/memory.hpp"

#include <bit>
#include <cctype>
#include <string_view>

namespace mblab::model_detail {

/// A number as boot parameters write them: 0x and 0 say the base, K to E the unit. Moves text past it.
inline uint64_t read_size(std::string_view &text)
{
    const auto find = [&](std::string_view known, size_t at) {
        return at < text.size() ? known.find(static_cast<char>(std::tolower(text[at]))) : std::string_view::npos;
    };
    const auto digit = [&](size_t at) { return find("0123456789abcdef", at); };
    const bool hex = digit(0) == 0 && find("x", 1) == 0 && digit(2) < 16;
    const uint64_t base = hex ? 16 : digit(0) == 0 ? 8 : 10;
    uint64_t value = 0;
    for (text.remove_prefix(hex ? 2 : 0); digit(0) < base; text.remove_prefix(1))
        value = value * base + digit(0);
    const size_t unit = find("kmgtpe", 0);
    if (unit == std::string_view::npos)
        return value;
    text.remove_prefix(1);
    return value << (10 * (unit + 1));
}

class Boot : public Memory {
  public:
    using Memory::Memory;

  protected:
    // ---- the end of boot ----

    /// kernel-doc of memblock_free_late: page by page.
    void free_late(uint64_t base, uint64_t size)
    {
        log_.record(MBLAB_EFFECT_kmemleak_free_part_phys, base, size);
        const uint64_t first = pfn_up(base), last = pfn_down(wrap(base + size));
        if (first >= last)
            return;
        log_.page_to_buddy(first, 0, last - first);
        state_.totalram += last - first;
    }

    /// kernel-doc of memblock_discard: arrays that were allocated are given back.
    void discard()
    {
        if (state_.variant.has(MBLAB_CONFIG_keep))
            return;
        for (const ArrayState *array : {&reserved_, &memory_}) {
            if (array->in_slab)
                log_.record(MBLAB_EFFECT_kfree, array->storage);
            else if (array->storage != MBLAB_STATIC_ADDR)
                free_late(wrap(array->storage), round_up(array->max * state_.region_bytes(), page));
        }
        state_.discarded = true;
    }

    /// kernel-doc of memblock_free_all.
    void free_all()
    {
        free_unused_memory_map();
        reset_managed_pages();
        mark(memory_, everything(), 0, HOTPLUG);
        initialize_reserved_pages();
        const Selection free_memory{&memory_.set, &reserved_.set};
        Place place(free_memory);
        for (Range range; next(free_memory, place, range);)
            free_pages(pfn_up(range.start), std::min(pfn_down(range.end), state_.max_low_pfn));
    }

    /// Once only, and for the nodes that are online.
    void reset_managed_pages()
    {
        constexpr uint64_t zones = 4;
        const uint64_t nodes = std::exchange(state_.managed_reset, true) ? 0 : state_.online_nodes;
        for (uint64_t nid = 0; nid < nodes; nid++)
            for (uint64_t zone = 0; zone < zones; zone++)
                log_.record(MBLAB_EFFECT_managed_pages, nid, zone);
    }

    /// kernel-doc of memblock_validate_numa_coverage.
    bool covered_by_nodes(uint64_t threshold) const
    {
        uint64_t bytes = 0, place = 0;
        for (Range pfns; next_pfns(NO_NODE, place, pfns);)
            bytes += state_.is_valid_node(pfns.nid) ? 0 : pfns.size() << page_shift;
        return bytes <= threshold;
    }

    // ---- boot parameters ----

    /// memblock=... and reserve_mem=...; any other has no handler.
    int early_param(std::string_view text)
    {
        const size_t name_end = std::min(text.find('='), text.size());
        const std::string_view name = text.substr(0, name_end),
                               value = text.substr(std::min(name_end + 1, text.size()));
        if (name == "memblock")
            state_.debug |= value.find("debug") != std::string_view::npos;
        else
            return name != "reserve_mem" ? -ENOENT : name_end == text.size() ? -EINVAL : reserve_named(value);
        return 0;
    }

    const NamedRange *find_named(std::string_view name) const
    {
        const auto found = std::find_if(state_.names.begin(), state_.names.end(),
                                        [=](const NamedRange &known) { return known.name == name; });
        return found == state_.names.end() ? nullptr : &*found;
    }

  private:
    /// The memory map of [start, end) frames is not needed: its whole pages are free.
    void free_memory_map(uint64_t start_pfn, uint64_t end_pfn)
    {
        const auto entry = [this](uint64_t pfn) { return wrap(MBLAB_MEMMAP_ADDR + pfn * MBLAB_STRUCT_PAGE_SIZE); };
        const uint64_t start = wrap(round_up(entry(start_pfn), page)), end = round_down(entry(end_pfn), page);
        if (start < end)
            free(start, end - start);
    }

    /// Between banks of memory, in whole page blocks; with SPARSEMEM only inside the sections that are present.
    void free_unused_memory_map()
    {
        constexpr uint64_t page_block = 1 << 9, section = 1 << 15;
        const bool sparse = state_.variant.has(MBLAB_CONFIG_sparsemem);
        if (!state_.variant.has(MBLAB_CONFIG_memmap) || state_.variant.has(MBLAB_CONFIG_vmemmap))
            return;
        uint64_t bank_end = 0, place = 0;
        for (Range bank; next_pfns(NO_NODE, place, bank); bank_end = round_up(bank.end, page_block)) {
            const uint64_t reach = sparse ? std::min(bank.start, round_up(bank_end, section)) : bank.start;
            const uint64_t start = round_down(reach, page_block);
            if (bank_end && bank_end < start)
                free_memory_map(bank_end, start);
        }
        if (sparse && bank_end % section)
            free_memory_map(bank_end, round_up(bank_end, section));
    }

    /// Reserved memory takes the node of the memory that it lies in; then struct pages of NOMAP memory and of reserved
    /// memory that is not NOINIT are initialized. Growing the reserved array starts the first part over.
    void initialize_reserved_pages()
    {
        const auto initialize = [this](const Region &region, int32_t nid) {
            log_.record(MBLAB_EFFECT_init_reserved_page, round_down(region.base, page), round_up(end_of(region), page),
                        static_cast<uint64_t>(nid));
        };
        uint64_t room;
        do {
            room = reserved_.max;
            for (const Region &region : memory_.set.regions()) {
                if (region.flags & NOMAP)
                    initialize(region, region.nid);
                set_node(reserved_, interval_of(region), region.nid);
            }
        } while (room != reserved_.max);
        for (const Region &region : reserved_.set.regions()) {
            if (region.flags & NOINIT)
                continue;
            const Region *around = memory_.set.find(round_down(region.base, page));
            const int32_t nid_around = around && around->nid >= 0 ? around->nid : 0;
            initialize(region, state_.is_valid_node(region.nid) ? region.nid : nid_around);
        }
    }

    /// Page frames to the buddy allocator, in the largest blocks that their alignment allows.
    void free_pages(uint64_t pfn, uint64_t end)
    {
        constexpr uint64_t order_max = 10;
        state_.totalram += Interval{pfn, end}.size();
        while (pfn < end) {
            const auto aligned = static_cast<uint64_t>(std::countr_zero(pfn));
            const auto fitting = static_cast<uint64_t>(std::bit_width(end - pfn)) - 1;
            const uint64_t order = std::min({order_max, aligned, fitting});
            const uint64_t count = order == order_max ? (end - pfn) >> order_max : 1;
            log_.page_to_buddy(pfn, order, count);
            pfn += count << order;
        }
    }

    /// reserve_mem=size:align:name. 1 is success, as for any __setup() handler.
    int reserve_named(std::string_view text)
    {
        constexpr size_t entries_max = 8, name_max = 15;
        constexpr uint64_t align_min = 64;
        const auto colon = [&] { return text.starts_with(':') && (text.remove_prefix(1), true); };
        if (state_.names.size() == entries_max)
            return -EBUSY;
        const uint64_t size = wrap(read_size(text));
        if (!size || !colon())
            return -EINVAL;
        const uint64_t align = std::max(wrap(read_size(text)), align_min);
        if (!colon() || text.size() > name_max || text.find_first_not_of(" \t\n\v\f\r") == std::string_view::npos)
            return -EINVAL;
        if (find_named(text))
            return -EBUSY;
        const uint64_t start = allocate({size, align});
        if (!start)
            return -ENOMEM;
        state_.names.push_back({std::string(text), start, size});
        return 1;
    }
};

} // namespace mblab::model_detail
