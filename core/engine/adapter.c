// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The one adapter: compiled once per engine, against that engine's <linux/memblock.h>, and linked with the port or with
 * the tree's own mm/memblock.c, which is compiled by itself and unchanged (see build-engine).
 *
 * No static variable of an engine is named: its state goes back by bytes (see engine.lds).
 * mblab_features.h says which functions the tree has (MBLAB_HAVE_name), and mblab_absent.h makes 0 of calls to the
 * others, which are never made; build-engine makes both from the tree's header and what its source defines.
 */
#include "mblab_features.h"

#include <linux/debugfs.h>
#include <linux/kernel.h>
#include <linux/kmemleak.h>
#include <linux/mm.h>
#include <linux/mmzone.h>
#include <linux/memblock.h>
#include <linux/memory_hotplug.h>
#include <linux/seq_file.h>
#include <linux/slab.h>

#include "abi.h"
#include <internal.h>

#undef memcpy
#undef memset

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

const struct mblab_world_config mblab_world_config = {sizeof(phys_addr_t), MAX_NUMNODES};

/* ---- the engine's own writable data, restored as bytes ---- */

extern char mblab_state_start[] __attribute__((visibility("hidden")));
extern char mblab_state_end[] __attribute__((visibility("hidden")));

#define NO_SANITIZE __attribute__((no_sanitize_address, no_sanitize_undefined, noinline))

/* The first image of the state. The words between the variables may be sanitizer redzones, hence no instrumentation. */
#define IMAGE_WORDS ((uint64_t)1 << 17)
static uint64_t first_image[IMAGE_WORDS];
static bool image_taken;

NO_SANITIZE static void copy_words(volatile uint64_t *to, const volatile uint64_t *from, uint64_t words)
{
	for (uint64_t i = 0; i < words; i++)
		to[i] = from[i];
}

static void restore_state(void)
{
	uint64_t *live = (uint64_t *)mblab_state_start;
	uint64_t words = (uint64_t)(mblab_state_end - mblab_state_start) / sizeof(uint64_t);

	if (words > IMAGE_WORDS)
		mblab_bug();
	if (!image_taken) {
		copy_words(first_image, live, words);
		image_taken = true;
		return;
	}
	copy_words(live, first_image, words);
}

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

static uint64_t phys_of(const void *virt)
{
	return virt ? __pa((void *)(uintptr_t)virt) : 0;
}

/* ---- iteration: each step is a range effect ---- */

/* One step; false when the walk is to stop, which the loops turn into a break. */
static bool step(uint64_t *steps, uint64_t at_most, uint64_t start, uint64_t end, int nid)
{
	if (*steps >= at_most)
		return false;
	mblab_world_range(start, end, nid);
	++*steps;
	return true;
}

/* A walk of no steps passes NULL for all that it does not want to know, as callers may. */
#define OUT(result, at_most) ((at_most) ? &(result) : NULL)

