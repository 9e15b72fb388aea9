// SPDX-License-Identifier: GPL-2.0-or-later
// Allocating: find a place, reserve it, notify kmemleak and accept_memory.
#include "standard.hpp"

#include <linux/io.h>
#include <linux/kexec_handover.h>
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
    return found && __memblock_reserve(found, wanted.size, wanted.nid, MEMBLOCK_RSRV_KERN) == 0 ? found : 0;
}

// Gives up what was asked for in this order: the node (if that is allowed), then the mirror. Scratch memory is never
// given up: nothing else is known to be free.
phys_addr_t reserve_best(Placement wanted, bool exact_nid)
{
    for (;;) {
        phys_addr_t found = find_and_reserve(wanted);
        if (!found && numa_valid_node(wanted.nid) && !exact_nid) {
            Placement anywhere = wanted;
            anywhere.nid = NUMA_NO_NODE;
            found = find_and_reserve(anywhere);
        }
        if (found || !(wanted.flags & MEMBLOCK_MIRROR))
            return found;

        pr_warn_ratelimited("Could not allocate %pap bytes of mirrored memory\n", &wanted.size);
        wanted.flags &= ~MEMBLOCK_MIRROR;
    }
}

// What others have to know of memory that was just reserved.
void prep_allocation(phys_addr_t start, phys_addr_t size, bool kmemleak_trace)
{
    // A minimum of 0 references: what is only known by its physical address is never a leak.
    if (kmemleak_trace)
        kmemleak_alloc_phys(start, size, 0);
    accept_memory(start, size);
}

// A place for a huge page, the node given up last if that is allowed: wanted says in the end what was found. What the
// kernel hands over to the next one is never in scratch memory, and huge pages may be handed over.
phys_addr_t find_hugetlb(Placement &wanted, bool exact_nid)
{
    const Placement asked = wanted;
    for (;;) {
        const phys_addr_t found = find_in_range_node(wanted);
        if (found && !kho_scratch_overlap(found, wanted.size))
            return found;
        if (found && memblock_bottom_up()) {
            wanted.start = found + wanted.size;
        } else if (found) {
            wanted.end = found;
        } else if (numa_valid_node(wanted.nid) && !exact_nid) {
            wanted = asked;
            wanted.nid = NUMA_NO_NODE;
        } else {
            return 0;
        }
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
    const bool traced = end != MEMBLOCK_ALLOC_NOLEAKTRACE;
    if (found)
        early::prep_allocation(found, size, traced);
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

void *__init memblock_alloc_hugetlb(phys_addr_t size, int nid, bool exact_nid)
{
    memblock_dbg("%s: %llu bytes, nid=%d, exact_nid=%d %pS\n", __func__, static_cast<u64>(size), nid, exact_nid,
                 reinterpret_cast<void *>(_RET_IP_));

    // User space has no claim to mirrored memory.
    const memblock_flags flags = early::choose_flags() & ~MEMBLOCK_MIRROR;
    early::Placement wanted{size, size, 0, MEMBLOCK_ALLOC_ACCESSIBLE, nid, flags};
    const phys_addr_t found = early::find_hugetlb(wanted, exact_nid);
    if (!found || __memblock_reserve(found, size, wanted.nid, MEMBLOCK_RSRV_KERN | MEMBLOCK_RSRV_HUGETLB))
        return nullptr;

    early::prep_allocation(found, size, true);
    return phys_to_virt(found);
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

void *__init __memblock_alloc_or_panic(phys_addr_t size, phys_addr_t align, const char *func)
{
    void *const block = memblock_alloc(size, align);
    if (!block)
        panic("%s: Failed to allocate %pap bytes\n", func, &size);
    return block;
}
