/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Recorded: what happens through this header is an effect on the world, logged by shim/world. */
#pragma once

#include <linux/align.h>
#include <linux/bitops.h>
#include <linux/memory_hotplug.h>
#include <linux/numa.h>
#include <linux/types.h>
#include <world/world.h>

#ifdef __cplusplus
extern "C" {
#endif

/* From 6.8 the greatest order is MAX_PAGE_ORDER; before, MAX_ORDER, which was one past it until 6.4. */
#define MAX_PAGE_ORDER 10
#ifdef MBLAB_MAX_ORDER_IS_EXCLUSIVE
#define MAX_ORDER 11
#else
#define MAX_ORDER 10
#endif
#define MAX_ORDER_NR_PAGES (1UL << MAX_PAGE_ORDER)

#define pageblock_order 9
#define pageblock_nr_pages (1UL << pageblock_order)
#define pageblock_align(pfn) ALIGN((pfn), pageblock_nr_pages)
#define pageblock_start_pfn(pfn) ALIGN_DOWN((pfn), pageblock_nr_pages)

#define SECTION_SIZE_BITS 27
#define PAGES_PER_SECTION (1UL << (SECTION_SIZE_BITS - 12))

/* Every page frame of the lab's machines has a struct page. */
#define for_each_valid_pfn(pfn, start_pfn, end_pfn)                                                                    \
	for ((pfn) = mblab_walk_pages(start_pfn); (pfn) < (end_pfn); (pfn)++)

/* Named in signatures of the header; no op of the lab depends on the values. */
enum migratetype { MIGRATE_UNMOVABLE, MIGRATE_MOVABLE, MIGRATE_RECLAIMABLE, MIGRATE_HIGHATOMIC, MIGRATE_CMA };

#define MAX_NR_ZONES 4

struct zone {
#ifdef MBLAB_BOOTMEM
	unsigned long managed_pages; /* a plain number until 5.0 */
#else
	atomic_long_t managed_pages;
#endif
	unsigned long zone_start_pfn;
	unsigned long spanned_pages;
	int node;
};

typedef struct pglist_data {
	struct zone node_zones[MAX_NR_ZONES];
	int node_id;
	struct bootmem_data *bdata; /* until 4.19 */
} pg_data_t;

static inline unsigned long zone_end_pfn(const struct zone *zone)
{
	return zone->zone_start_pfn + zone->spanned_pages;
}

static inline int zone_to_nid(const struct zone *zone)
{
	return zone->node;
}

struct pglist_data *first_online_pgdat(void);
struct pglist_data *next_online_pgdat(struct pglist_data *pgdat);
#define for_each_online_pgdat(pgdat) for (pgdat = first_online_pgdat(); pgdat; pgdat = next_online_pgdat(pgdat))

#ifdef MBLAB_BOOTMEM
/** NODE_DATA - of a node that is online. */
static inline pg_data_t *NODE_DATA(int nid)
{
	pg_data_t *pgdat;

	for_each_online_pgdat(pgdat) if (pgdat->node_id == nid) break;
	return pgdat;
}
#endif

/* Recorded as managed_pages: a zone's counter is the only atomic that memblock writes. */
void atomic_long_set(atomic_long_t *counter, long value);

#ifndef CONFIG_NUMA
extern struct pglist_data contig_page_data;
#endif

#ifdef __cplusplus
}
#endif