static void walk(const struct mblab_op *op, struct mblab_result *result)
{
	const uint64_t *arg = op->arg;
	uint64_t steps = 0;
	phys_addr_t start = 0, end = 0;
	unsigned long start_pfn = 0, end_pfn = 0;
	int nid = 0, index;
	struct memblock_region *region;
	u64 i;

	switch (op->kind) {
	case MBLAB_OP_for_each_mem_range:
		for_each_mem_range(i, OUT(start, arg[0]), OUT(end, arg[0]))
			if (!step(&steps, arg[0], start, end, 0))
				break;
		break;
	case MBLAB_OP_for_each_mem_range_rev:
		for_each_mem_range_rev(i, OUT(start, arg[0]), OUT(end, arg[0]))
			if (!step(&steps, arg[0], start, end, 0))
				break;
		break;
	case MBLAB_OP_for_each_reserved_mem_range:
		for_each_reserved_mem_range(i, OUT(start, arg[0]), OUT(end, arg[0]))
			if (!step(&steps, arg[0], start, end, 0))
				break;
		break;
	case MBLAB_OP_for_each_free_mem_range:
		for_each_free_mem_range(i, (int)arg[0], (enum memblock_flags)arg[1], OUT(start, arg[2]),
					OUT(end, arg[2]), OUT(nid, arg[2]))
			if (!step(&steps, arg[2], start, end, nid))
				break;
		break;
	case MBLAB_OP_for_each_free_mem_range_reverse:
		for_each_free_mem_range_reverse(i, (int)arg[0], (enum memblock_flags)arg[1], OUT(start, arg[2]),
						OUT(end, arg[2]), OUT(nid, arg[2]))
			if (!step(&steps, arg[2], start, end, nid))
				break;
		break;
	case MBLAB_OP___for_each_mem_range:
		__for_each_mem_range(i, type_of(arg[0]), type_of(arg[1]), (int)arg[2], (enum memblock_flags)arg[3],
				     OUT(start, arg[4]), OUT(end, arg[4]), OUT(nid, arg[4]))
			if (!step(&steps, arg[4], start, end, nid))
				break;
		break;
	case MBLAB_OP___for_each_mem_range_rev:
		__for_each_mem_range_rev(i, type_of(arg[0]), type_of(arg[1]), (int)arg[2], (enum memblock_flags)arg[3],
					 OUT(start, arg[4]), OUT(end, arg[4]), OUT(nid, arg[4]))
			if (!step(&steps, arg[4], start, end, nid))
				break;
		break;
#ifdef CONFIG_HAVE_MEMBLOCK_PHYS_MAP
	case MBLAB_OP_for_each_physmem_range:
		for_each_physmem_range(i, type_of(arg[0]), OUT(start, arg[1]), OUT(end, arg[1]))
			if (!step(&steps, arg[1], start, end, 0))
				break;
		break;
#endif
	case MBLAB_OP_for_each_mem_pfn_range:
		for_each_mem_pfn_range(index, (int)arg[0], OUT(start_pfn, arg[1]), OUT(end_pfn, arg[1]),
				       OUT(nid, arg[1]))
			if (!step(&steps, arg[1], start_pfn, end_pfn, nid))
				break;
		break;
	case MBLAB_OP_for_each_mem_region:
		for_each_mem_region(region)
			if (!step(&steps, arg[0], region->base, region->base + region->size,
				  memblock_get_region_node(region)))
				break;
		break;
	case MBLAB_OP_for_each_reserved_mem_region:
		for_each_reserved_mem_region(region)
			if (!step(&steps, arg[0], region->base, region->base + region->size,
				  memblock_get_region_node(region)))
				break;
		break;
#ifdef CONFIG_DEFERRED_STRUCT_PAGE_INIT
	case MBLAB_OP_for_each_free_mem_pfn_range_in_zone_from: {
		struct zone zone = {{0}, arg[1], arg[2], (int)arg[0]};

		i = 0;
		__next_mem_pfn_range_in_zone(&i, &zone, OUT(start_pfn, arg[3]), OUT(end_pfn, arg[3]));
		for_each_free_mem_pfn_range_in_zone_from(i, &zone, OUT(start_pfn, arg[3]), OUT(end_pfn, arg[3]))
			if (!step(&steps, arg[3], start_pfn, end_pfn, zone.node))
				break;
		break;
	}
#endif
	default:
		result->exit = MBLAB_ABSENT;
		return;
	}
	result->count = 1;
	result->value[0] = steps;
}

static void next(const struct mblab_op *op, struct mblab_result *result)
{
	const uint64_t *arg = op->arg;
	phys_addr_t start = 0, end = 0;
	unsigned long start_pfn = 0, end_pfn = 0;
	u64 cookie = arg[0];
	int index = (int)arg[0], nid = 0;

	switch (op->kind) {
	case MBLAB_OP___next_mem_range:
		__next_mem_range(&cookie, (int)arg[1], (enum memblock_flags)arg[2], type_of(arg[3]), type_of(arg[4]),
				 &start, &end, &nid);
		*result = (struct mblab_result){MBLAB_RETURNED, 4, {cookie, start, end, (uint64_t)(int64_t)nid}};
		return;
	case MBLAB_OP___next_mem_range_rev:
		__next_mem_range_rev(&cookie, (int)arg[1], (enum memblock_flags)arg[2], type_of(arg[3]),
				     type_of(arg[4]), &start, &end, &nid);
		*result = (struct mblab_result){MBLAB_RETURNED, 4, {cookie, start, end, (uint64_t)(int64_t)nid}};
		return;
#ifdef CONFIG_HAVE_MEMBLOCK_PHYS_MAP
	case MBLAB_OP___next_physmem_range:
		__next_physmem_range(&cookie, type_of(arg[1]), &start, &end);
		*result = (struct mblab_result){MBLAB_RETURNED, 3, {cookie, start, end}};
		return;
#endif
	case MBLAB_OP___next_mem_pfn_range:
		__next_mem_pfn_range(&index, (int)arg[1], &start_pfn, &end_pfn, &nid);
		*result = (struct mblab_result){
			MBLAB_RETURNED, 4, {(uint64_t)(int64_t)index, start_pfn, end_pfn, (uint64_t)(int64_t)nid}};
		return;
#ifdef CONFIG_DEFERRED_STRUCT_PAGE_INIT
	case MBLAB_OP___next_mem_pfn_range_in_zone: {
		struct zone zone = {{0}, arg[2], arg[3], (int)arg[1]};

		__next_mem_pfn_range_in_zone(&cookie, &zone, &start_pfn, &end_pfn);
		*result = (struct mblab_result){MBLAB_RETURNED, 3, {cookie, start_pfn, end_pfn}};
		return;
	}
#endif
	default:
		result->exit = MBLAB_ABSENT;
	}
}

