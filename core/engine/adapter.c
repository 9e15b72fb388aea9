// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The one adapter: compiled once per engine, against that engine's <linux/memblock.h>, and linked with the port or with
 * the tree's own mm/memblock.c, which is compiled by itself and unchanged (see build-engine).
 *
 * No static variable of an engine is named: its state goes back by bytes (see engine.lds).
 * mblab_features.h says which functions the tree has (MBLAB_HAVE_name), and mblab_absent.h makes 0 of calls to the
 * others, and loops that never begin, none of which is ever made; build-engine makes both from the tree's header and
 * what its source defines.
 */
#include "mblab_features.h"

#include <linux/debugfs.h>
#include <linux/kernel.h>
#include <linux/kmemleak.h>
#include <linux/memblock.h>
#include <linux/memory_hotplug.h>
#include <linux/mm.h>
#include <linux/mmzone.h>
#include <linux/seq_file.h>
#include <linux/slab.h>

#include "adapting.h"
#include <internal.h>

#ifdef CONFIG_HAVE_MEMBLOCK_PHYS_MAP
extern struct memblock_type physmem;
#endif
#if MBLAB_HAVE_reserve_mem_find_by_name
int reserve_mem_find_by_name(const char *name, phys_addr_t *start, phys_addr_t *size);
#endif
#if MBLAB_HAVE_reserve_mem_release_by_name
int reserve_mem_release_by_name(const char *name);
#endif

#include "mblab_absent.h"

static uint64_t pages_of_machine(void)
{
	return memblock.memory.total_size / PAGE_SIZE + memblock.reserved.total_size / PAGE_SIZE;
}

const struct mblab_world_config mblab_world_config = {sizeof(phys_addr_t), MAX_NUMNODES, pages_of_machine};

/* ---- arguments and results ---- */

static struct memblock_type *type_of(uint64_t which)
{
	switch (which) {
	case MBLAB_TYPE_memory:
		return &memblock.memory;
	case MBLAB_TYPE_reserved:
		return &memblock.reserved;
#ifdef CONFIG_HAVE_MEMBLOCK_PHYS_MAP
	case MBLAB_TYPE_physmem:
		return &physmem;
#endif
	default:
		return NULL;
	}
}

/*
 * What a parameter of each kind is for the kernel, and what of a result is for the lab: one line a kind, by which a row
 * of ops.def is a call.
 */
#define ARG_addr(i) op->arg[i]
#define ARG_size(i) op->arg[i]
#define ARG_align(i) op->arg[i]
#define ARG_end(i) op->arg[i]
#define ARG_virt(i) ((phys_addr_t)op->arg[i] ? __va((phys_addr_t)op->arg[i]) : NULL)
#define ARG_nid(i) ((int)op->arg[i])
#define ARG_index(i) ((int)op->arg[i])
#define ARG_flags(i) ((enum memblock_flags)op->arg[i])
#define ARG_type(i) type_of(op->arg[i])
#define ARG_pfn(i) op->arg[i]
#define ARG_count(i) op->arg[i]
#define ARG_boolean(i) ((bool)op->arg[i])
#define ARG_text(i) op->text

#define GIVE_addr(call) *result = returned(1, (call), 0, 0, 0)
#define GIVE_size(call) GIVE_addr(call)
#define GIVE_count(call) GIVE_addr(call)
#define GIVE_pfn(call) GIVE_addr(call)
#define GIVE_boolean(call) GIVE_addr((uint64_t)(call))
#define GIVE_error(call) GIVE_addr(wide(call))
#define GIVE_nid(call) GIVE_addr(wide(call))
#define GIVE_virt(call) GIVE_addr(phys_of(call))
#define GIVE_nothing(call) call

/* ---- ops with code of their own ---- */

#define OWN(name) static void own_##name(const struct mblab_op *op, struct mblab_result *result)

/* One step of a walk; false when the walk is to stop, which the loops turn into a break. */
static bool step(struct mblab_result *result, uint64_t at_most, uint64_t start, uint64_t end, int nid)
{
	if (result->value[0] >= at_most)
		return false;
	mblab_world_range(start, end, nid);
	result->value[0]++;
	return true;
}

