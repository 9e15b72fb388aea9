/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Recorded: what happens through this header is an effect on the world, logged by shim/world. */
#pragma once

#include <linux/bitops.h>
#include <linux/cache.h>
#include <linux/io.h>
#include <linux/limits.h>
#include <linux/mmzone.h>
#include <linux/numa.h>
#include <linux/page_size.h>
#include <linux/pfn.h>
#include <linux/sizes.h>

#ifdef __cplusplus
extern "C" {
#endif

struct page {
	unsigned char opaque[MBLAB_STRUCT_PAGE_SIZE];
};

#define pfn_to_page(pfn) mblab_pfn_to_page(pfn)
#define virt_to_page(virt) pfn_to_page(PHYS_PFN(__pa(virt)))

/* Until 6.15 a function of mm/mm_init.c did this, by frames that it rounded as they are here. Old trees pass no node.
 */
#define MBLAB_RESERVE_2(start, end) MBLAB_RESERVE_3(start, end, NUMA_NO_NODE)
#define MBLAB_RESERVE_3(start, end, nid)                                                                               \
	mblab_reserve_pages(PFN_DOWN((phys_addr_t)(start)), PFN_UP((phys_addr_t)(end)), nid)
#define MBLAB_RESERVE_PICK(a, b, c, which, ...) which
#define reserve_bootmem_region(...) MBLAB_RESERVE_PICK(__VA_ARGS__, MBLAB_RESERVE_3, MBLAB_RESERVE_2, )(__VA_ARGS__)

/* Newer trees go through the pages themselves. */
#define page_to_pfn(page) mblab_page_to_pfn(page)
#define __SetPageReserved(page) mblab_set_page_reserved(page)
#define free_reserved_page(page) mblab_free_reserved_page(page)
#define page_address(page) mblab_phys_to_virt((uint64_t)page_to_pfn(page) << PAGE_SHIFT)
#define page_to_virt(page) page_address(page)
#define phys_to_page(phys) pfn_to_page(PHYS_PFN(phys))
#define alloc_page(gfp) ((void)(gfp), mblab_alloc_page())
#define put_page(page) mblab_put_page(page)
#define kasan_reset_tag(pointer) (pointer)
/* Without CONFIG_DEBUG_VM the kernel does not poison what becomes struct pages. */
#define page_init_poison(pages, size) ((void)(pages), (void)(size))
/* No memory of the lab is the kernel's image. */
#define __is_kernel(addr) ((void)(addr), false)
#define __pa_symbol(pointer) __pa(pointer)
#ifndef __cplusplus
#define K(pages) ((pages) << (PAGE_SHIFT - 10))
#endif

/** free_reserved_area - the whole pages of [start, end), filled with poison if it is a byte, to the buddy allocator. */
unsigned long free_reserved_area(void *start, void *end, int poison, const char *what);

#ifdef MBLAB_BOOTMEM
extern unsigned long totalram_pages; /* a plain number until 5.0 */
#endif
#define totalram_pages_inc() mblab_totalram_add(1)
#define totalram_pages_add(pages) mblab_totalram_add((int64_t)(pages))

int memblock_search_pfn_nid(unsigned long pfn, unsigned long *start_pfn, unsigned long *end_pfn);

/** early_pfn_to_nid - the node of a page frame, or the first online node (0 here) when memory has none for it. */
static inline int early_pfn_to_nid(unsigned long pfn)
{
#ifdef CONFIG_NUMA
	unsigned long start_pfn, end_pfn;
	int nid = memblock_search_pfn_nid(pfn, &start_pfn, &end_pfn);

	return nid < 0 ? 0 : nid;
#else
	(void)pfn;
	return 0;
#endif
}

#ifdef __cplusplus
}
#endif