/* ---- helpers of one region ---- */

static void region_helper(const struct mblab_op *op, struct mblab_result *result)
{
	struct memblock_type *type = type_of(op->arg[0]);
	struct memblock_region *region;
	uint64_t value = 0;
	int nid;

	if (!type || op->arg[1] >= type->cnt) {
		result->exit = MBLAB_REFUSED;
		return;
	}
	region = &type->regions[op->arg[1]];
	switch (op->kind) {
	case MBLAB_OP_memblock_is_hotpluggable:
		value = memblock_is_hotpluggable(region);
		break;
	case MBLAB_OP_memblock_is_mirror:
		value = memblock_is_mirror(region);
		break;
	case MBLAB_OP_memblock_is_nomap:
		value = memblock_is_nomap(region);
		break;
	case MBLAB_OP_memblock_is_reserved_noinit:
		value = memblock_is_reserved_noinit(region);
		break;
	case MBLAB_OP_memblock_is_driver_managed:
		value = memblock_is_driver_managed(region);
		break;
	case MBLAB_OP_memblock_is_kho_scratch:
		value = memblock_is_kho_scratch(region);
		break;
	case MBLAB_OP_memblock_get_region_node:
		value = (uint64_t)(int64_t)memblock_get_region_node(region);
		break;
	case MBLAB_OP_memblock_set_region_node:
		/* Put back at once: to leave it would break what every other function may assume of the array. */
		nid = memblock_get_region_node(region);
		memblock_set_region_node(region, (int)op->arg[2]);
		value = (uint64_t)(int64_t)memblock_get_region_node(region);
		memblock_set_region_node(region, nid);
		break;
	case MBLAB_OP_memblock_region_memory_base_pfn:
		value = memblock_region_memory_base_pfn(region);
		break;
	case MBLAB_OP_memblock_region_memory_end_pfn:
		value = memblock_region_memory_end_pfn(region);
		break;
	case MBLAB_OP_memblock_region_reserved_base_pfn:
		value = memblock_region_reserved_base_pfn(region);
		break;
	case MBLAB_OP_memblock_region_reserved_end_pfn:
		value = memblock_region_reserved_end_pfn(region);
		break;
	default:
		result->exit = MBLAB_ABSENT;
		return;
	}
	result->count = 1;
	result->value[0] = value;
}

/* ---- the calls ---- */

#define RETURNS(call)                                                                                                  \
	do {                                                                                                           \
		result->value[0] = (uint64_t)(call);                                                                   \
		result->count = 1;                                                                                     \
		return;                                                                                                \
	} while (0)
#define RETURNS_INT(call) RETURNS((int64_t)(call))
#define RETURNS_VIRT(call) RETURNS(phys_of(call))
#define RETURNS_NOTHING(call)                                                                                          \
	do {                                                                                                           \
		call;                                                                                                  \
		return;                                                                                                \
	} while (0)

/* The two ways to free have changed their names, and memblock_free() its meaning with them. */
#ifdef MBLAB_FREE_IS_PHYSICAL
#define FREE_PHYSICAL(base, size) memblock_free(base, size)
#define FREE_VIRTUAL(ptr, size) memblock_free_ptr(ptr, size)
#else
#define FREE_PHYSICAL(base, size) memblock_phys_free(base, size)
#define FREE_VIRTUAL(ptr, size) memblock_free(ptr, size)
#endif

