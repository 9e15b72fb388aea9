// SPDX-License-Identifier: GPL-2.0-or-later
// Every variable of the port, public and private; all of them are initialised at compile time.
#include "standard.hpp"

#include "state.hpp"

#include <linux/export.h>

#include "internal.h"

#ifndef CONFIG_NUMA
constinit struct pglist_data __refdata contig_page_data{};
EXPORT_SYMBOL(contig_page_data);
#endif

constinit unsigned long max_low_pfn = 0;
constinit unsigned long min_low_pfn = 0;
constinit unsigned long max_pfn = 0;
constinit unsigned long long max_possible_pfn = 0;

namespace early {

constinit State state __initdata_memblock = {};

constinit Region first_memory_regions[INIT_MEMBLOCK_MEMORY_REGIONS] __initdata_memblock = {};
constinit Region first_reserved_regions[INIT_MEMBLOCK_RESERVED_REGIONS] __initdata_memblock = {};

namespace {

// The C struct wants a pointer to plain char, which a literal is not in C++.
constinit char memory_name[] = "memory";
constinit char reserved_name[] = "reserved";

#ifdef CONFIG_HAVE_MEMBLOCK_PHYS_MAP
constinit char physmem_name[] = "physmem";
constinit Region first_physmem_regions[INIT_PHYSMEM_REGIONS] = {};
#endif

constexpr Array empty_array(Region *regions, unsigned long max, char *name)
{
    return {.cnt = 0, .max = max, .total_size = 0, .regions = regions, .name = name};
}

} // namespace
} // namespace early

constinit struct memblock memblock __initdata_memblock = {
    .bottom_up = false,
    .current_limit = MEMBLOCK_ALLOC_ANYWHERE,
    .memory = early::empty_array(early::first_memory_regions, INIT_MEMBLOCK_MEMORY_REGIONS, early::memory_name),
    .reserved = early::empty_array(early::first_reserved_regions, INIT_MEMBLOCK_RESERVED_REGIONS, early::reserved_name),
};

#ifdef CONFIG_HAVE_MEMBLOCK_PHYS_MAP
constinit struct memblock_type physmem =
    early::empty_array(early::first_physmem_regions, INIT_PHYSMEM_REGIONS, early::physmem_name);
#endif

bool __init_memblock memblock_has_mirror(void)
{
    return early::state.has_mirror;
}
