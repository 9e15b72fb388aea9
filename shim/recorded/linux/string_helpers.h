/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Recorded: what happens through this header is an effect on the world, logged by shim/world. */
#pragma once

#include <linux/types.h>
#include <world/world.h>

enum string_size_units { STRING_UNITS_10, STRING_UNITS_2 };

/** string_get_size - blocks of a size as text in binary units with three digits: 1.50 MiB. */
#define string_get_size(blocks, block_size, units, text, length)                                                       \
	((void)(units), mblab_string_get_size((blocks) * (block_size), text, length))