/* Until 5.16 it took no flags: none can be asked for there. */
static void add_node(const struct mblab_op *op, struct mblab_result *result)
{
	typedef int (*without_flags_t)(phys_addr_t, phys_addr_t, int);
	typedef int (*with_flags_t)(phys_addr_t, phys_addr_t, int, enum memblock_flags);
	phys_addr_t base = (phys_addr_t)op->arg[0], size = (phys_addr_t)op->arg[1];
	int nid = (int)op->arg[2];

	if (!__builtin_types_compatible_p(__typeof__(&memblock_add_node), without_flags_t))
		RETURNS_INT(((with_flags_t)memblock_add_node)(base, size, nid, (enum memblock_flags)op->arg[3]));
	if (op->arg[3] == 0)
		RETURNS_INT(((without_flags_t)memblock_add_node)(base, size, nid));
	result->exit = MBLAB_REFUSED;
}

static void change(const struct mblab_op *op, struct mblab_result *result)
{
	const uint64_t *arg = op->arg;
	phys_addr_t a = (phys_addr_t)arg[0], b = (phys_addr_t)arg[1];

	switch (op->kind) {
	case MBLAB_OP_memblock_add:
		RETURNS_INT(memblock_add(a, b));
	case MBLAB_OP_memblock_add_node:
		add_node(op, result);
		return;
	case MBLAB_OP_memblock_remove:
		RETURNS_INT(memblock_remove(a, b));
#ifdef CONFIG_HAVE_MEMBLOCK_PHYS_MAP
	case MBLAB_OP_memblock_physmem_add:
		RETURNS_INT(memblock_physmem_add(a, b));
#endif
	case MBLAB_OP_memblock_reserve:
		RETURNS_INT(memblock_reserve(a, b));
	case MBLAB_OP_memblock_phys_free:
		RETURNS_INT(FREE_PHYSICAL(a, b));
	case MBLAB_OP_memblock_free:
		RETURNS_NOTHING(FREE_VIRTUAL(a ? __va(a) : NULL, arg[1]));
	case MBLAB_OP_memblock_free_late:
		RETURNS_NOTHING(memblock_free_late(a, b));
	case MBLAB_OP_memblock_allow_resize:
		RETURNS_NOTHING(memblock_allow_resize());
	case MBLAB_OP_memblock_discard:
		RETURNS_NOTHING(memblock_discard());
	case MBLAB_OP_memblock_trim_memory:
		RETURNS_NOTHING(memblock_trim_memory(a));
	case MBLAB_OP_memblock_mark_hotplug:
		RETURNS_INT(memblock_mark_hotplug(a, b));
	case MBLAB_OP_memblock_clear_hotplug:
		RETURNS_INT(memblock_clear_hotplug(a, b));
	case MBLAB_OP_memblock_mark_mirror:
		RETURNS_INT(memblock_mark_mirror(a, b));
	case MBLAB_OP_memblock_mark_nomap:
		RETURNS_INT(memblock_mark_nomap(a, b));
	case MBLAB_OP_memblock_clear_nomap:
		RETURNS_INT(memblock_clear_nomap(a, b));
	case MBLAB_OP_memblock_reserved_mark_noinit:
		RETURNS_INT(memblock_reserved_mark_noinit(a, b));
	case MBLAB_OP_memblock_set_node:
		RETURNS_INT(memblock_set_node(a, b, type_of(arg[2]), (int)arg[3]));
	case MBLAB_OP_memblock_set_bottom_up:
		RETURNS_NOTHING(memblock_set_bottom_up(arg[0]));
	case MBLAB_OP_memblock_set_current_limit:
		RETURNS_NOTHING(memblock_set_current_limit(a));
	case MBLAB_OP_memblock_enforce_memory_limit:
		RETURNS_NOTHING(memblock_enforce_memory_limit(a));
	case MBLAB_OP_memblock_cap_memory_range:
		RETURNS_NOTHING(memblock_cap_memory_range(a, b));
	case MBLAB_OP_memblock_mem_limit_remove_map:
		RETURNS_NOTHING(memblock_mem_limit_remove_map(a));
	case MBLAB_OP_memblock_free_all:
		RETURNS_NOTHING(memblock_free_all());
	case MBLAB_OP_reset_all_zones_managed_pages:
		RETURNS_NOTHING(reset_all_zones_managed_pages());
	default:
		result->exit = MBLAB_ABSENT;
	}
}

