/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Recorded: what happens through this header is an effect on the world, logged by shim/world. */
#pragma once

#include <linux/types.h>
#include <world/world.h>

/* Older trees pass a minimum count and a gfp mask as well; neither says anything about memory. */
#define kmemleak_alloc_phys(addr, size, ...) mblab_kmemleak_alloc_phys(addr, size)
#define kmemleak_free_part_phys(addr, size) mblab_kmemleak_free_part_phys(addr, size)
/* Until 5.19 there was one for what is mapped. */
#define kmemleak_alloc(block, size, ...) mblab_kmemleak_alloc_phys(mblab_virt_to_phys(block), size)