/*
 * A walk: the loop of the kernel's macro over start, end and nid, each step a range effect, no more steps than the last
 * parameter says. A walk of no steps passes NULL for all that it does not want to know, as callers may.
 */
#define WALK(name, at_most_index, variables, loop, start, end, nid)                                                    \
	OWN(name)                                                                                                      \
	{                                                                                                              \
		uint64_t at_most = op->arg[at_most_index];                                                             \
		variables;                                                                                             \
                                                                                                                       \
		*result = returned(1, 0, 0, 0, 0);                                                                     \
		loop if (!step(result, at_most, start, end, nid)) break;                                               \
	}
#define OUT(variable) (at_most ? &(variable) : NULL)
#define RANGE                                                                                                          \
	phys_addr_t start = 0, end = 0;                                                                                \
	int nid = 0;                                                                                                   \
	u64 i
#define PFN_RANGE                                                                                                      \
	unsigned long start = 0, end = 0;                                                                              \
	int nid = 0, i

WALK(for_each_mem_range, 0, RANGE, for_each_mem_range(i, OUT(start), OUT(end)), start, end, nid)
WALK(for_each_mem_range_rev, 0, RANGE, for_each_mem_range_rev(i, OUT(start), OUT(end)), start, end, nid)
WALK(for_each_reserved_mem_range, 0, RANGE, for_each_reserved_mem_range(i, OUT(start), OUT(end)), start, end, nid)
WALK(for_each_free_mem_range, 2, RANGE,
     for_each_free_mem_range(i, ARG_nid(0), ARG_flags(1), OUT(start), OUT(end), OUT(nid)), start, end, nid)
WALK(for_each_free_mem_range_reverse, 2, RANGE,
     for_each_free_mem_range_reverse(i, ARG_nid(0), ARG_flags(1), OUT(start), OUT(end), OUT(nid)), start, end, nid)
WALK(__for_each_mem_range, 4, RANGE,
     __for_each_mem_range(i, ARG_type(0), ARG_type(1), ARG_nid(2), ARG_flags(3), OUT(start), OUT(end), OUT(nid)), start,
     end, nid)
WALK(__for_each_mem_range_rev, 4, RANGE,
     __for_each_mem_range_rev(i, ARG_type(0), ARG_type(1), ARG_nid(2), ARG_flags(3), OUT(start), OUT(end), OUT(nid)),
     start, end, nid)
WALK(for_each_mem_pfn_range, 1, PFN_RANGE, for_each_mem_pfn_range(i, ARG_nid(0), OUT(start), OUT(end), OUT(nid)), start,
     end, nid)
WALK(for_each_mem_region, 0, struct memblock_region *region, for_each_mem_region(region), region->base,
     region->base + region->size, memblock_get_region_node(region))
WALK(for_each_reserved_mem_region, 0, struct memblock_region *region, for_each_reserved_mem_region(region),
     region->base, region->base + region->size, memblock_get_region_node(region))
WALK(for_each_physmem_range, 1, RANGE, for_each_physmem_range(i, ARG_type(0), OUT(start), OUT(end)), start, end, nid)
#define ZONE                                                                                                           \
	struct zone zone = {{0}, op->arg[1], op->arg[2], ARG_nid(0)};                                                  \
	unsigned long start = 0, end = 0;                                                                              \
	u64 i = 0;                                                                                                     \
	__next_mem_pfn_range_in_zone(&i, &zone, OUT(start), OUT(end))
WALK(for_each_free_mem_pfn_range_in_zone_from, 3, ZONE,
     for_each_free_mem_pfn_range_in_zone_from(i, &zone, OUT(start), OUT(end)), start, end, zone.node)

OWN(__next_mem_range)
{
	u64 cookie = op->arg[0];
	phys_addr_t start = 0, end = 0;
	int nid = 0;

	__next_mem_range(&cookie, ARG_nid(1), ARG_flags(2), ARG_type(3), ARG_type(4), &start, &end, &nid);
	*result = returned(4, cookie, start, end, wide(nid));
}