static void allocate(const struct mblab_op *op, struct mblab_result *result)
{
	const uint64_t *arg = op->arg;
	phys_addr_t size = (phys_addr_t)arg[0], align = (phys_addr_t)arg[1];
	phys_addr_t low = (phys_addr_t)arg[2], high = (phys_addr_t)arg[3];

	switch (op->kind) {
	case MBLAB_OP_memblock_phys_alloc:
		RETURNS(memblock_phys_alloc(size, align));
	case MBLAB_OP_memblock_phys_alloc_range:
		RETURNS(memblock_phys_alloc_range(size, align, low, high));
	case MBLAB_OP_memblock_alloc_range_nid:
		RETURNS(memblock_alloc_range_nid(size, align, low, high, (int)arg[4], arg[5]));
	case MBLAB_OP_memblock_phys_alloc_try_nid:
		RETURNS(memblock_phys_alloc_try_nid(size, align, (int)arg[2]));
	case MBLAB_OP_memblock_alloc:
		RETURNS_VIRT(memblock_alloc(size, align));
	case MBLAB_OP_memblock_alloc_raw:
		RETURNS_VIRT(memblock_alloc_raw(size, align));
	case MBLAB_OP_memblock_alloc_from:
		RETURNS_VIRT(memblock_alloc_from(size, align, low));
	case MBLAB_OP_memblock_alloc_low:
		RETURNS_VIRT(memblock_alloc_low(size, align));
	case MBLAB_OP_memblock_alloc_node:
		RETURNS_VIRT(memblock_alloc_node(size, align, (int)arg[2]));
	case MBLAB_OP_memblock_alloc_try_nid:
		RETURNS_VIRT(memblock_alloc_try_nid(size, align, low, high, (int)arg[4]));
	case MBLAB_OP_memblock_alloc_try_nid_raw:
		RETURNS_VIRT(memblock_alloc_try_nid_raw(size, align, low, high, (int)arg[4]));
	case MBLAB_OP_memblock_alloc_exact_nid_raw:
		RETURNS_VIRT(memblock_alloc_exact_nid_raw(size, align, low, high, (int)arg[4]));
	default:
		result->exit = MBLAB_ABSENT;
	}
}

static void ask(const struct mblab_op *op, struct mblab_result *result)
{
	const uint64_t *arg = op->arg;
	phys_addr_t a = (phys_addr_t)arg[0], b = (phys_addr_t)arg[1];
	unsigned long start_pfn = 0, end_pfn = 0;
	int nid;

	switch (op->kind) {
	case MBLAB_OP_memblock_validate_numa_coverage:
		RETURNS(memblock_validate_numa_coverage(arg[0]));
	case MBLAB_OP_memblock_has_mirror:
		RETURNS(memblock_has_mirror());
	case MBLAB_OP_memblock_bottom_up:
		RETURNS(memblock_bottom_up());
	case MBLAB_OP_memblock_get_current_limit:
		RETURNS(memblock_get_current_limit());
	case MBLAB_OP_memblock_phys_mem_size:
		RETURNS(memblock_phys_mem_size());
	case MBLAB_OP_memblock_reserved_size:
		RETURNS(memblock_reserved_size());
	case MBLAB_OP_memblock_estimated_nr_free_pages:
		RETURNS(memblock_estimated_nr_free_pages());
	case MBLAB_OP_memblock_start_of_DRAM:
		RETURNS(memblock_start_of_DRAM());
	case MBLAB_OP_memblock_end_of_DRAM:
		RETURNS(memblock_end_of_DRAM());
	case MBLAB_OP_memblock_is_memory:
		RETURNS(memblock_is_memory(a));
	case MBLAB_OP_memblock_is_map_memory:
		RETURNS(memblock_is_map_memory(a));
	case MBLAB_OP_memblock_is_region_memory:
		RETURNS(memblock_is_region_memory(a, b));
	case MBLAB_OP_memblock_is_reserved:
		RETURNS(memblock_is_reserved(a));
	case MBLAB_OP_memblock_is_region_reserved:
		RETURNS(memblock_is_region_reserved(a, b));
	case MBLAB_OP_memblock_overlaps_region:
		RETURNS(memblock_overlaps_region(type_of(arg[0]), (phys_addr_t)arg[1], (phys_addr_t)arg[2]));
	case MBLAB_OP_memblock_addrs_overlap:
		RETURNS(memblock_addrs_overlap(a, b, (phys_addr_t)arg[2], (phys_addr_t)arg[3]));
	case MBLAB_OP_memblock_search_pfn_nid:
		nid = memblock_search_pfn_nid(arg[0], &start_pfn, &end_pfn);
		*result = (struct mblab_result){MBLAB_RETURNED, 3, {(uint64_t)(int64_t)nid, start_pfn, end_pfn}};
		return;
	default:
		result->exit = MBLAB_ABSENT;
	}
}

