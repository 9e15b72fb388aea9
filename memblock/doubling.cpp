// SPDX-License-Identifier: GPL-2.0-or-later
#include "standard.hpp"

#include "doubling.hpp"

#include <linux/io.h>
#include <linux/slab.h>

#include "find.hpp"
#include "internal.h"
#include "log.hpp"

namespace early {
namespace {

struct Storage {
    phys_addr_t address; // 0 if there is none
    Region *regions;
};

// physmem shares the flag of reserved, as in the kernel.
bool &lives_in_slab(const Array &array)
{
    return &array == &::memblock.memory ? state.memory_in_slab : state.reserved_in_slab;
}

Storage storage_from_slab(phys_addr_t bytes)
{
    auto *regions = static_cast<Region *>(kmalloc(bytes, GFP_KERNEL));
    return {regions ? static_cast<phys_addr_t>(__pa(regions)) : 0, regions};
}

// Above keep_out for preference, then below it. Only reserved has to keep out of anything: memory's
// array is not memory about to be handed out.
Storage storage_from_memblock(const Array &array, phys_addr_t bytes, Range keep_out)
{
    if (&array != &::memblock.reserved)
        keep_out = {0, 0};

    const phys_addr_t limit = ::memblock.current_limit;
    phys_addr_t address = find_in_range(keep_out.end, limit, bytes, PAGE_SIZE);
    if (!address && !keep_out.empty())
        address = find_in_range(0, std::min(keep_out.base, limit), bytes, PAGE_SIZE);
    if (!address)
        return {0, nullptr};

    accept_memory(address, bytes);
    return {address, static_cast<Region *>(__va(address))};
}

void release(Region *regions, phys_addr_t bytes, bool in_slab)
{
    if (in_slab)
        kfree(regions);
    else if (regions != first_memory_regions && regions != first_reserved_regions)
        memblock_free(regions, bytes);
}

} // namespace

bool double_array(Array &array, Range keep_out)
{
    const bool from_slab = slab_is_available();

    // Until the architecture has reserved what is not to be touched, any place found could be wrong.
    if (!state.can_resize)
        panic("memblock: cannot resize %s array\n", array.name);

    const auto old_bytes = static_cast<phys_addr_t>(array.max * sizeof(Region));
    const auto new_bytes = static_cast<phys_addr_t>(old_bytes << 1);
    // Whole pages, so that the array can be given to the buddy allocator later without remainder.
    const phys_addr_t old_pages = aligned_up(old_bytes, PAGE_SIZE);
    const phys_addr_t new_pages = aligned_up(new_bytes, PAGE_SIZE);

    const Storage fresh = from_slab ? storage_from_slab(new_bytes) : storage_from_memblock(array, new_pages, keep_out);
    if (!fresh.address) {
        pr_err("memblock: Failed to double %s array from %ld to %ld entries !\n", array.name, array.max, array.max * 2);
        return false;
    }

    const phys_addr_t last = fresh.address + new_bytes - 1;
    memblock_dbg("memblock: %s is doubled to %ld at [%pa-%pa]", array.name, array.max * 2, &fresh.address, &last);

    // Move in before anything is freed or reserved: both may need the slots that are new.
    Region *const old_regions = array.regions;
    memcpy(fresh.regions, old_regions, old_bytes);
    memset(fresh.regions + array.max, 0, old_bytes);
    array.regions = fresh.regions;
    array.max <<= 1;

    release(old_regions, old_pages, lives_in_slab(array));
    if (!from_slab)
        BUG_ON(memblock_reserve_kern(fresh.address, new_pages));
    lives_in_slab(array) = from_slab;
    return true;
}

} // namespace early

void __init memblock_allow_resize(void)
{
    early::state.can_resize = true;
}
