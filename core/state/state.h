// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What every layer says of memblock as it stands: regions, arrays, the state, what came back from a call. C11 and
 * C++20.
 */
#pragma once

#include <world/world.h>

#include <stdbool.h>
#include <stdint.h>

#define MBLAB_MAX_RESULTS 4

/** Region sets, as the type parameter of an op names them. */
enum mblab_type { MBLAB_TYPE_memory, MBLAB_TYPE_reserved, MBLAB_TYPE_physmem, MBLAB_TYPE_none };

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
	uint64_t version;		    /* while it stays, so do the regions; 0 where nobody keeps count */
	const struct mblab_region *regions; /* cnt of them; valid until the next call into the engine */
};

struct mblab_state {
	struct mblab_type_state type[3]; /* by enum mblab_type; physmem has max 0 where the variant lacks it */
	uint64_t current_limit;
	uint64_t totalram;     /* pages counted into the system so far */
	uint32_t region_bytes; /* sizeof(struct memblock_region) */
	bool bottom_up;
};

/** What came back from one call. Results past the exit MBLAB_RETURNED mean nothing and are 0. */
struct mblab_result {
	enum mblab_exit exit;
	uint32_t count;
	uint64_t value[MBLAB_MAX_RESULTS];
};

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
	MBLAB_CONFIG_vmemmap = 1 << 8,	 /* SPARSEMEM_VMEMMAP */
	MBLAB_CONFIG_kho = 1 << 9,	 /* MEMBLOCK_KHO_SCRATCH */
	MBLAB_CONFIG_handover = 1 << 10, /* KEXEC_HANDOVER */
	MBLAB_CONFIG_highmem = 1 << 11,
	MBLAB_CONFIG_m32 = 1 << 12, /* unsigned long of 32 bits */
};
