// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The adapter of a kernel tree's own mm/bootmem.c, of v2.6.26 to v4.19: compiled against that tree's <linux/bootmem.h>,
 * as adapter.c is against <linux/memblock.h>. The maps lie in the lab's physical memory, where the caller puts them.
 *
 * What history/bootmem.cpp refuses is not asked of it (history/tree_bootmem.hpp): the calls trust their callers.
 */
#include "mblab_features.h"

#include "adapting.h"

#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/mmzone.h>
#include <linux/slab.h>

#include <linux/bootmem.h>

unsigned long totalram_pages;

static uint64_t pages_of_machine(void);
const struct mblab_world_config mblab_world_config = {sizeof(phys_addr_t), MAX_NUMNODES, pages_of_machine};

/* Of each node where its map was put; it is gone from the kernel's own data when all is given away. */
struct map {
	const unsigned long *bits;
	uint64_t phys, bytes, first, end; /* end 0: the node has none */
};
static struct map maps[MAX_NUMNODES];
static bool is_over;

static uint64_t pages_of_machine(void)
{
	uint64_t pages = 0;

	for (int nid = 0; nid < MAX_NUMNODES; nid++)
		pages += maps[nid].end - maps[nid].first;
	return pages;
}

static void init_node(const struct mblab_op *op, struct mblab_result *result)
{
	const uint64_t nid = op->arg[0], phys = op->arg[1] << PAGE_SHIFT, pages = op->arg[3] - op->arg[2];
	const uint64_t bytes = ALIGN((pages + 7) / 8, sizeof(long));

	maps[nid] = (struct map){mblab_world_place(phys, bytes), phys, bytes, op->arg[2], op->arg[3]};
	*result = returned(1, init_bootmem_node(NODE_DATA((int)nid), op->arg[1], op->arg[2], op->arg[3]), 0, 0, 0);
	mblab_world_begin(); /* that the map is filled is as much an effect as what memblock writes into its arrays */
}

#define GIVE_PLACE(call) *result = returned(1, phys_of(call), 0, 0, 0)
#define GIVE_ERROR(call) *result = returned(1, wide(call), 0, 0, 0)
#define GIVE_COUNT(call) *result = returned(1, call, 0, 0, 0)

static void make(const struct mblab_op *op, struct mblab_result *result)
{
	const uint64_t *arg = op->arg;

	switch (op->kind) {
	case MBLAB_OP_init_bootmem_node:
		init_node(op, result);
		break;
	case MBLAB_OP_bootmem_bootmap_pages:
		GIVE_COUNT(bootmem_bootmap_pages(arg[0]));
		break;
	case MBLAB_OP_reserve_bootmem:
		GIVE_ERROR(reserve_bootmem(arg[0], arg[1], (int)arg[2]));
		break;
	case MBLAB_OP_reserve_bootmem_node:
		GIVE_ERROR(reserve_bootmem_node(NODE_DATA((int)arg[0]), arg[1], arg[2], (int)arg[3]));
		break;
	case MBLAB_OP_free_bootmem:
		free_bootmem(arg[0], arg[1]);
		break;
	case MBLAB_OP_free_bootmem_node:
		free_bootmem_node(NODE_DATA((int)arg[0]), arg[1], arg[2]);
		break;
#if MBLAB_HAVE_free_bootmem_late
	case MBLAB_OP_free_bootmem_late:
		free_bootmem_late(arg[0], arg[1]);
		break;
#endif
	case MBLAB_OP___alloc_bootmem:
		GIVE_PLACE(__alloc_bootmem(arg[0], arg[1], arg[2]));
		break;
	case MBLAB_OP___alloc_bootmem_nopanic:
		GIVE_PLACE(__alloc_bootmem_nopanic(arg[0], arg[1], arg[2]));
		break;
	case MBLAB_OP___alloc_bootmem_low:
		GIVE_PLACE(__alloc_bootmem_low(arg[0], arg[1], arg[2]));
		break;
	case MBLAB_OP___alloc_bootmem_node:
		GIVE_PLACE(__alloc_bootmem_node(NODE_DATA((int)arg[0]), arg[1], arg[2], arg[3]));
		break;
	case MBLAB_OP___alloc_bootmem_node_nopanic:
		GIVE_PLACE(__alloc_bootmem_node_nopanic(NODE_DATA((int)arg[0]), arg[1], arg[2], arg[3]));
		break;
	case MBLAB_OP___alloc_bootmem_low_node:
		GIVE_PLACE(__alloc_bootmem_low_node(NODE_DATA((int)arg[0]), arg[1], arg[2], arg[3]));
		break;
	case MBLAB_OP_free_all_bootmem:
		is_over = true;
		GIVE_COUNT(free_all_bootmem());
		break;
	default: /* world_budget */
		mblab_world_set_budget(arg[0]);
	}
}

static bool has(enum mblab_op_kind kind)
{
	switch (kind) {
#define OP(name, ...)                                                                                                  \
	case MBLAB_OP_##name:                                                                                          \
		return MBLAB_HAVE_##name;
#include "../op/ops.def"
#undef OP
	default:
		return false;
	}
}

