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
#define kho_preserve_folio(folio) mblab_kho_preserve_pages(folio, 1)
#define page_folio(page) (page)
/* The size of a tree is also in the tree; the name of what is removed is that of what was added. */
#ifdef __cplusplus
#define kho_add_subtree(name, tree, ...) mblab_kho_add_subtree(name, tree)
#else
/* In some kernels what the tree is added to comes first. */
#define kho_add_subtree(...) MBLAB_ADD_SUBTREE(__VA_ARGS__, 0, 0)
#define MBLAB_ADD_SUBTREE(a, b, c, ...)                                                                                \
	mblab_add_subtree(_Generic((a), struct kho_serialization *: true, default: false), a, b, (const void *)(c))
#endif
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

#ifndef __cplusplus
struct kho_serialization;

static inline int mblab_add_subtree(bool is_behind, const void *a, const void *b, const void *c)
{
	return is_behind ? mblab_kho_add_subtree(b, c) : mblab_kho_add_subtree(a, b);
}

/* In these kernels who leaves something is told when a handover is put together. In the lab that is at once. */
enum kho_event {
	KEXEC_KHO_FINALIZE,
	KEXEC_KHO_ABORT,
};
struct notifier_block {
	int (*notifier_call)(struct notifier_block *block, unsigned long event, void *serialization);
};
#define NOTIFY_DONE 0
#define NOTIFY_OK 1
#define NOTIFY_BAD 0x8002
#define notifier_from_errno(error) ((error) ? 0x8000 | (NOTIFY_OK - (error)) : NOTIFY_OK)

static inline int register_kho_notifier(struct notifier_block *block)
{
	block->notifier_call(block, KEXEC_KHO_FINALIZE, NULL);
	return 0;
}
#endif
#endif
