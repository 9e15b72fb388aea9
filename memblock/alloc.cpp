// SPDX-License-Identifier: GPL-2.0-or-later
// Allocating: find a place, reserve it, notify kmemleak and accept_memory.
#include "standard.hpp"

#include <linux/io.h>
#include <linux/kmemleak.h>
#include <linux/slab.h>

#include "find.hpp"
#include "internal.h"
#include "log.hpp"

namespace early {
namespace {

// Slab has taken over, and memblock's own data may be gone: a caller this late gets slab memory.
phys_addr_t alloc_from_slab(phys_addr_t size, int nid)
{
    void *block = kzalloc_node(size, GFP_NOWAIT, nid);
    return block ? static_cast<phys_addr_t>(virt_to_phys(block)) : 0;
}

phys_addr_t find_and_reserve(const Placement &wanted)
{
    const phys_addr_t found = find_in_range_node(wanted);
    // Reserving can fail, for want of a longer array; then this place is none.
    return found && memblock_reserve(found, wanted.size) == 0 ? found : 0;
}

// Gives up what was asked for in this order: the node (if that is allowed), then the mirror.
phys_addr_t reserve_best(Placement wanted, bool exact_nid)
{
    for (;;) {
        phys_addr_t found = find_and_reserve(wanted);
        if (!found && numa_valid_node(wanted.nid) && !exact_nid) {
            Placement anywhere = wanted;
            anywhere.nid = NUMA_NO_NODE;
            found = find_and_reserve(anywhere);
        }
        if (found || wanted.flags == MEMBLOCK_NONE)
            return found;

        pr_warn_ratelimited("Could not allocate %pap bytes of mirrored memory\n", &wanted.size);
        wanted.flags = MEMBLOCK_NONE;
    }
}

void *alloc_internal(phys_addr_t size, phys_addr_t align, phys_addr_t min_addr, phys_addr_t max_addr, int nid,
                     bool exact_nid)
{
    max_addr = std::min(max_addr, ::memblock.current_limit);

    phys_addr_t found = memblock_alloc_range_nid(size, align, min_addr, max_addr, nid, exact_nid);
    if (!found && min_addr)
        found = memblock_alloc_range_nid(size, align, 0, max_addr, nid, exact_nid);
    return found ? phys_to_virt(found) : nullptr;
}

void log_alloc(const char *function, phys_addr_t size, phys_addr_t align, phys_addr_t min_addr, phys_addr_t max_addr,
               int nid, unsigned long caller)
{
    memblock_dbg("%s: %llu bytes align=0x%llx nid=%d from=%pa max_addr=%pa %pS\n", function, static_cast<u64>(size),
                 static_cast<u64>(align), nid, &min_addr, &max_addr, reinterpret_cast<void *>(caller));
}

} // namespace
} // namespace early

phys_addr_t __init memblock_alloc_range_nid(phys_addr_t size, phys_addr_t align, phys_addr_t start, phys_addr_t end,
                                            int nid, bool exact_nid)
{
    const bool too_late = WARN_ON_ONCE(slab_is_available());
    if (too_late)
        return early::alloc_from_slab(size, nid);

    if (!align) {
        dump_stack();
        align = SMP_CACHE_BYTES;
    }

    const phys_addr_t found = early::reserve_best({size, align, start, end, nid, early::choose_flags()}, exact_nid);
    if (!found)
        return 0;

    // A minimum of 0 references: what is only known by its physical address is never a leak.
    if (end != MEMBLOCK_ALLOC_NOLEAKTRACE)
        kmemleak_alloc_phys(found, size, 0);
    accept_memory(found, size);
    return found;
}

phys_addr_t __init memblock_phys_alloc_range(phys_addr_t size, phys_addr_t align, phys_addr_t start, phys_addr_t end)
{
    memblock_dbg("%s: %llu bytes align=0x%llx from=%pa max_addr=%pa %pS\n", __func__, static_cast<u64>(size),
                 static_cast<u64>(align), &start, &end, reinterpret_cast<void *>(_RET_IP_));
    return memblock_alloc_range_nid(size, align, start, end, NUMA_NO_NODE, false);
}

phys_addr_t __init memblock_phys_alloc_try_nid(phys_addr_t size, phys_addr_t align, int nid)
{
    return memblock_alloc_range_nid(size, align, 0, MEMBLOCK_ALLOC_ACCESSIBLE, nid, false);
}

void *__init memblock_alloc_exact_nid_raw(phys_addr_t size, phys_addr_t align, phys_addr_t min_addr,
                                          phys_addr_t max_addr, int nid)
{
    early::log_alloc(__func__, size, align, min_addr, max_addr, nid, _RET_IP_);
    return early::alloc_internal(size, align, min_addr, max_addr, nid, true);
}

void *__init memblock_alloc_try_nid_raw(phys_addr_t size, phys_addr_t align, phys_addr_t min_addr, phys_addr_t max_addr,
                                        int nid)
{
    early::log_alloc(__func__, size, align, min_addr, max_addr, nid, _RET_IP_);
    return early::alloc_internal(size, align, min_addr, max_addr, nid, false);
}

void *__init memblock_alloc_try_nid(phys_addr_t size, phys_addr_t align, phys_addr_t min_addr, phys_addr_t max_addr,
                                    int nid)
{
    early::log_alloc(__func__, size, align, min_addr, max_addr, nid, _RET_IP_);
    void *block = early::alloc_internal(size, align, min_addr, max_addr, nid, false);
    if (block)
        memset(block, 0, size);
    return block;
}