static void run(const struct mblab_op *op, struct mblab_result *result)
{
	run_inside(op->kind < MBLAB_OP_COUNT && has(op->kind) ? make : NULL, op, result);
}

static void reset(void)
{
	restore_state();
	mblab_world_reset();
	mblab_world_set_online_nodes(MAX_NUMNODES);
	for (uint64_t nid = 0; nid < MAX_NUMNODES; nid++) {
		NODE_DATA((int)nid)->bdata = &bootmem_node_data[nid];
		maps[nid] = (struct map){0};
	}
	is_over = false;
	totalram_pages = 0;
}

/* ---- the state, as history/bootmem.cpp shows it ---- */

#define RUNS_MAX ((uint64_t)1 << 20)
#define PAGES_OF(from, to, nid) ((struct mblab_region){(from) << PAGE_SHIFT, ((to) - (from)) << PAGE_SHIFT, 0, nid})

struct list {
	struct mblab_region *regions;
	uint64_t count, total;
};

static void append(struct list *list, struct mblab_region region)
{
	if (list->count < RUNS_MAX)
		list->regions[list->count++] = region;
	list->total += region.size;
}

/* Whether a page counts as taken. The pages of the map itself are free once all is given away. */
static bool is_taken(const struct map *map, uint64_t pfn)
{
	const uint64_t map_pfn = map->phys >> PAGE_SHIFT;

	if (is_over && pfn >= map_pfn && pfn < map_pfn + PFN_UP(map->bytes))
		return false;
	return test_bit(pfn - map->first, map->bits);
}

static void append_runs(struct list *reserved, const struct map *map, int nid)
{
	for (uint64_t pfn = map->first; pfn < map->end;) {
		const uint64_t start = pfn;

		while (pfn < map->end && is_taken(map, pfn))
			pfn++;
		if (pfn > start)
			append(reserved, PAGES_OF(start, pfn, nid));
		else
			pfn++;
	}
}

/* The node that lies next above, by page or by where its map is; MAX_NUMNODES for none. */
static int next_above(uint64_t from, bool by_map)
{
	int found = MAX_NUMNODES;

	for (int nid = 0; nid < MAX_NUMNODES; nid++) {
		const uint64_t at = by_map ? maps[nid].phys : maps[nid].first;

		if (maps[nid].end && at >= from &&
		    (found == MAX_NUMNODES || at < (by_map ? maps[found].phys : maps[found].first)))
			found = nid;
	}
	return found;
}

static void give(struct mblab_type_state *out, const struct list *list)
{
	static uint64_t version;

	*out = (struct mblab_type_state){.cnt = list->count,
					 .max = MBLAB_REGIONS_OF_OLD,
					 .total_size = list->total,
					 .storage = MBLAB_STATIC_ADDR,
					 .version = ++version,
					 .regions = list->regions};
}

static void state(struct mblab_state *out)
{
	static struct mblab_region runs[RUNS_MAX], spans[MAX_NUMNODES], places[MAX_NUMNODES];
	struct list reserved = {runs, 0, 0}, memory = {spans, 0, 0}, physmem = {places, 0, 0};

	for (int nid = next_above(0, false); nid < MAX_NUMNODES; nid = next_above(maps[nid].first + 1, false)) {
		append(&memory, PAGES_OF(maps[nid].first, maps[nid].end, nid));
		append_runs(&reserved, &maps[nid], nid);
	}
	for (int nid = next_above(0, true); nid < MAX_NUMNODES && !is_over; nid = next_above(maps[nid].phys + 1, true))
		append(&physmem, (struct mblab_region){maps[nid].phys, maps[nid].bytes, 0, nid});
	*out = (struct mblab_state){.current_limit = ~(uint64_t)0, .totalram = totalram_pages};
	give(&out->type[MBLAB_TYPE_memory], &memory);
	give(&out->type[MBLAB_TYPE_reserved], &reserved);
	give(&out->type[MBLAB_TYPE_physmem], &physmem);
}

/* What the maps hold is no part of the engine's own data: it cannot be put into a state. */
static void load(const uint64_t *image, const struct mblab_state *to)
{
	mblab_bug();
}

static struct mblab_engine engine = {
	.abi = MBLAB_ABI,
	.config = MBLAB_CONFIG_numa,
	.max_nodes = MAX_NUMNODES,
	.initial_memory_regions = MBLAB_REGIONS_OF_OLD,
	.initial_reserved_regions = MBLAB_REGIONS_OF_OLD,
	.name = MBLAB_ENGINE_NAME,
	.has = has,
	.reset = reset,
	.run = run,
	.effects = mblab_world_effects,
	.state = state,
	.coverage = coverage,
	.keep = keep,
	.load = load,
};

__attribute__((visibility("default"))) const struct mblab_engine *mblab_get_engine(void)
{
	engine.image_words = image_words();
	return &engine;
}
