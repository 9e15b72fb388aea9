// SPDX-License-Identifier: GPL-2.0-or-later
// The end of boot, when memory goes to the buddy allocator; boot parameters; and what memblock tells of itself.
#pragma once

#include "core/oracle/model/memory.hpp"

#include <bit>
#include <cctype>
#include <cstring>

namespace mblab::model_detail {

/// A number as boot parameters write them: 0x and 0 say the base, K to E the unit. Moves text past it.
inline uint64_t read_size(const char *&text)
{
    const auto lower = [](char character) { return static_cast<char>(std::tolower(character)); };
    const auto digit = [&](char character) {
        return std::min<uint64_t>(std::string_view("0123456789abcdef").find(lower(character)), 16);
    };
    uint64_t base = text[0] == '0' ? 8 : 10, value = 0;
    if (base == 8 && lower(text[1]) == 'x' && digit(text[2]) < 16) {
        base = 16;
        text += 2;
    }
    for (; digit(*text) < base; text++)
        value = value * base + digit(*text);
    const size_t unit = std::string_view("kmgtpe").find(lower(*text));
    if (unit == std::string_view::npos)
        return value;
    text++;
    return value << (10 * (unit + 1));
}

class Boot : public Memory {
  public:
    struct NamedReservation {
        std::string name;
        Address start, size;
    };

    uint64_t totalram = 0, max_low_pfn = 0, online_nodes = 1;

    using Memory::Memory;

    void reset()
    {
        Memory::reset();
        totalram = max_low_pfn = 0;
        online_nodes = 1;
        managed_pages_reset_ = false;
        named_.clear();
    }

    // ---- the end of boot ----

    /// kernel-doc of memblock_free_late: page by page.
    void free_late(Address base, Address size)
    {
        announce("memblock_free_late", base, size);
        record(MBLAB_EFFECT_kmemleak_free_part_phys, base, size);
        for (uint64_t pfn = pfn_up(base); pfn < pfn_down(wrap(base + size)); pfn++, totalram++)
            page_to_buddy(pfn, 0);
    }

    /// kernel-doc of memblock_discard: arrays that were allocated are given back.
    void discard()
    {
        if (variant.has(MBLAB_CONFIG_keep))
            return;
        for (const Collection *set : {&reserved, &memory}) {
            if (set->storage == MBLAB_STATIC_ADDR)
                continue;
            if (this->*set->in_slab)
                record(MBLAB_EFFECT_kfree, set->storage);
            else
                free_late(wrap(set->storage), round_up(set->room * region_bytes, page));
        }
        discarded = true;
    }

    /// kernel-doc of memblock_free_all.
    void free_all()
    {
        free_unused_memory_map();
        reset_managed_pages();
        mark(memory, 0, top, 0, HOTPLUG);
        initialize_reserved_pages();
        const Selection free_memory{&memory, &reserved};
        Place place(free_memory);
        uint64_t pages = 0;
        for (Range range; next(free_memory, place, range);)
            pages += free_pages(range.start, range.end);
        totalram += pages;
    }

    /// Once only, and for the nodes that are online.
    void reset_managed_pages()
    {
        constexpr uint64_t zones = 4;
        if (managed_pages_reset_)
            return;
        for (uint64_t nid = 0; nid < online_nodes; nid++)
            for (uint64_t zone = 0; zone < zones; zone++)
                record(MBLAB_EFFECT_managed_pages, nid, zone);
        managed_pages_reset_ = true;
    }

    // ---- reports ----

    void dump_all()
    {
        if (!debug)
            return;
        print(6, "MEMBLOCK configuration:\n");
        print(6, " memory size = 0x%0*lx reserved size = 0x%0*lx\n", digits, memory.total, digits, reserved.total);
        dump(memory);
        dump(reserved);
        if (variant.has(MBLAB_CONFIG_physmap))
            dump(physmem);
    }

    /// The file memblock/<name> of debugfs; -ENOENT when there is none.
    int show(const Collection *set)
    {
        constexpr size_t file_max = (1u << 20) - 1; // what the world's buffer holds
        if (!set)
            return -ENOENT;
        std::string text;
        char line[96];
        for (size_t i = 0; i < set->count(); i++) {
            const Region &stretch = (*set)[i];
            const Address last = end_of(stretch) - 1;
            snprintf(line, sizeof line, "%4zu: 0x%0*lx..0x%0*lx ", i, digits, stretch.base, digits, last);
            text += line;
            snprintf(line, sizeof line, valid_node(stretch.nid) ? "%4d " : "   x ", stretch.nid);
            text += line + names_of(stretch.flags) + "\n";
        }
        record(MBLAB_EFFECT_seq, 0, 0, 0, text.substr(0, file_max));
        return 0;
    }

    /// kernel-doc of memblock_validate_numa_coverage.
    bool covered_by_nodes(uint64_t threshold)
    {
        uint64_t bytes = 0, place = 0;
        for (Range pfns; next_pfns(NO_NODE, place, pfns);)
            bytes += valid_node(pfns.nid) ? 0 : (pfns.end - pfns.start) << page_shift;
        if (bytes <= threshold)
            return true;
        print(3, "NUMA: no nodes coverage for %luMB of %luMB RAM\n", bytes >> 20, memory.total >> 20);
        return false;
    }

    // ---- boot parameters ----

