/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Kept in step with the kernel: node numbers. UMA has one node; NUMA has 2^CONFIG_NODES_SHIFT. */
#pragma once

#include <linux/types.h>

#define NUMA_NO_NODE (-1)
#define NUMA_NO_MEMBLK (-1)
#define MAX_NUMNODES (1 << NODES_SHIFT)
#if defined(CONFIG_NUMA) && defined(CONFIG_NODES_SHIFT)
#define NODES_SHIFT CONFIG_NODES_SHIFT
#else
#define NODES_SHIFT 0
#endif

static inline bool numa_valid_node(int nid)
{
	return nid >= 0 && nid < MAX_NUMNODES;
}
