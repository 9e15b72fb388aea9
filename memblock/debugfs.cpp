// SPDX-License-Identifier: GPL-2.0-or-later
// debugfs' memblock/ directory: one file per array, for as long as the arrays are kept.
#include "standard.hpp"

#include "state.hpp"

#if defined(CONFIG_DEBUG_FS) && defined(CONFIG_ARCH_KEEP_MEMBLOCK)

#include <linux/debugfs.h>
#include <linux/init.h>
#include <linux/seq_file.h>

#include "region_array.hpp"

namespace early {
namespace {

// By bit of enum memblock_flags.
constexpr const char *flag_names[] = {"HOTPLUG", "MIRROR", "NOMAP", "DRV_MNG", "RSV_NIT"};
static_assert(std::bit_width(static_cast<unsigned>(MEMBLOCK_RSRV_NOINIT)) == ARRAY_SIZE(flag_names));

void show_flags(struct seq_file *file, unsigned flags)
{
    if (!flags) {
        seq_printf(file, "%s\n", "NONE");
        return;
    }
    for (bool first = true; flags; first = false) {
        const auto bit = static_cast<unsigned>(std::countr_zero(flags));
        if (!first)
            seq_putc(file, '|');
        seq_puts(file, bit < ARRAY_SIZE(flag_names) ? flag_names[bit] : "UNKNOWN");
        flags &= flags - 1;
    }
    seq_putc(file, '\n');
}

int memblock_debug_show(struct seq_file *file, void *)
{
    const Array &array = *static_cast<const Array *>(file->private_);

    for (int i = 0; const Region &region : regions_of(array)) {
        const phys_addr_t last = end_of(region) - 1;
        const int nid = memblock_get_region_node(&region);

        seq_printf(file, "%4d: ", i++);
        seq_printf(file, "%pa..%pa ", &region.base, &last);
        if (numa_valid_node(nid))
            seq_printf(file, "%4d ", nid);
        else
            seq_printf(file, "%4c ", 'x');
        show_flags(file, region.flags);
    }
    return 0;
}
DEFINE_SHOW_ATTRIBUTE(memblock_debug);

int init_debugfs()
{
    struct dentry *directory = debugfs_create_dir("memblock", nullptr);

    debugfs_create_file("memory", 0444, directory, &::memblock.memory, &memblock_debug_fops);
    debugfs_create_file("reserved", 0444, directory, &::memblock.reserved, &memblock_debug_fops);
#ifdef CONFIG_HAVE_MEMBLOCK_PHYS_MAP
    debugfs_create_file("physmem", 0444, directory, &::physmem, &memblock_debug_fops);
#endif
    return 0;
}
__initcall(init_debugfs);

} // namespace
} // namespace early

#endif