OWN(__next_mem_range_rev)
{
	u64 cookie = op->arg[0];
	phys_addr_t start = 0, end = 0;
	int nid = 0;

	__next_mem_range_rev(&cookie, ARG_nid(1), ARG_flags(2), ARG_type(3), ARG_type(4), &start, &end, &nid);
	*result = returned(4, cookie, start, end, wide(nid));
}

#if MBLAB_HAVE___next_physmem_range
OWN(__next_physmem_range)
{
	u64 cookie = op->arg[0];
	phys_addr_t start = 0, end = 0;

	__next_physmem_range(&cookie, ARG_type(1), &start, &end);
	*result = returned(3, cookie, start, end, 0);
}
#endif

OWN(__next_mem_pfn_range)
{
	unsigned long start_pfn = 0, end_pfn = 0;
	int index = ARG_index(0), nid = 0;

	__next_mem_pfn_range(&index, ARG_nid(1), &start_pfn, &end_pfn, &nid);
	*result = returned(4, wide(index), start_pfn, end_pfn, wide(nid));
}

#if MBLAB_HAVE___next_mem_pfn_range_in_zone
OWN(__next_mem_pfn_range_in_zone)
{
	struct zone zone = {{0}, op->arg[2], op->arg[3], ARG_nid(1)};
	unsigned long start_pfn = 0, end_pfn = 0;
	u64 cookie = op->arg[0];

	__next_mem_pfn_range_in_zone(&cookie, &zone, &start_pfn, &end_pfn);
	*result = returned(3, cookie, start_pfn, end_pfn, 0);
}
#endif

static struct memblock_region *region_of(const struct mblab_op *op)
{
	struct memblock_type *type = ARG_type(0);

	return type && op->arg[1] < type->cnt ? &type->regions[op->arg[1]] : NULL;
}

/* Put back at once: to leave it would break what every other function may assume of the array. */
OWN(memblock_set_region_node)
{
	struct memblock_region *region = region_of(op);
	int nid;

	if (!region) {
		result->exit = MBLAB_REFUSED;
		return;
	}
	nid = memblock_get_region_node(region);
	memblock_set_region_node(region, ARG_nid(2));
	*result = returned(1, wide(memblock_get_region_node(region)), 0, 0, 0);
	memblock_set_region_node(region, nid);
}

/* The two ways to free have changed their names, and memblock_free() its meaning with them. */
OWN(memblock_phys_free)
{
#ifdef MBLAB_FREE_IS_PHYSICAL
	GIVE_error(memblock_free(ARG_addr(0), ARG_size(1)));
#else
	GIVE_error(memblock_phys_free(ARG_addr(0), ARG_size(1)));
#endif
}

#if MBLAB_HAVE_memblock_free
OWN(memblock_free)
{
#ifdef MBLAB_FREE_IS_PHYSICAL
	memblock_free_ptr(ARG_virt(0), op->arg[1]);
#else
	memblock_free(ARG_virt(0), op->arg[1]);
#endif
}
#endif

/* Until 5.16 it took no flags: none can be asked for there. */
OWN(memblock_add_node)
{
	typedef int (*without_flags_t)(phys_addr_t, phys_addr_t, int);
	typedef int (*with_flags_t)(phys_addr_t, phys_addr_t, int, enum memblock_flags);

	if (!__builtin_types_compatible_p(__typeof__(&memblock_add_node), without_flags_t))
		GIVE_error(((with_flags_t)memblock_add_node)(ARG_addr(0), ARG_size(1), ARG_nid(2), ARG_flags(3)));
	else if (op->arg[3] == 0)
		GIVE_error(((without_flags_t)memblock_add_node)(ARG_addr(0), ARG_size(1), ARG_nid(2)));
	else
		result->exit = MBLAB_REFUSED;
}

OWN(memblock_search_pfn_nid)
{
	unsigned long start_pfn = 0, end_pfn = 0;
	int nid = memblock_search_pfn_nid(ARG_pfn(0), &start_pfn, &end_pfn);

	*result = returned(3, wide(nid), start_pfn, end_pfn, 0);
}

OWN(early_param)
{
	GIVE_error(mblab_world_param(op->text));
}

OWN(reserve_mem_find_by_name)
{
	phys_addr_t start = 0, size = 0;
	int found = reserve_mem_find_by_name(op->text, &start, &size);

	*result = returned(3, (uint64_t)found, start, size, 0);
}

