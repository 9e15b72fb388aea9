/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Recorded: what happens through this header is an effect on the world, logged by shim/world. */
#pragma once

#include <linux/types.h>
#include <world/world.h>

/* The world says where scratch memory is, in every variant, so that a search meets it in each. */
#define kho_scratch_overlap(phys, size) mblab_kho_scratch_overlap(phys, size)