static void report_and_params(const struct mblab_op *op, struct mblab_result *result)
{
	static const char *const files[] = {"memory", "reserved", "physmem", "none"};
	phys_addr_t start = 0, size = 0;
	int found;

	switch (op->kind) {
	case MBLAB_OP_memblock_dump_all:
		RETURNS_NOTHING(memblock_dump_all());
	case MBLAB_OP_early_param:
		RETURNS_INT(mblab_world_param(op->text));
	case MBLAB_OP_reserve_mem_find_by_name:
		found = reserve_mem_find_by_name(op->text, &start, &size);
		*result = (struct mblab_result){MBLAB_RETURNED, 3, {(uint64_t)found, start, size}};
		return;
	case MBLAB_OP_debugfs_show:
		RETURNS_INT(mblab_world_debugfs(files[op->arg[0] & 3]));
	default:
		result->exit = MBLAB_ABSENT;
	}
}

/* What came after Linux 6.12. */
static void later(const struct mblab_op *op, struct mblab_result *result)
{
	const uint64_t *arg = op->arg;
	phys_addr_t a = (phys_addr_t)arg[0], b = (phys_addr_t)arg[1];

	switch (op->kind) {
	case MBLAB_OP_memblock_alloc_or_panic:
		RETURNS_VIRT(memblock_alloc_or_panic(a, b));
	case MBLAB_OP_memblock_reserve_kern:
		RETURNS_INT(memblock_reserve_kern(a, b));
	case MBLAB_OP___memblock_reserve:
		RETURNS_INT(__memblock_reserve(a, b, (int)arg[2], (enum memblock_flags)arg[3]));
	case MBLAB_OP_memblock_reserved_kern_size:
		RETURNS(memblock_reserved_kern_size(a, (int)arg[1]));
	case MBLAB_OP_memblock_mark_kho_scratch:
		RETURNS_INT(memblock_mark_kho_scratch(a, b));
	case MBLAB_OP_memblock_clear_kho_scratch:
		RETURNS_INT(memblock_clear_kho_scratch(a, b));
	case MBLAB_OP_memblock_set_kho_scratch_only:
		RETURNS_NOTHING(memblock_set_kho_scratch_only());
	case MBLAB_OP_memblock_clear_kho_scratch_only:
		RETURNS_NOTHING(memblock_clear_kho_scratch_only());
	case MBLAB_OP_memmap_init_kho_scratch_pages:
		RETURNS_NOTHING(memmap_init_kho_scratch_pages());
	case MBLAB_OP_reserve_mem_release_by_name:
		RETURNS_INT(reserve_mem_release_by_name(op->text));
	case MBLAB_OP_memblock_is_kho_scratch:
		region_helper(op, result);
		return;
	default:
		result->exit = MBLAB_ABSENT;
	}
}

static void change_world(const struct mblab_op *op, struct mblab_result *result)
{
	switch (op->kind) {
	case MBLAB_OP_world_slab:
		RETURNS_NOTHING(mblab_world_set_slab((enum mblab_slab)(op->arg[0] % 3)));
	case MBLAB_OP_world_movable_node:
		RETURNS_NOTHING(movable_node_enabled = op->arg[0]);
	case MBLAB_OP_world_mirrored_kernelcore:
		RETURNS_NOTHING(mirrored_kernelcore = op->arg[0]);
	case MBLAB_OP_world_max_low_pfn:
		RETURNS_NOTHING(max_low_pfn = op->arg[0]);
	case MBLAB_OP_world_online_nodes:
		RETURNS_NOTHING(mblab_world_set_online_nodes(op->arg[0]));
	case MBLAB_OP_world_budget:
		RETURNS_NOTHING(mblab_world_set_budget(op->arg[0]));
	default:
		result->exit = MBLAB_ABSENT;
	}
}

