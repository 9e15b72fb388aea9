/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Kept in step with the kernel: without CONFIG_KEXEC_HANDOVER, which no variant sets, nothing overlaps scratch memory.
 */
#pragma once

#include <linux/types.h>

#define kho_scratch_overlap(phys, size) ((void)(phys), (void)(size), false)
