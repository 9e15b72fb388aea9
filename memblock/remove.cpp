// SPDX-License-Identifier: GPL-2.0-or-later
#include "standard.hpp"

#include "remove.hpp"

#include <linux/io.h>
#include <linux/kmemleak.h>

#include "doubling.hpp"
#include "log.hpp"

namespace early {

int remove_range(Array &array, phys_addr_t base, phys_addr_t size)
{
    const Range hole = cap_size(base, size);
    if (hole.empty())
        return 0;
    if (!make_room(array, 2, hole))
        return -ENOMEM;
    carve(array, hole);
    return 0;
}

} // namespace early

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