OWN(debugfs_show)
{
	static const char *const files[] = {"memory", "reserved", "physmem", "none"};

	GIVE_error(mblab_world_debugfs(files[op->arg[0] & 3]));
}

OWN(debugfs_show_reserve_mem)
{
	GIVE_error(mblab_world_debugfs("reserve_mem_param"));
}

#if MBLAB_HAVE_free_reserved_area
/* A pointer past the last byte may be of another slot of the window than that byte: it is made of the byte's. */
OWN(free_reserved_area)
{
	char *start = __va((phys_addr_t)op->arg[0]), *last = __va((phys_addr_t)(op->arg[1] - 1));

	GIVE_count(free_reserved_area(start, last + 1, ARG_index(2), op->text[0] ? op->text : NULL));
}
#endif

OWN(world_deferred_pages)
{
	mblab_world_set_deferred_pages(op->arg[0]);
}

OWN(world_kho_overlap)
{
	mblab_world_add_kho_scratch(op->arg[0], op->arg[1]);
}

/* The kernel calls it once in a boot. */
OWN(reserve_mem_init)
{
	int error = 0;

	if (mblab_world_late_initcalls(&error))
		GIVE_error(error);
	else
		result->exit = MBLAB_REFUSED;
}

OWN(world_kho)
{
	mblab_world_enable_kho(op->arg[0]);
}

OWN(world_kho_reserve_mem)
{
	mblab_world_add_kho_reserve_mem(op->text, op->arg[0], op->arg[1], (enum mblab_kho_form)op->arg[2]);
}

OWN(world_kho_fails)
{
	mblab_world_fail_kho_call(op->arg[0]);
}

OWN(world_slab)
{
	mblab_world_set_slab((enum mblab_slab)(op->arg[0] % 3));
}

OWN(world_movable_node)
{
	movable_node_enabled = op->arg[0];
}

OWN(world_mirrored_kernelcore)
{
	mirrored_kernelcore = op->arg[0];
}

OWN(world_max_low_pfn)
{
	max_low_pfn = op->arg[0];
}

OWN(world_online_nodes)
{
	mblab_world_set_online_nodes(op->arg[0]);
}

OWN(world_budget)
{
	mblab_world_set_budget(op->arg[0]);
}

/* ---- every row of ops.def as a call ---- */

/* Some functions are macros, which count their arguments before these are made. */
#define CALL(name, ...) name(__VA_ARGS__)
#define ARGUMENT(i, kind, name) ARG_##kind(i)
#define GIVE(kind, name) GIVE_##kind
#define RUN_call(name, results, ...)                                                                                   \
	MBLAB_RESULT(GIVE, MBLAB_UNPACK results)(CALL(name, MBLAB_LIST(ARGUMENT, __VA_ARGS__)))
#define RUN_own(name, results, ...) RUN_OWN(MBLAB_HAVE_##name, name)
#define RUN_none(name, results, ...) result->exit = MBLAB_ABSENT
#define RUN_region(name, results, ...)                                                                                 \
	struct memblock_region *region = region_of(op);                                                                \
	if (!region)                                                                                                   \
		result->exit = MBLAB_REFUSED;                                                                          \
	else                                                                                                           \
		MBLAB_RESULT(GIVE, MBLAB_UNPACK results)(name(region))
/* Code of its own is left out where the tree lacks the function; calls are macros of mblab_absent.h there. */
#define RUN_OWN(have, name) RUN_OWN_(have, name)
#define RUN_OWN_(have, name) RUN_OWN_##have(name)
#define RUN_OWN_1(name) own_##name(op, result)
#define RUN_OWN_0(name) result->exit = MBLAB_ABSENT

#define OP(name, edition, family, adapter, results, ...)                                                               \
	static void run_##name(const struct mblab_op *op, struct mblab_result *result)                                 \
	{                                                                                                              \
		RUN_##adapter(name, results __VA_OPT__(, ) __VA_ARGS__);                                               \
	}
#include "../op/ops.def"
#undef OP