/* Families of ops.def, each to the function that knows its calls. */
typedef void (*family_t)(const struct mblab_op *op, struct mblab_result *result);

static void iterate(const struct mblab_op *op, struct mblab_result *result)
{
	switch (op->kind) {
	case MBLAB_OP___next_mem_range:
	case MBLAB_OP___next_mem_range_rev:
	case MBLAB_OP___next_physmem_range:
	case MBLAB_OP___next_mem_pfn_range:
	case MBLAB_OP___next_mem_pfn_range_in_zone:
		next(op, result);
		return;
	default:
		walk(op, result);
	}
}

#define family_basic change
#define family_buddy change
#define family_attributes change
#define family_limits change
#define family_alloc allocate
#define family_query ask
#define family_region region_helper
#define family_iterate iterate
#define family_report report_and_params
#define family_params report_and_params
#define family_world change_world
#define family_later later

static const family_t families[] = {
#define OP(name, parameters, results, family) [MBLAB_OP_##name] = family_##family,
#include "../op/ops.def"
#undef OP
};

static const bool has_table[] = {
#define OP(name, parameters, results, family) [MBLAB_OP_##name] = MBLAB_HAVE_##name,
#include "../op/ops.def"
#undef OP
};

static bool has(enum mblab_op_kind kind)
{
	return has_table[kind];
}

static void run(const struct mblab_op *op, struct mblab_result *result)
{
	jmp_buf frame;
	int left;

	*result = (struct mblab_result){MBLAB_RETURNED, 0, {0}};
	if (op->kind >= MBLAB_OP_COUNT || !has_table[op->kind]) {
		mblab_world_begin();
		result->exit = MBLAB_ABSENT;
		return;
	}
	mblab_world_begin();
	mblab_exit_frame = &frame;
	left = _setjmp(frame);
	if (left)
		*result = (struct mblab_result){(enum mblab_exit)left, 0, {0}};
	else
		families[op->kind](op, result);
	mblab_exit_frame = NULL;
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

/* ---- coverage: the bounds that the linker gives to sanitizer-coverage's own sections ---- */

extern const uint8_t __start___sancov_cntrs[] __attribute__((weak, visibility("hidden")));
extern const uint8_t __stop___sancov_cntrs[] __attribute__((weak, visibility("hidden")));
extern const uint64_t __start___sancov_pcs[] __attribute__((weak, visibility("hidden")));

static void coverage(struct mblab_coverage *out)
{
	*out = (struct mblab_coverage){__start___sancov_cntrs,
				       (uint64_t)(__stop___sancov_cntrs - __start___sancov_cntrs),
				       __start___sancov_pcs};
}

#define CONFIG_BIT(bit, option) (IS_ENABLED(option) ? MBLAB_CONFIG_##bit : 0)

static const struct mblab_engine engine = {
	.abi = MBLAB_ABI,
	.config = CONFIG_BIT(numa, CONFIG_NUMA) | CONFIG_BIT(keep, CONFIG_ARCH_KEEP_MEMBLOCK) |
		  CONFIG_BIT(physmap, CONFIG_HAVE_MEMBLOCK_PHYS_MAP) |
		  CONFIG_BIT(deferred, CONFIG_DEFERRED_STRUCT_PAGE_INIT) |
		  (sizeof(phys_addr_t) == 4 ? MBLAB_CONFIG_phys32 : 0) | CONFIG_BIT(debugfs, CONFIG_DEBUG_FS) |
		  CONFIG_BIT(memmap, CONFIG_HAVE_ARCH_PFN_VALID) | CONFIG_BIT(sparsemem, CONFIG_SPARSEMEM) |
		  CONFIG_BIT(vmemmap, CONFIG_SPARSEMEM_VMEMMAP),
	.max_nodes = MAX_NUMNODES,
	.initial_memory_regions = INIT_MEMBLOCK_MEMORY_REGIONS,
	.initial_reserved_regions = INIT_MEMBLOCK_RESERVED_REGIONS,
	.name = MBLAB_ENGINE_NAME,
	.has = has,
	.reset = reset,
	.run = run,
	.effects = mblab_world_effects,
	.state = state,
	.coverage = coverage,
};

__attribute__((visibility("default"))) const struct mblab_engine *mblab_get_engine(void)
{
	return &engine;
}
