// SPDX-License-Identifier: GPL-2.0-or-later
// The end of boot, when memory goes to the buddy allocator; and boot parameters.
#pragma once

#include "core/oracle/model/handover.hpp"

#include <bit>
#include <cctype>

namespace mblab::model_detail {

class Boot : public Handover {
  public:
    using Handover::Handover;
    using Handover::run;

    void run(const ops::memblock_free_late &call) { free_late(wrap(call.base), wrap(call.size)); }

    /// Arrays that were allocated are given back.
    void run(const ops::memblock_discard &)
    {
        if (state_.variant.has(MBLAB_CONFIG_keep))
            return;
        for (ArrayState *array : {&reserved_, &memory_}) {
            const uint64_t bytes = round_up(array->max * state_.region_bytes(), page);
            if (array->storage == MBLAB_STATIC_ADDR)
                continue;
            if (array->in_slab)
                log_.record(MBLAB_EFFECT_kfree, array->storage);
            else
                dialect_.discard_frees_late ? free_late(array->storage, bytes) : void(free(array->storage, bytes));
        }
        state_.discarded = true;
    }

    uint64_t run(const ops::free_reserved_area &call)
    {
        return free_area(call.start, call.end, static_cast<uint32_t>(call.poison));
    }

    void run(const ops::memblock_free_all &)
    {
        free_unused_memory_map();
        run(ops::reset_all_zones_managed_pages());
        state_.scratch_only &= !dialect_.free_all_ends_scratch_only;
        mark(memory_, {0, state_.top()}, 0, flag_hotplug);
        initialize_reserved_pages();
        Place place{};
        for (Range range; next(free_memory(), place, range);)
            free_pages(pfn_up(range.start), std::min(pfn_down(range.end), state_.end_of_free_all()));
    }

    /// Once only, and for the nodes that are online.
    void run(const ops::reset_all_zones_managed_pages &)
    {
        constexpr uint64_t zones = 4;
        const uint64_t nodes = std::exchange(state_.managed_reset, true) ? 0 : state_.online_nodes;
        for (uint64_t i = 0; i < nodes * zones; i++)
            log_.record(MBLAB_EFFECT_managed_pages, i / zones, i % zones);
    }

    /// memblock=... and reserve_mem=...; any other has no handler.
    int run(const ops::early_param &call)
    {
        constexpr std::string_view reserve = "reserve_mem=";
        const std::string_view text = call.parameter;
        if (text == "memblock" || text.starts_with("memblock=")) {
            state_.debug |= text.find("debug") != text.npos;
            return 0;
        }
        if (dialect_.has_reserve_mem && text.starts_with(reserve))
            return reserve_named(text.substr(reserve.size()));
        return dialect_.has_reserve_mem && text == "reserve_mem" ? -EINVAL : -ENOENT;
    }

    bool run(const ops::reserve_mem_release_by_name &call)
    {
        NamedRange *found = find_named(call.name);
        if (found)
            free_area(found->start, found->start + std::exchange(found->size, 0) - dialect_.release_drops_last_page, 0);
        return found;
    }

    mblab_result run(const ops::reserve_mem_find_by_name &call)
    {
        const NamedRange *found = find_named(call.name);
        return found ? values(1, found->start, found->size) : values(0, 0, 0);
    }

  private:
    /// The reservation of that name that was not released.
    NamedRange *find_named(std::string_view name)
    {
        const auto is_it = [=](const NamedRange &known) { return known.name == name && known.size; };
        const auto found = std::ranges::find_if(state_.names, is_it);
        return found == state_.names.end() ? nullptr : &*found;
    }

    void free_late(uint64_t base, uint64_t size)
    {
        log_.record(MBLAB_EFFECT_kmemleak_free_part_phys, base, size);
        give_pages(base, wrap(base + size));
    }

    /// The pages of an area, each filled with a byte if poison is one; how many.
    uint64_t free_area(uint64_t from, uint64_t to, uint32_t poison)
    {
        const uint64_t start = wrap(from), end = wrap(wrap(to - 1) + 1);
        if (state_.variant.has(MBLAB_CONFIG_keep) && dialect_.freed_area_is_unreserved && start < end)
            remove(reserved_, {start, std::min(end, state_.top())});
        return give_pages(start, end, poison <= 0xff ? std::optional(poison) : std::nullopt);
    }

