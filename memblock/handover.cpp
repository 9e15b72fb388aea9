// SPDX-License-Identifier: GPL-2.0-or-later
// Kexec handover of what "reserve_mem=" set aside: read from the device tree that the kernel before left, and written
// into one for the kernel after this.
#include "standard.hpp"

#include "handover.hpp"

#ifdef CONFIG_KEXEC_HANDOVER

#include <linux/errno.h>
#include <linux/init.h>
#include <linux/io.h>
#include <linux/kernel.h>
#include <linux/kexec_handover.h>
#include <linux/kho/abi/memblock.h>
#include <linux/libfdt.h>
#include <linux/mm.h>
#include <linux/slab.h>

#include "reserve_mem.hpp"

namespace early {
namespace {

// Of the kernel before; null until it was found, and while it is not to be understood.
constinit const void *tree_left = nullptr;

const void *__init reserve_mem_kho_retrieve_fdt()
{
    if (tree_left)
        return tree_left;
    phys_addr_t where;
    if (const int error = kho_retrieve_subtree(MEMBLOCK_KHO_FDT, &where, nullptr)) {
        // That nothing was left is the usual case.
        if (error != -ENOENT)
            pr_warn("failed to retrieve FDT '%s' from KHO: %d\n", MEMBLOCK_KHO_FDT, error);
        return nullptr;
    }
    const void *tree = phys_to_virt(where);
    if (const int error = fdt_node_check_compatible(tree, 0, MEMBLOCK_KHO_NODE_COMPATIBLE)) {
        pr_warn("FDT '%s' is incompatible with '%s': %d\n", MEMBLOCK_KHO_FDT, MEMBLOCK_KHO_NODE_COMPATIBLE, error);
        return nullptr;
    }
    return tree_left = tree;
}

// A number of a node, if it has one of that name and of this kernel's width. Nothing aligns it.
std::optional<phys_addr_t> __init read_number(const void *tree, int node, const char *name)
{
    phys_addr_t number;
    int length;
    const void *property = fdt_getprop(tree, node, name, &length);
    if (!property || length != static_cast<int>(sizeof(number)))
        return std::nullopt;
    __builtin_memcpy(&number, property, sizeof(number));
    return number;
}

// Writes the tree for the next kernel. 0, or what libfdt complains of.
int __init write_tree(void *tree)
{
    int error = fdt_create(tree, PAGE_SIZE);
    error |= fdt_finish_reservemap(tree);
    error |= fdt_begin_node(tree, "");
    error |= fdt_property_string(tree, "compatible", MEMBLOCK_KHO_NODE_COMPATIBLE);
    for (const NamedReservation &entry : named_reservations()) {
        if (error)
            break;
        error |= fdt_begin_node(tree, entry.name);
        error |= fdt_property_string(tree, "compatible", RESERVE_MEM_KHO_NODE_COMPATIBLE);
        error |= fdt_property(tree, "start", &entry.start, sizeof(entry.start));
        error |= fdt_property(tree, "size", &entry.size, sizeof(entry.size));
        error |= fdt_end_node(tree);
    }
    error |= fdt_end_node(tree);
    return error | fdt_finish(tree);
}

unsigned pages_of(const NamedReservation &entry)
{
    return static_cast<unsigned>(entry.size >> PAGE_SHIFT);
}

// All of them, or none and why.
int __init reserved_mem_preserve()
{
    const auto all = named_reservations();
    for (std::size_t i = 0; i < all.size(); i++) {
        const int error = kho_preserve_pages(phys_to_page(all[i].start), pages_of(all[i]));
        if (!error)
            continue;
        for (const NamedReservation &done : all.first(i))
            kho_unpreserve_pages(phys_to_page(done.start), pages_of(done));
        return error;
    }
    return 0;
}

// The tree is written into a page that stays: make it known, and keep what it speaks of.
int __init hand_over_tree(void *tree)
{
    if (const int error = write_tree(tree))
        return error;
    if (const int error = kho_add_subtree(MEMBLOCK_KHO_FDT, tree, fdt_totalsize(tree)))
        return error;
    const int error = reserved_mem_preserve();
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
        error = hand_over_tree(page_to_virt(page));
        if (!error)
            return 0;
        kho_unpreserve_pages(page, 1);
    }
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
    const auto start = read_number(tree, node, "start"), left_size = read_number(tree, node, "size");
    if (!start || !left_size)
        return std::nullopt;
    if (*start & (align - 1)) {
        pr_warn("KHO reserve-mem '%s' has wrong alignment (0x%lx, 0x%lx)\n", name, static_cast<long>(align),
                static_cast<long>(*start));
        return std::nullopt;
    }
    if (*left_size != size) {
        pr_warn("KHO reserve-mem '%s' has wrong size (0x%lx != 0x%lx)\n", name, static_cast<long>(*left_size),
                static_cast<long>(size));
        return std::nullopt;
    }
    pr_info("Revived memory reservation '%s' from KHO\n", name);
    return start;
}

} // namespace early

#endif
