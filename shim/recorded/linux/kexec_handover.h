/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Recorded: what happens through this header is an effect on the world, logged by shim/world. */
#pragma once

#include <linux/mm.h>
#include <linux/types.h>
#include <world/world.h>

/* The world says where scratch memory is, in every variant, so that a search meets it in each. */
#define kho_scratch_overlap(phys, size) mblab_kho_scratch_overlap(phys, size)

#ifdef CONFIG_KEXEC_HANDOVER
#define kho_is_enabled() mblab_kho_is_enabled()
#define kho_preserve_pages(page, pages) mblab_kho_preserve_pages(page, pages)
#define kho_unpreserve_pages(page, pages) mblab_kho_unpreserve_pages(page, pages)
/* The size of a tree is also in the tree; the name of what is removed is that of what was added. */
#define kho_add_subtree(name, tree, ...) mblab_kho_add_subtree(name, tree)
#define kho_remove_subtree(tree) mblab_kho_remove_subtree(tree)
#define kho_retrieve_subtree(name, phys, ...) mblab_retrieve_subtree(name, phys)

static inline int mblab_retrieve_subtree(const char *name, phys_addr_t *phys)
{
	uint64_t where = 0;
	int error = mblab_kho_retrieve_subtree(name, &where);

	if (!error)
		*phys = (phys_addr_t)where;
	return error;
}
#endif
