/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Recorded: what happens through this header is an effect on the world, logged by shim/world. */
#pragma once

#include <linux/numa.h>
#include <linux/types.h>
#include <world/world.h>

#define GFP_KERNEL ((gfp_t)0xcc0)
#define GFP_NOWAIT ((gfp_t)0x2000)

#define kmalloc(size, gfp) ((void)(gfp), mblab_kmalloc(size))
#define kzalloc(size, gfp) ((void)(gfp), mblab_kzalloc_node(size, NUMA_NO_NODE))
#define kzalloc_node(size, gfp, nid) ((void)(gfp), mblab_kzalloc_node(size, nid))
#define kfree(block) mblab_kfree(block)
#define slab_is_available() mblab_slab_is_available()
