// SPDX-License-Identifier: GPL-2.0-or-later
// debugfs' memblock/ directory: one file per array where the arrays are kept, and one of what "reserve_mem=" set aside.
#include "standard.hpp"

#include "state.hpp"

#ifdef CONFIG_DEBUG_FS

#include <linux/debugfs.h>
#include <linux/init.h>
#include <linux/seq_file.h>
#include <linux/string_helpers.h>

#include "region_array.hpp"
#include "reserve_mem.hpp"

namespace early {
namespace {

#ifdef CONFIG_ARCH_KEEP_MEMBLOCK
// By bit of enum memblock_flags.
constexpr const char *flag_names[] = {"HOTPLUG", "MIRROR",   "NOMAP",       "DRV_MNG",
                                      "RSV_NIT", "RSV_KERN", "KHO_SCRATCH", "RSV_HUGETLB"};
static_assert(std::bit_width(static_cast<unsigned>(MEMBLOCK_RSRV_HUGETLB)) == ARRAY_SIZE(flag_names));

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

void debugfs_expose_arrays(struct dentry *directory)
{
    debugfs_create_file("memory", 0444, directory, &::memblock.memory, &memblock_debug_fops);
    debugfs_create_file("reserved", 0444, directory, &::memblock.reserved, &memblock_debug_fops);
#ifdef CONFIG_HAVE_MEMBLOCK_PHYS_MAP
    debugfs_create_file("physmem", 0444, directory, &::physmem, &memblock_debug_fops);
#endif
}
#else
void debugfs_expose_arrays(struct dentry *) {}
#endif

int reserve_mem_show(struct seq_file *file, void *)
{
    guard(mutex)(&table_lock);
    for (const NamedReservation &entry : named_reservations()) {
        if (!entry.size)
            continue;
        char size[16] = "";
        string_get_size(entry.size, 1, STRING_UNITS_2, size, sizeof(size));
        seq_printf(file, "%s\t\t(%s)\n", entry.name, size);
    }
    return 0;
}
DEFINE_SHOW_ATTRIBUTE(reserve_mem);

int init_debugfs()
{
    const bool any_named = !named_reservations().empty();
    if (!IS_ENABLED(CONFIG_ARCH_KEEP_MEMBLOCK) && !any_named)
        return 0;

    struct dentry *directory = debugfs_create_dir("memblock", nullptr);
    if (any_named)
        debugfs_create_file("reserve_mem_param", 0444, directory, nullptr, &reserve_mem_fops);
    debugfs_expose_arrays(directory);
    return 0;
}
__initcall(init_debugfs);

} // namespace
} // namespace early

#endif
