// SPDX-License-Identifier: GPL-2.0-or-later
// Taking ranges out of memory.
#include "standard.hpp"

#include "isolate.hpp"
#include "log.hpp"

using early::log_range_call;
using early::remove_range;

int __init_memblock memblock_remove(phys_addr_t base, phys_addr_t size)
{
    log_range_call(__func__, base, size, _RET_IP_);
    return remove_range(memblock.memory, base, size);
}
