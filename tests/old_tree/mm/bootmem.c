// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A bootmem for tests/old_tree.sh, written for it: the functions of mm/bootmem.c as v4.19 has them, in as few lines as
 * they take. No kernel ever had this file.
 */
#include <linux/bootmem.h>
#include <linux/export.h>
#include <linux/init.h>
#include <linux/kmemleak.h>
#include <linux/pfn.h>
#include <linux/range.h>
#include <linux/slab.h>

#include "internal.h"

bootmem_data_t bootmem_node_data[MAX_NUMNODES];

#define LOW_LIMIT 0xffffffffUL
#define for_each_node(node) for ((node) = lowest_above(0); (node); (node) = lowest_above((node)->end))

static bootmem_data_t *__init lowest_above(unsigned long page)
{
	bootmem_data_t *found = NULL;

	for (int nid = 0; nid < MAX_NUMNODES; nid++) {
		bootmem_data_t *node = &bootmem_node_data[nid];

		if (node->end && node->first >= page && (!found || node->first < found->first))
			found = node;
	}
	return found;
}

static unsigned long __init map_bytes(unsigned long pages)
{
	return ALIGN(DIV_ROUND_UP(pages, BITS_PER_BYTE), sizeof(long));
}

unsigned long __init bootmem_bootmap_pages(unsigned long pages)
{
	return PFN_UP(map_bytes(pages));
}

unsigned long __init init_bootmem_node(pg_data_t *pgdat, unsigned long freepfn, unsigned long startpfn,
				       unsigned long endpfn)
{
	const unsigned long bytes = map_bytes(endpfn - startpfn);

	*pgdat->bdata = (bootmem_data_t){startpfn, endpfn, phys_to_virt(PFN_PHYS(freepfn)), 0, startpfn};
	memset(pgdat->bdata->taken, 0xff, bytes);
	return bytes;
}

static bool __init is_taken(const bootmem_data_t *node, unsigned long page)
{
	return node->taken[(page - node->first) / 8] >> (page - node->first) % 8 & 1;
}

static void __init mark(bootmem_data_t *node, unsigned long page, bool taken)
{
	const unsigned char bit = (unsigned char)(1 << (page - node->first) % 8);

	if (taken)
		node->taken[(page - node->first) / 8] |= bit;
	else
		node->taken[(page - node->first) / 8] &= (unsigned char)~bit;
}

static void __init release(bootmem_data_t *node, unsigned long from, unsigned long to)
{
	BUG_ON(from < node->first || to > node->end);
	node->hint = min(node->hint, from);
	for (; from < to; from++) {
		BUG_ON(!is_taken(node, from));
		mark(node, from, false);
	}
}

static int __init take(bootmem_data_t *node, unsigned long from, unsigned long to, int flags)
{
	BUG_ON(from < node->first || to > node->end);
	for (unsigned long page = from; page < to && (flags & BOOTMEM_EXCLUSIVE); page++)
		if (is_taken(node, page)) {
			node->hint = min(node->hint, from);
			return -EBUSY;
		}
	for (; from < to; from++)
		mark(node, from, true);
	return 0;
}

/* On nodes that follow each other without a hole. */
static int __init mark_all(unsigned long from, unsigned long to, bool taking, int flags)
{
	unsigned long at = from;
	bootmem_data_t *node;

	for_each_node(node)
	{
		const unsigned long end = min(to, node->end);
		int error = 0;

		if (at < node->first || at >= node->end) {
			BUG_ON(at != from);
			continue;
		}
		if (taking)
			error = take(node, at, end, flags);
		else
			release(node, at, end);
		if (error && at > from)
			mark_all(from, at, false, 0);
		if (error || end == to)
			return error;
		at = end;
	}
	BUG();
}

int __init reserve_bootmem(unsigned long addr, unsigned long size, int flags)
{
	return mark_all(PFN_DOWN(addr), PFN_UP(addr + size), true, flags);
}

int __init reserve_bootmem_node(pg_data_t *pgdat, unsigned long addr, unsigned long size, int flags)
{
	return take(pgdat->bdata, PFN_DOWN(addr), PFN_UP(addr + size), flags);
}

void __init free_bootmem(unsigned long addr, unsigned long size)
{
	mark_all(PFN_UP(addr), PFN_DOWN(addr + size), false, 0);
}

void __init free_bootmem_node(pg_data_t *pgdat, unsigned long addr, unsigned long size)
{
	kmemleak_free_part_phys(addr, size);
	release(pgdat->bdata, PFN_UP(addr), PFN_DOWN(addr + size));
}

void __init free_bootmem_late(unsigned long addr, unsigned long size)
{
	for (unsigned long page = PFN_UP(addr); page < PFN_DOWN(addr + size); page++) {
		__free_pages_bootmem(pfn_to_page(page), page, 0);
		totalram_pages++;
	}
}