    /// memblock=... and reserve_mem=...; any other has no handler.
    int early_param(const char *parameter)
    {
        const std::string_view text = parameter, key = text.substr(0, text.find('='));
        const char *value = key.size() < text.size() ? parameter + key.size() + 1 : nullptr;
        if (key == "memblock") {
            debug |= value && strstr(value, "debug");
            return 0;
        }
        return key == "reserve_mem" ? reserve_named(value) : -ENOENT;
    }

    const NamedReservation *find_named(std::string_view name) const
    {
        for (const NamedReservation &known : named_)
            if (known.name == name)
                return &known;
        return nullptr;
    }

  private:
    /// The memory map of [start, end) frames is not needed: its whole pages are free.
    void free_memory_map(uint64_t start_pfn, uint64_t end_pfn)
    {
        const auto entry = [this](uint64_t pfn) { return wrap(MBLAB_MEMMAP_ADDR + pfn * MBLAB_STRUCT_PAGE_SIZE); };
        const Address start = wrap(round_up(entry(start_pfn), page)), end = round_down(entry(end_pfn), page);
        if (start < end)
            free(start, end - start);
    }

    /// Between banks of memory, in whole page blocks; with SPARSEMEM only inside the sections that are present.
    void free_unused_memory_map()
    {
        constexpr uint64_t page_block = 1 << 9, section = 1 << 15;
        const bool sparse = variant.has(MBLAB_CONFIG_sparsemem);
        if (!variant.has(MBLAB_CONFIG_memmap) || variant.has(MBLAB_CONFIG_vmemmap))
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
        const auto initialize = [this](const Region &stretch, int32_t nid) {
            const uint64_t wide_nid = static_cast<uint64_t>(nid);
            record(MBLAB_EFFECT_init_reserved_page, round_down(stretch.base, page), round_up(end_of(stretch), page),
                   wide_nid);
        };
        uint64_t room;
        do {
            room = reserved.room;
            for (const Region &stretch : memory.regions()) {
                if (stretch.flags & NOMAP)
                    initialize(stretch, stretch.nid);
                set_node(reserved, stretch.base, stretch.size, stretch.nid);
            }
        } while (room != reserved.room);
        for (const Region &stretch : reserved.regions()) {
            if (stretch.flags & NOINIT)
                continue;
            const Region *around = memory.find(round_down(stretch.base, page));
            const int32_t nid_around = around && around->nid >= 0 ? around->nid : 0;
            initialize(stretch, valid_node(stretch.nid) ? stretch.nid : nid_around);
        }
    }

    /// The whole pages of [start, end) below max_low_pfn, in the largest blocks that their alignment allows.
    uint64_t free_pages(Address start, Address end)
    {
        constexpr uint64_t order_max = 10;
        const uint64_t first = pfn_up(start), last = std::min(pfn_down(end), max_low_pfn);
        for (uint64_t pfn = first; pfn < last;) {
            const auto aligned = static_cast<uint64_t>(std::countr_zero(pfn));
            const auto fitting = static_cast<uint64_t>(std::bit_width(last - pfn)) - 1;
            const uint64_t order = std::min({order_max, aligned, fitting});
            page_to_buddy(pfn, order);
            pfn += uint64_t(1) << order;
        }
        return first < last ? last - first : 0;
    }

    void dump(const Collection &set)
    {
        print(6, " %s.cnt  = 0x%lx\n", set.name, set.count());
        for (size_t i = 0; i < set.count(); i++) {
            const Region &stretch = set[i];
            char on_node[32] = "";
            if (numa && valid_node(stretch.nid))
                snprintf(on_node, sizeof on_node, " on node %d", stretch.nid);
            print(6, " %s[0x%zx]\t[0x%0*lx-0x%0*lx], 0x%0*lx bytes%s flags: 0x%x\n", set.name, i, digits, stretch.base,
                  digits, end_of(stretch) - 1, digits, stretch.size, on_node, stretch.flags);
        }
    }

    static std::string names_of(uint32_t flags)
    {
        static constexpr const char *known[] = {"HOTPLUG", "MIRROR", "NOMAP", "DRV_MNG", "RSV_NIT"};
        std::string names;
        for (size_t bit = 0; bit < 32; bit++)
            if (flags >> bit & 1)
                names.append(names.empty() ? "" : "|").append(bit < std::size(known) ? known[bit] : "UNKNOWN");
        return flags ? names : "NONE";
    }

    /// reserve_mem=size:align:name. 1 is success, as for any __setup() handler.
    int reserve_named(const char *text)
    {
        constexpr size_t entries_max = 8, name_max = 15;
        constexpr Address align_min = 64;
        if (!text)
            return -EINVAL;
        if (named_.size() == entries_max)
            return -EBUSY;
        const Address size = wrap(read_size(text));
        if (!size || *text++ != ':')
            return -EINVAL;
        const Address align = std::max(wrap(read_size(text)), align_min);
        if (*text++ != ':')
            return -EINVAL;
        const std::string_view name = text;
        const auto blank = [](unsigned char character) { return std::isspace(character) != 0; };
        if (name.size() > name_max || std::all_of(name.begin(), name.end(), blank))
            return -EINVAL;
        if (find_named(name))
            return -EBUSY;
        const Address start = allocate_range({size, align});
        if (!start)
            return -ENOMEM;
        named_.push_back({text, start, size});
        return 1;
    }

    bool managed_pages_reset_ = false;
    std::vector<NamedReservation> named_;
};

} // namespace mblab::model_detail
