// SPDX-License-Identifier: GPL-2.0-or-later
#include "standard.hpp"

#include "handover.hpp"

#ifdef CONFIG_KEXEC_HANDOVER

#include <linux/errno.h>
#include <linux/init.h>
#include <linux/io.h>
#include <linux/kexec_handover.h>
#include <linux/kho/abi/memblock.h>
#include <linux/libfdt.h>
#include <linux/mm.h>
#include <linux/printk.h>
#include <linux/slab.h>

#include "reserve_mem.hpp"

namespace early {
namespace {

unsigned int pages_of(const NamedReservation &entry)
{
    return static_cast<unsigned int>(entry.size >> PAGE_SHIFT);
}

// All named reservations or none of them.
int __init reserved_mem_preserve()
{
    const std::span<const NamedReservation> all = named_reservations();
    for (std::size_t i = 0; i < all.size(); ++i) {
        const int error = kho_preserve_pages(phys_to_page(all[i].start), pages_of(all[i]));
        if (!error)
            continue;
        for (const NamedReservation &entry : all.first(i))
            kho_unpreserve_pages(phys_to_page(entry.start), pages_of(entry));
        return error;
    }
    return 0;
}

int __init write_node(void *tree, const NamedReservation &entry)
{
    int error = fdt_begin_node(tree, entry.name);
    error |= fdt_property_string(tree, "compatible", RESERVE_MEM_KHO_NODE_COMPATIBLE);
    error |= fdt_property(tree, "start", &entry.start, sizeof(entry.start));
    error |= fdt_property(tree, "size", &entry.size, sizeof(entry.size));
    return error | fdt_end_node(tree);
}

// What the next kernel reads: a node per name. Returns 0, or the errors of libfdt, all in one number.
int __init write_tree(void *tree)
{
    int error = fdt_create(tree, PAGE_SIZE);
    error |= fdt_finish_reservemap(tree);
    error |= fdt_begin_node(tree, "");
    error |= fdt_property_string(tree, "compatible", MEMBLOCK_KHO_NODE_COMPATIBLE);
    for (const NamedReservation &entry : named_reservations())
        error = error ? error : write_node(tree, entry);
    error |= fdt_end_node(tree);
    return error | fdt_finish(tree);
}

int __init hand_over(void *tree)
{
    int error = write_tree(tree);
    if (!error)
        error = kho_add_subtree(MEMBLOCK_KHO_FDT, tree, fdt_totalsize(tree));
    if (error)
        return error;
    error = reserved_mem_preserve();
    if (error)
        kho_remove_subtree(tree);
    return error;
}

int __init prepare_kho_fdt()
{
    struct page *const page = alloc_page(GFP_KERNEL);
    if (!page)
        return -ENOMEM;
    int error = kho_preserve_pages(page, 1);
    if (!error) {
        error = hand_over(page_to_virt(page));
        if (error)
            kho_unpreserve_pages(page, 1);
    }
    if (error)
        put_page(page);
    return error;
}

int __init reserve_mem_init()
{
    if (!kho_is_enabled() || named_reservations().empty())
        return 0;
    const int error = prepare_kho_fdt();
    if (error)
        pr_err("failed to prepare memblock FDT for KHO: %d\n", error);
    return error;
}
late_initcall(reserve_mem_init);

// The tree that the kernel before left, or null. It is asked for until there is one.
const void *__init reserve_mem_kho_retrieve_fdt()
{
    static constinit const void *tree = nullptr;
    if (tree)
        return tree;

    phys_addr_t where = 0;
    int error = kho_retrieve_subtree(MEMBLOCK_KHO_FDT, &where, nullptr);
    if (error) {
        if (error != -ENOENT)
            pr_warn("failed to retrieve FDT '%s' from KHO: %d\n", MEMBLOCK_KHO_FDT, error);
        return nullptr;
    }

    const void *const candidate = phys_to_virt(where);
    error = fdt_node_check_compatible(candidate, 0, MEMBLOCK_KHO_NODE_COMPATIBLE);
    if (error)
        pr_warn("FDT '%s' is incompatible with '%s': %d\n", MEMBLOCK_KHO_FDT, MEMBLOCK_KHO_NODE_COMPATIBLE, error);
    else
        tree = candidate;
    return tree;
}

// A property that is one number of this kernel's; such a tree is not big-endian, and may have it at any address.
std::optional<phys_addr_t> __init read_number(const void *tree, int node, const char *property)
{
    phys_addr_t number = 0;
    int length = 0;
    const void *const bytes = fdt_getprop(tree, node, property, &length);
    if (!bytes || length != static_cast<int>(sizeof(number)))
        return std::nullopt;
    __builtin_memcpy(&number, bytes, sizeof(number));
    return number;
}

} // namespace

std::optional<phys_addr_t> __init reserve_mem_kho_revive(const char *name, phys_addr_t size, phys_addr_t align)
{
    const void *const tree = reserve_mem_kho_retrieve_fdt();
    if (!tree)
        return std::nullopt;

    const int node = fdt_subnode_offset(tree, 0, name);
    if (node < 0) {
        pr_warn("FDT '%s' has no child '%s': %d\n", MEMBLOCK_KHO_FDT, name, node);
        return std::nullopt;
    }
    if (const int error = fdt_node_check_compatible(tree, node, RESERVE_MEM_KHO_NODE_COMPATIBLE)) {
        pr_warn("Node '%s' is incompatible with '%s': %d\n", name, RESERVE_MEM_KHO_NODE_COMPATIBLE, error);
        return std::nullopt;
    }

    const auto start = read_number(tree, node, "start");
    const auto old_size = read_number(tree, node, "size");
    if (!start || !old_size)
        return std::nullopt;
    if (*start & (align - 1)) {
        pr_warn("KHO reserve-mem '%s' has wrong alignment (0x%lx, 0x%lx)\n", name, static_cast<long>(align),
                static_cast<long>(*start));
        return std::nullopt;
    }
    if (*old_size != size) {
        pr_warn("KHO reserve-mem '%s' has wrong size (0x%lx != 0x%lx)\n", name, static_cast<long>(*old_size),
                static_cast<long>(size));
        return std::nullopt;
    }

    pr_info("Revived memory reservation '%s' from KHO\n", name);
    return start;
}

} // namespace early

#endif