static bool __init are_free(const bootmem_data_t *node, unsigned long page, unsigned long count)
{
	while (count && !is_taken(node, page)) {
		page++;
		count--;
	}
	return !count;
}

/* The first page of so many free ones, from a page on; 0 for none. */
static unsigned long __init fit(const bootmem_data_t *node, unsigned long from, unsigned long end, unsigned long step,
				unsigned long count)
{
	for (from = ALIGN(from, step); from < end && count <= end - from; from += step)
		if (are_free(node, from, count))
			return from;
	return 0;
}

static void *__init alloc(bootmem_data_t *node, unsigned long size, unsigned long align, unsigned long goal,
			  unsigned long limit)
{
	const unsigned long end = limit ? min(node->end, PFN_DOWN(limit)) : node->end;
	const unsigned long step = max(PFN_DOWN(align), 1UL);
	unsigned long start = max(node->first, 1UL), page, at;

	BUG_ON(!size || (align & (align - 1)) || (limit && goal + size > limit));
	if (!node->end || !node->taken)
		return NULL;
	if (PFN_DOWN(goal) > node->first && PFN_DOWN(goal) < end)
		start = PFN_DOWN(goal);
	page = fit(node, max(ALIGN(start, step), node->hint), end, step, PFN_UP(size));
	if (!page)
		page = fit(node, start, end, step, PFN_UP(size));
	if (!page)
		return NULL;
	at = node->last % PAGE_SIZE && PFN_DOWN(node->last) + 1 == page ? ALIGN(node->last, align) : PFN_PHYS(page);
	node->last = at + size;
	node->hint = PFN_UP(node->last);
	take(node, page, node->hint, BOOTMEM_DEFAULT);
	return memset(phys_to_virt(at), 0, size);
}

static void *__init alloc_from(bootmem_data_t *first, unsigned long size, unsigned long align, unsigned long goal,
			       unsigned long limit)
{
	for (;; goal = 0) {
		const unsigned long below = first && limit && goal + size > limit ? 0 : limit;
		void *block = first ? alloc(first, size, align, goal, below) : NULL;
		bootmem_data_t *node;

		for_each_node(node)
		{
			if (block || (below && node->first >= PFN_DOWN(below)))
				break;
			if (!goal || node->end > PFN_DOWN(goal))
				block = alloc(node, size, align, goal, below);
		}
		if (block || !goal)
			return block;
	}
}

static void *__init or_panic(void *block)
{
	if (!block)
		panic("Out of memory");
	return block;
}

void *__init __alloc_bootmem(unsigned long size, unsigned long align, unsigned long goal)
{
	return or_panic(alloc_from(NULL, size, align, goal, 0));
}

void *__init __alloc_bootmem_nopanic(unsigned long size, unsigned long align, unsigned long goal)
{
	return alloc_from(NULL, size, align, goal, 0);
}

void *__init __alloc_bootmem_low(unsigned long size, unsigned long align, unsigned long goal)
{
	return or_panic(alloc_from(NULL, size, align, goal, LOW_LIMIT));
}

void *__init __alloc_bootmem_node(pg_data_t *pgdat, unsigned long size, unsigned long align, unsigned long goal)
{
	return or_panic(alloc_from(pgdat->bdata, size, align, goal, 0));
}

void *__init __alloc_bootmem_node_nopanic(pg_data_t *pgdat, unsigned long size, unsigned long align, unsigned long goal)
{
	return alloc_from(pgdat->bdata, size, align, goal, 0);
}

void *__init __alloc_bootmem_low_node(pg_data_t *pgdat, unsigned long size, unsigned long align, unsigned long goal)
{
	return or_panic(alloc_from(pgdat->bdata, size, align, goal, LOW_LIMIT));
}

static unsigned long __init give(unsigned long page, unsigned int order)
{
	__free_pages_bootmem(pfn_to_page(page), page, order);
	return 1UL << order;
}

static unsigned long __init give_node(bootmem_data_t *node)
{
	const unsigned long map = PFN_DOWN(virt_to_phys(node->taken)),
			    pages = bootmem_bootmap_pages(node->end - node->first);
	unsigned long given = 0, page = node->first;

	while (page < node->end) {
		const bool may_be_word = page % BITS_PER_LONG == 0 && node->end - page >= BITS_PER_LONG;

		if (may_be_word && are_free(node, page, BITS_PER_LONG)) {
			given += give(page, 6);
			page += BITS_PER_LONG;
		} else {
			given += is_taken(node, page) ? 0 : give(page, 0);
			page++;
		}
	}
	for (unsigned long i = 0; i < pages; i++)
		given += give(map + i, 0);
	node->taken = NULL;
	return given;
}

unsigned long __init free_all_bootmem(void)
{
	unsigned long given = 0;
	bootmem_data_t *node;

	for_each_node(node) given += give_node(node);
	totalram_pages += given;
	return given;
}
