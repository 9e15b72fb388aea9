/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Recorded: what happens through this header is an effect on the world, logged by shim/world. */
#pragma once

#include <linux/mm.h>
#include <linux/printk.h>
#include <linux/types.h>
#include <world/world.h>

#ifdef __cplusplus
extern "C" {
#endif

extern bool mirrored_kernelcore;

bool memblock_has_mirror(void);
#ifdef MBLAB_FREE_ALL_IN_MM
void memblock_free_all(void);
#endif

/* Newer trees pass no page. */
#define MBLAB_FREE_2(pfn, order) mblab_free_pages(mblab_pfn_to_page(pfn), pfn, order)
#define MBLAB_FREE_3(page, pfn, order) mblab_free_pages(page, pfn, order)
#define MBLAB_FREE_PICK(a, b, c, which, ...) which
#define memblock_free_pages(...) MBLAB_FREE_PICK(__VA_ARGS__, MBLAB_FREE_3, MBLAB_FREE_2, )(__VA_ARGS__)

/* What bootmem gives is named by its struct page; until 4.2 by nothing else. */
static inline void mblab_free_bootmem_2(const struct page *page, unsigned int order)
{
	mblab_free_pages(page, mblab_page_to_pfn(page), order);
}
static inline void mblab_free_bootmem_3(const struct page *page, unsigned long pfn, unsigned int order)
{
	(void)pfn;
	mblab_free_bootmem_2(page, order);
}
#define __free_pages_bootmem(...)                                                                                      \
	MBLAB_FREE_PICK(__VA_ARGS__, mblab_free_bootmem_3, mblab_free_bootmem_2, )(__VA_ARGS__)
#define mminit_validate_memmodel_limits(start, end) ((void)(start), (void)(end))

/* Newer trees initialise struct pages one by one, and give none away while the rest are put off. */
#define init_deferred_page(pfn, nid) mblab_init_deferred_page(pfn, nid)
#define deferred_pages_enabled() mblab_deferred_pages_enabled()

#define accept_memory(addr, size) mblab_accept_memory(addr, size)

#ifdef __cplusplus
}
#endif
