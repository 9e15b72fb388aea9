// SPDX-License-Identifier: GPL-2.0-or-later
// Taking ranges out of memory, and giving back what was reserved.
#include "standard.hpp"

#include <linux/io.h>
#include <linux/kmemleak.h>

#include "isolate.hpp"
#include "log.hpp"

using early::log_range_call;
using early::remove_range;

int __init_memblock memblock_remove(phys_addr_t base, phys_addr_t size)
{
    log_range_call(__func__, base, size, _RET_IP_);
    return remove_range(memblock.memory, base, size);
}

void __init_memblock memblock_free(void *ptr, size_t size)
{
    if (ptr)
        memblock_phys_free(__pa(ptr), static_cast<phys_addr_t>(size));
}

int __init_memblock memblock_phys_free(phys_addr_t base, phys_addr_t size)
{
    log_range_call(__func__, base, size, _RET_IP_);
    kmemleak_free_part_phys(base, size);
    return remove_range(memblock.reserved, base, size);
}