static void (*const calls[])(const struct mblab_op *op, struct mblab_result *result) = {
#define OP(name, ...) [MBLAB_OP_##name] = run_##name,
#include "../op/ops.def"
#undef OP
};

static const bool has_table[] = {
#define OP(name, ...) [MBLAB_OP_##name] = MBLAB_HAVE_##name,
#include "../op/ops.def"
#undef OP
};

static bool has(enum mblab_op_kind kind)
{
	return has_table[kind];
}

static void run(const struct mblab_op *op, struct mblab_result *result)
{
	if (op->kind < MBLAB_OP_COUNT && has_table[op->kind])
		run_inside(calls[op->kind], op, result);
	else
		run_inside(NULL, op, result);
}

static void reset(void)
{
	restore_state();
	mblab_world_reset();
}

/* ---- the state, in every variant's terms ---- */

#define REGIONS_MAX ((uint64_t)1 << 19)

/* Keeps the arrays from beginning at the same offset of a page, where they would push each other out of the cache. */
#define STAGGER 27

/* Whether a region lies in memory as the lab's does, and needs no words of its own. */
#ifdef CONFIG_NUMA
#define SPEAKS_LAB                                                                                                     \
	(sizeof(struct memblock_region) == sizeof(struct mblab_region) && sizeof(phys_addr_t) == sizeof(uint64_t) &&   \
	 offsetof(struct memblock_region, base) == offsetof(struct mblab_region, base) &&                              \
	 offsetof(struct memblock_region, size) == offsetof(struct mblab_region, size) &&                              \
	 offsetof(struct memblock_region, flags) == offsetof(struct mblab_region, flags) &&                            \
	 offsetof(struct memblock_region, nid) == offsetof(struct mblab_region, nid))
#else
#define SPEAKS_LAB 0
#endif

/* An array as it was when it was last read. Most calls change nothing, and then it need not be put into words again. */
struct seen {
	uint64_t count, version;
	struct memblock_region raw[REGIONS_MAX + STAGGER];
	struct mblab_region regions[REGIONS_MAX + STAGGER];
};
static struct seen seen[3];

static void put_into_words(struct seen *last)
{
	for (uint64_t i = 0; i < last->count; i++) {
		const struct memblock_region *region = &last->raw[i];

		last->regions[i] = (struct mblab_region){region->base, region->size, (uint32_t)region->flags,
							 memblock_get_region_node(region)};
	}
}

static void read_type(struct mblab_type_state *out, const struct memblock_type *type, struct seen *last)
{
	/* A count past the array is an engine's mistake; reading it all would be ours. */
	uint64_t readable = type->cnt < type->max ? type->cnt : type->max;

	if (readable > REGIONS_MAX)
		readable = REGIONS_MAX;
	if (readable != last->count || memcmp(last->raw, type->regions, readable * sizeof *type->regions) != 0) {
		last->count = readable;
		last->version++;
		memcpy(last->raw, type->regions, readable * sizeof *type->regions);
		if (!SPEAKS_LAB)
			put_into_words(last);
	}
	out->cnt = type->cnt;
	out->max = type->max;
	out->total_size = type->total_size;
	out->storage = mblab_virt_to_phys(type->regions);
	out->version = last->version;
	out->regions = SPEAKS_LAB ? (const struct mblab_region *)last->raw : last->regions;
}

static void state(struct mblab_state *out)
{
	out->current_limit = memblock.current_limit;
	out->totalram = mblab_world_totalram();
	out->region_bytes = sizeof(struct memblock_region);
	out->bottom_up = memblock.bottom_up;
	read_type(&out->type[MBLAB_TYPE_memory], &memblock.memory, &seen[MBLAB_TYPE_memory]);
	read_type(&out->type[MBLAB_TYPE_reserved], &memblock.reserved, &seen[MBLAB_TYPE_reserved]);
#ifdef CONFIG_HAVE_MEMBLOCK_PHYS_MAP
	read_type(&out->type[MBLAB_TYPE_physmem], &physmem, &seen[MBLAB_TYPE_physmem]);
#else
	out->type[MBLAB_TYPE_physmem] = (struct mblab_type_state){0};
#endif
}

/* ---- another state ---- */