    /// Whole pages of the memory map between banks of memory, in page blocks; with SPARSEMEM only inside the sections
    /// that are present.
    void free_unused_memory_map()
    {
        constexpr uint64_t page_block = 1 << 9, section = 1 << 15;
        const bool sparse = state_.variant.has(MBLAB_CONFIG_sparsemem);
        const auto free_map = [this](uint64_t start_pfn, uint64_t end_pfn) {
            const uint64_t start = wrap(round_up(MBLAB_MEMMAP_ADDR + start_pfn * MBLAB_STRUCT_PAGE_SIZE, page));
            const uint64_t end = round_down(wrap(MBLAB_MEMMAP_ADDR + end_pfn * MBLAB_STRUCT_PAGE_SIZE), page);
            if (start < end)
                free(start, end - start);
        };
        if (!dialect_.memory_map_is_freed || !state_.variant.has(MBLAB_CONFIG_memmap) ||
            state_.variant.has(MBLAB_CONFIG_vmemmap))
            return;
        uint64_t bank_end = 0;
        Place place{};
        for (Range bank; next(all_memory({}, every_page), place, bank); bank_end = round_up(bank.end, page_block)) {
            const uint64_t reach = sparse ? std::min(bank.start, round_up(bank_end, section)) : bank.start;
            const uint64_t start = round_down(reach, page_block);
            if (bank_end && bank_end < start)
                free_map(bank_end, start);
        }
        if (sparse && bank_end % section)
            free_map(bank_end, round_up(bank_end, section));
    }

    /// Rounding up wraps in the last page of the address space: that region has no pages.
    /// Reserved memory takes the node of the memory that it lies in; then struct pages of NOMAP memory and of reserved
    /// memory that is not NOINIT are initialized. Growing the reserved array starts the first part over. Older kernels
    /// set no nodes, and come to NOMAP memory last.
    void initialize_reserved_pages()
    {
        const bool with_nodes = dialect_.free_all_sets_nodes;
        const auto initialize = [&](const Region &region, int32_t nid) {
            const uint64_t start = round_down(region.base, page), end = pfn_up(end_of(region)) << page_shift;
            if (start < end)
                log_.record(MBLAB_EFFECT_init_reserved_page, start, end,
                            static_cast<uint64_t>(with_nodes ? nid : NO_NODE));
        };
        const auto visit_memory = [&] {
            for (const Region &region : memory_.set.regions()) {
                if (region.flags & flag_nomap && dialect_.nomap_pages_are_reserved)
                    initialize(region, region.nid);
                if (with_nodes)
                    set_node(reserved_, interval_of(region), region.nid);
            }
        };
        for (uint64_t room = 0; with_nodes && room != reserved_.max;) {
            room = reserved_.max;
            visit_memory();
        }
        for (const Region &region : reserved_.set.regions()) {
            const Region *around = memory_.set.find(round_down(region.base, page));
            const int32_t nid_around = around && around->nid >= 0 ? around->nid : 0;
            if (!(region.flags & flag_noinit))
                initialize(region, state_.is_valid_node(region.nid) ? region.nid : nid_around);
        }
        if (!with_nodes)
            visit_memory();
    }

    /// Page frames to the buddy allocator, in the largest blocks that their alignment allows.
    void free_pages(uint64_t pfn, uint64_t end)
    {
        constexpr uint64_t order_max = 10;
        for (state_.totalram += Interval{pfn, end}.size(); pfn < end;) {
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
        const auto take_colon = [&] { return text.starts_with(':') && (text.remove_prefix(1), true); };
        if (state_.names.size() == entries_max)
            return -EBUSY;
        const uint64_t size = wrap(take_size(text));
        if (!size || !take_colon())
            return -EINVAL;
        const uint64_t align = std::max(wrap(take_size(text)), align_min);
        if (!take_colon() || text.size() > name_max || text.find_first_not_of(" \t\n\v\f\r") == text.npos)
            return -EINVAL;
        if (find_named(text))
            return -EBUSY;
        if (revive(text, size, align))
            return 1;
        const uint64_t start = allocate({size, align, 0, ACCESSIBLE, NO_NODE});
        if (!start)
            return -ENOMEM;
        state_.names.push_back({std::string(text), start, size});
        return 1;
    }

    /// A number as boot parameters write them, off the front of the text: 0x and 0 say the base, K to E the unit.
    static uint64_t take_size(std::string_view &text)
    {
        const auto find = [&](std::string_view known, size_t at) {
            return at < text.size() ? known.find(static_cast<char>(std::tolower(text[at]))) : known.npos;
        };
        const auto digit = [&](size_t at) { return find("0123456789abcdef", at); };
        const bool hex = digit(0) == 0 && find("x", 1) == 0 && digit(2) < 16;
        const uint64_t base = hex ? 16 : digit(0) == 0 ? 8 : 10;
        uint64_t value = 0;
        for (text.remove_prefix(hex ? 2 : 0); digit(0) < base; text.remove_prefix(1))
            value = value * base + digit(0);
        const size_t unit = find("kmgtpe", 0) + 1; // 0 for none
        text.remove_prefix(unit ? 1 : 0);
        return value << (10 * unit);
    }
};

} // namespace mblab::model_detail
