// SPDX-License-Identifier: GPL-2.0-or-later
// The world around the model: what one op does to it, in order, and where its slab and its pointers come from.
#pragma once

#include "core/engine/engine.hpp"
#include "core/state/region_set.hpp"

#include <cstdarg>
#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

namespace mblab::model_detail {

using Address = uint64_t;

/// Thrown by an op that does not return.
struct Left {
    mblab_exit exit;
};

inline constexpr unsigned page_shift = 12;
inline constexpr Address page = Address(1) << page_shift;

// Page frame numbers are as wide as unsigned long, whatever the width of an address.
constexpr uint64_t pfn_up(Address address)
{
    return (address + page - 1) >> page_shift;
}

constexpr uint64_t pfn_down(Address address)
{
    return address >> page_shift;
}

// The kernel rounds by bits: an alignment that is not a power of two is whatever bits are left of it less one.
constexpr Address round_up(Address address, Address align)
{
    return ((address - 1) | (align - 1)) + 1;
}

constexpr Address round_down(Address address, Address align)
{
    return address & ~(align - 1);
}

class World {
  public:
    const Variant variant;
    const bool numa = variant.has(MBLAB_CONFIG_numa), narrow = variant.has(MBLAB_CONFIG_phys32);
    const Address top = narrow ? ~uint32_t(0) : ~Address(0); // the highest physical address
    const int digits = narrow ? 8 : 16;                      // of an address in messages: print it as 0x%0*lx
    uint64_t budget = MBLAB_DEFAULT_BUDGET;                  // effects of one op
    uint64_t slab = MBLAB_SLAB_DOWN;

    explicit World(const Variant &variant_) : variant(variant_) {}

    Address wrap(Address address) const { return address & top; }

    void reset()
    {
        budget = MBLAB_DEFAULT_BUDGET;
        slab = MBLAB_SLAB_DOWN;
        slab_used_ = blocks_ = 0;
        windows_.clear();
    }

    void begin()
    {
        spent_ = 0;
        effects_.clear();
        texts_.resize(1); // offset 0 is the empty text
    }

    mblab_effects effects() const
    {
        return {effects_.data(), texts_.data(), static_cast<uint32_t>(effects_.size()),
                static_cast<uint32_t>(texts_.size())};
    }

    void record(mblab_effect_kind kind, uint64_t a = 0, uint64_t b = 0, uint64_t c = 0, std::string_view text = {})
    {
        constexpr size_t log_max = 1u << 17;
        spend();
        if (effects_.size() == log_max)
            throw Left{MBLAB_BUDGET};
        effects_.push_back({kind, text.empty() ? 0 : static_cast<uint32_t>(texts_.size()), a, b, c});
        if (!text.empty())
            texts_.append(text).push_back('\0');
    }

    [[gnu::format(printf, 3, 4)]] void print(uint64_t level, const char *format, ...)
    {
        char line[256];
        va_list arguments;
        va_start(arguments, format);
        vsnprintf(line, sizeof line, format, arguments);
        va_end(arguments);
        record(MBLAB_EFFECT_print, level, 0, 0, line);
    }

    void warn_on(bool condition)
    {
        if (condition)
            record(MBLAB_EFFECT_warn);
    }

    [[noreturn]] void bug()
    {
        record(MBLAB_EFFECT_bug);
        throw Left{MBLAB_BUG};
    }

    /// One block of 2^order pages to the buddy allocator; blocks of one order that follow each other are one effect.
    void page_to_buddy(uint64_t pfn, uint64_t order)
    {
        Effect *last = effects_.empty() ? nullptr : &effects_.back();
        const bool goes_on = last && last->kind == MBLAB_EFFECT_page_to_buddy && last->b == order;
        if (!goes_on || last->a + (last->c << order) != pfn)
            return record(MBLAB_EFFECT_page_to_buddy, pfn, order, 1);
        spend();
        last->c++;
    }

    /// The next block of slab, with a page after it that nobody may touch; 0 when there is none to give.
    Address take_slab(uint64_t bytes)
    {
        constexpr uint64_t kmalloc_max = 4u << 20;
        if (slab != MBLAB_SLAB_UP || bytes == 0 || bytes > kmalloc_max)
            return 0;
        const Address block = (narrow ? MBLAB_SLAB_ADDR_32 : MBLAB_SLAB_ADDR_64) + slab_used_;
        slab_used_ += round_up(bytes, page) + page;
        add_block();
        return block;
    }

    /// An array now lives at the address.
    void occupy(Address address)
    {
        add_block();
        if (!has_window(address))
            windows_.push_back(address >> window_shift);
    }

    /// A pointer to the address. There are windows for eight stretches of 64 GiB, and those with arrays in them stay.
    Address map(Address address)
    {
        if (windows_.size() == windows_max && !has_window(address))
            throw Left{MBLAB_BUDGET};
        return address;
    }

  private:
    static constexpr unsigned window_shift = 36;
    static constexpr size_t windows_max = 8, blocks_max = 128;

    bool has_window(Address address) const
    {
        return std::find(windows_.begin(), windows_.end(), address >> window_shift) != windows_.end();
    }

    void add_block()
    {
        if (blocks_++ == blocks_max)
            throw Left{MBLAB_BUDGET};
    }

    void spend()
    {
        if (++spent_ > budget)
            throw Left{MBLAB_BUDGET};
    }

    uint64_t spent_ = 0, slab_used_ = 0, blocks_ = 0;
    std::vector<uint64_t> windows_;
    std::vector<Effect> effects_;
    std::string texts_ = std::string(1, '\0');
};

} // namespace mblab::model_detail
