/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Kept in step with the kernel: names in the device tree that one kernel leaves to the next. A tree's own file, where
 * it has one, comes before this. */
#pragma once

#define MEMBLOCK_KHO_FDT "memblock"
#define MEMBLOCK_KHO_NODE_COMPATIBLE "memblock-v1"
#define RESERVE_MEM_KHO_NODE_COMPATIBLE "reserve-mem-v1"
