/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What an engine is to the lab: one table of functions in one shared object, everything else hidden.
 *
 * C11 and C++20: the adapter (C) fills the table, the lab (C++) calls it.
 */
#pragma once

#include <world/world.h>

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum mblab_op_kind {
#define OP(name, parameters, results, family) MBLAB_OP_##name,
#include "../op/ops.def"
#undef OP
	MBLAB_OP_COUNT
};

#define MBLAB_MAX_ARGS 6
#define MBLAB_MAX_RESULTS 4
#define MBLAB_TEXT_SIZE 40 /* with the final NUL */

/** Regions sets, as the type parameter of an op names them. */
enum mblab_type { MBLAB_TYPE_memory, MBLAB_TYPE_reserved, MBLAB_TYPE_physmem, MBLAB_TYPE_none };

/** One call, as data. Arguments are widened to 64 bits (nids sign-extended); unused ones are 0. */
struct mblab_op {
	uint16_t kind;
	uint64_t arg[MBLAB_MAX_ARGS];
	char text[MBLAB_TEXT_SIZE];
};

/** What came back from one call. Results past the exit MBLAB_RETURNED mean nothing and are 0. */
struct mblab_result {
	enum mblab_exit exit;
	uint32_t count;
	uint64_t value[MBLAB_MAX_RESULTS];
};

/** A region as every variant can say it. nid is 0 in UMA. */
struct mblab_region {
	uint64_t base, size;
	uint32_t flags;
	int32_t nid;
};

/** One array, whole. storage is the physical address of the array, or MBLAB_STATIC_ADDR. */
struct mblab_type_state {
	uint64_t cnt, max, total_size;
	uint64_t storage;
	uint64_t version; /* while it stays, so do the regions; 0 where nobody keeps count */
	const struct mblab_region *regions; /* cnt of them; valid until the next call into the engine */
};

struct mblab_state {
	struct mblab_type_state type[3]; /* by enum mblab_type; physmem has max 0 where the variant lacks it */
	uint64_t current_limit;
	uint64_t totalram; /* pages counted into the system so far */
	uint32_t region_bytes; /* sizeof(struct memblock_region) */
	bool bottom_up;
};

/** Where the sanitizer-coverage counters of an engine are; empty when it was built without. */
struct mblab_coverage {
	const uint8_t *counters;
	uint64_t count;
	const uint64_t *pcs; /* pairs of (address, flags), as -fsanitize-coverage=pc-table lays them out */
};

#define MBLAB_ABI 2

/** The variant an engine was compiled for: bits of mblab_engine.config. */
enum mblab_config {
	MBLAB_CONFIG_numa = 1 << 0,
	MBLAB_CONFIG_keep = 1 << 1,	/* ARCH_KEEP_MEMBLOCK */
	MBLAB_CONFIG_physmap = 1 << 2,	/* HAVE_MEMBLOCK_PHYS_MAP */
	MBLAB_CONFIG_deferred = 1 << 3, /* DEFERRED_STRUCT_PAGE_INIT */
	MBLAB_CONFIG_phys32 = 1 << 4,	/* 32-bit phys_addr_t */
	MBLAB_CONFIG_debugfs = 1 << 5,	/* DEBUG_FS */
	MBLAB_CONFIG_memmap = 1 << 6,	/* HAVE_ARCH_PFN_VALID: unused parts of the memory map are given back */
	MBLAB_CONFIG_sparsemem = 1 << 7,
	MBLAB_CONFIG_vmemmap = 1 << 8,	/* SPARSEMEM_VMEMMAP */
};

struct mblab_engine {
	uint32_t abi;
	uint32_t config;
	uint32_t max_nodes;
	uint32_t initial_memory_regions, initial_reserved_regions;
	const char *name; /* port, linux-6.12, ... */
	/** Whether this engine's source has the function that the op names. */
	bool (*has)(enum mblab_op_kind kind);
	/** Back to the first moment of boot. Costs what was touched. */
	void (*reset)(void);
	/** One call. Never ends the process of itself; a fault in the engine is the caller's to catch. */
	void (*run)(const struct mblab_op *op, struct mblab_result *result);
	void (*effects)(struct mblab_effects *out);
	void (*state)(struct mblab_state *out);
	void (*coverage)(struct mblab_coverage *out);
};

/** The one symbol that an engine's shared object exports. */
const struct mblab_engine *mblab_get_engine(void);

#ifdef __cplusplus
}
#endif