static void load_type(struct memblock_type *type, const struct mblab_type_state *in,
		      struct memblock_region *first_array)
{
	type->regions = first_array;
	if (in->storage != MBLAB_STATIC_ADDR) {
		type->regions = mblab_world_place(in->storage, in->max * sizeof *type->regions);
		memset(type->regions, 0, in->max * sizeof *type->regions);
	}
	type->cnt = in->cnt;
	type->max = in->max;
	type->total_size = in->total_size;
	for (uint64_t i = 0; i < in->cnt; i++) {
		type->regions[i].base = in->regions[i].base;
		type->regions[i].size = in->regions[i].size;
		type->regions[i].flags = (enum memblock_flags)in->regions[i].flags;
		memblock_set_region_node(&type->regions[i], in->regions[i].nid);
	}
}

/* Where each array is at the first moment of boot. */
static struct memblock_region *first_arrays[3];

static void load(const uint64_t *image, const struct mblab_state *to)
{
	copy_words((uint64_t *)mblab_state_start, image, image_words());
	mblab_world_begin_load();
	memblock.current_limit = to->current_limit;
	memblock.bottom_up = to->bottom_up;
	load_type(&memblock.memory, &to->type[MBLAB_TYPE_memory], first_arrays[MBLAB_TYPE_memory]);
	load_type(&memblock.reserved, &to->type[MBLAB_TYPE_reserved], first_arrays[MBLAB_TYPE_reserved]);
#ifdef CONFIG_HAVE_MEMBLOCK_PHYS_MAP
	load_type(&physmem, &to->type[MBLAB_TYPE_physmem], first_arrays[MBLAB_TYPE_physmem]);
#endif
	mblab_world_end_load();
	mblab_totalram_add((int64_t)to->totalram);
}

#define CONFIG_BIT(bit, option) (IS_ENABLED(option) ? MBLAB_CONFIG_##bit : 0)

static struct mblab_engine engine = {
	.abi = MBLAB_ABI,
	.config = CONFIG_BIT(numa, CONFIG_NUMA) | CONFIG_BIT(keep, CONFIG_ARCH_KEEP_MEMBLOCK) |
		  CONFIG_BIT(physmap, CONFIG_HAVE_MEMBLOCK_PHYS_MAP) |
		  CONFIG_BIT(deferred, CONFIG_DEFERRED_STRUCT_PAGE_INIT) |
		  (sizeof(phys_addr_t) == 4 ? MBLAB_CONFIG_phys32 : 0) | CONFIG_BIT(debugfs, CONFIG_DEBUG_FS) |
		  CONFIG_BIT(memmap, CONFIG_HAVE_ARCH_PFN_VALID) | CONFIG_BIT(sparsemem, CONFIG_SPARSEMEM) |
		  CONFIG_BIT(vmemmap, CONFIG_SPARSEMEM_VMEMMAP) | CONFIG_BIT(kho, CONFIG_MEMBLOCK_KHO_SCRATCH) |
		  CONFIG_BIT(handover, CONFIG_KEXEC_HANDOVER) | CONFIG_BIT(highmem, CONFIG_HIGHMEM) |
		  (sizeof(long) == 4 ? MBLAB_CONFIG_m32 : 0),
	.max_nodes = MAX_NUMNODES,
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
	/*
	 * Asked of the subject itself. Old trees give the memory array a size of their own, of which no more is used
	 * than the variant has.
	 */
	if (!engine.initial_memory_regions) {
		if (memblock.memory.max > INIT_MEMBLOCK_MEMORY_REGIONS)
			memblock.memory.max = INIT_MEMBLOCK_MEMORY_REGIONS;
		engine.initial_memory_regions = (uint32_t)memblock.memory.max;
		engine.initial_reserved_regions = (uint32_t)memblock.reserved.max;
		engine.image_words = image_words();
		first_arrays[MBLAB_TYPE_memory] = memblock.memory.regions;
		first_arrays[MBLAB_TYPE_reserved] = memblock.reserved.regions;
#ifdef CONFIG_HAVE_MEMBLOCK_PHYS_MAP
		first_arrays[MBLAB_TYPE_physmem] = physmem.regions;
#endif
	}
	return &engine;
}
