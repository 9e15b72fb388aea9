// SPDX-License-Identifier: GPL-2.0-or-later
// Giving back what was reserved: to memblock while that is all there is, to the buddy allocator later.
#include "standard.hpp"

#include <linux/io.h>
#include <linux/kmemleak.h>
#include <linux/mm.h>
#include <linux/mmzone.h>
#include <linux/pfn.h>
#include <linux/slab.h>

#include "internal.h"
#include "isolate.hpp"
#include "log.hpp"
#include "mm_init.h"

namespace early {
namespace {

constexpr bool keeps_arrays = IS_ENABLED(CONFIG_ARCH_KEEP_MEMBLOCK);
constexpr int no_poison = -1; // anything that is not a byte

// The whole pages of the range to the buddy allocator, each filled with poison if that is a byte. Returns how many.
unsigned long free_reserved_area(phys_addr_t start, phys_addr_t end, int poison)
{
    // Their struct pages may not be there yet.
    const bool too_early = deferred_pages_enabled();
    if (WARN(too_early, "Cannot free reserved memory because of deferred initialization of the memory map"))
        return 0;

    const bool fills = static_cast<unsigned>(poison) <= 0xff;
    const auto first = static_cast<unsigned long>(PFN_UP(start));
    const auto past = static_cast<unsigned long>(PFN_DOWN(end));
    unsigned long given = 0;
    unsigned long pfn;
    for_each_valid_pfn(pfn, first, past)
    {
        struct page *const page = pfn_to_page(pfn);
        if (fills) {
            void *const writable = kasan_reset_tag(page_address(page));
            memset(writable, poison, PAGE_SIZE);
        }
        free_reserved_page(page);
        ++given;
    }
    return given;
}

// The last byte's address is translated, not the end's, which may be past all that can be.
Range physical_range(const char *start, const char *end)
{
    if (__is_kernel(reinterpret_cast<unsigned long>(start)))
        return {__pa_symbol(start), __pa_symbol(end - 1) + 1};
    return {__pa(start), __pa(end - 1) + 1};
}

} // namespace
} // namespace early

void __init_memblock memblock_free(void *ptr, size_t size)
{
    if (ptr)
        memblock_phys_free(__pa(ptr), static_cast<phys_addr_t>(size));
}

int __init_memblock memblock_phys_free(phys_addr_t base, phys_addr_t size)
{
    early::log_range_call(__func__, base, size, _RET_IP_);
    kmemleak_free_part_phys(base, size);

    const bool late = slab_is_available();
    const int result = !late || early::keeps_arrays ? early::remove_range(memblock.reserved, base, size) : 0;
    if (late)
        early::free_reserved_area(base, base + size, early::no_poison);
    return result;
}

/**
 * free_reserved_area - give the whole pages from start to end (exclusive) to the buddy allocator
 * @poison: what to fill them with; no byte: nothing
 * @s: what they were, for a message; may be NULL
 * Returns the number of pages. Declared in <linux/mm.h> in the kernel.
 */
unsigned long free_reserved_area(void *start, void *end, int poison, const char *s)
{
    const early::Range area = early::physical_range(static_cast<char *>(start), static_cast<char *>(end));
    if (early::keeps_arrays && !area.empty())
        early::remove_range(memblock.reserved, area.base, area.size());

    const unsigned long given = early::free_reserved_area(area.base, area.end, poison);
    if (given && s)
        pr_info("Freeing %s memory: %ldK\n", s, given << (PAGE_SHIFT - 10));
    return given;
}
