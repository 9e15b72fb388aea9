/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What an engine is to the lab: one table of functions in one shared object, everything else hidden.
 *
 * C11 and C++20: the adapter (C) fills the table, the lab (C++) calls it.
 */
#pragma once

#include "../op/ops.h"
#include "../state/state.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Where the sanitizer-coverage counters of an engine are; empty when it was built without. */
struct mblab_coverage {
	const uint8_t *counters;
	uint64_t count;
	const uint64_t *pcs; /* pairs of (address, flags), as -fsanitize-coverage=pc-table lays them out */
};

#define MBLAB_ABI 3

/* The room that allocators are shown with that have no arrays: memblock's predecessors. */
#define MBLAB_REGIONS_OF_OLD ((uint32_t)1 << 24)

struct mblab_engine {
	uint32_t abi;
	uint32_t config;
	uint32_t max_nodes;
	uint32_t initial_memory_regions, initial_reserved_regions;
	const char *name; /* port, linux-RELEASE, ... */
	/** Whether this engine's source has the function that the op names. */
	bool (*has)(enum mblab_op_kind kind);
	/** Back to the first moment of boot. Costs what was touched. */
	void (*reset)(void);
	/** One call. Never ends the process of itself; a fault in the engine is the caller's to catch. */
	void (*run)(const struct mblab_op *op, struct mblab_result *result);
	void (*effects)(struct mblab_effects *out);
	void (*state)(struct mblab_state *out);
	void (*coverage)(struct mblab_coverage *out);
	/** Size of the engine's own writable data. */
	uint64_t image_words;
	/** Keep that data as it is now, with the facts that no array shows. */
	void (*keep)(uint64_t *image);
	/**
	 * Go on from an image, with these arrays, limit, direction and pages given away, and the world as after a reset
	 * but for its budget. An array that is not static lies where its storage says, in memory or slab, and what else
	 * it has room for is 0; slab blocks after the last array's are free.
	 */
	void (*load)(const uint64_t *image, const struct mblab_state *state);
};

/** The one symbol that an engine's shared object exports. */
const struct mblab_engine *mblab_get_engine(void);

#ifdef __cplusplus
}
#endif
