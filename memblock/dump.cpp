// SPDX-License-Identifier: GPL-2.0-or-later
// "memblock=debug", and the dump of all arrays that it allows. The text is interface.
#include "standard.hpp"

#include <linux/init.h>

#include "region_array.hpp"

namespace early {
namespace {

void dump(const Array &array)
{
    pr_info(" %s.cnt  = 0x%lx\n", array.name, array.cnt);

    for (unsigned i = 0; const Region &region : regions_of(array)) {
        const phys_addr_t last = end_of(region) - 1;
        char node[32] = "";

        if constexpr (IS_ENABLED(CONFIG_NUMA))
            if (numa_valid_node(memblock_get_region_node(&region)))
                snprintf(node, sizeof(node), " on node %d", memblock_get_region_node(&region));
        pr_info(" %s[%#x]\t[%pa-%pa], %pa bytes%s flags: %#x\n", array.name, i++, &region.base, &last, &region.size,
                node, region.flags);
    }
}

// Any value of the parameter that says debug somewhere will do.
int __init early_memblock(char *value)
{
    if (value && strstr(value, "debug"))
        state.debug = true;
    return 0;
}
early_param("memblock", early_memblock);

} // namespace
} // namespace early

void __init_memblock memblock_dump_all(void)
{
    if (!early::state.debug)
        return;

    pr_info("MEMBLOCK configuration:\n");
    pr_info(" memory size = %pa reserved size = %pa\n", &memblock.memory.total_size, &memblock.reserved.total_size);
    early::dump(memblock.memory);
    early::dump(memblock.reserved);
#ifdef CONFIG_HAVE_MEMBLOCK_PHYS_MAP
    early::dump(physmem);
#endif
}
