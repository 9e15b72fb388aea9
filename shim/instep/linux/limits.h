/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Kept in step with the kernel: PHYS_ADDR_MAX is in <linux/types.h>; the C library needs the host's file of this name.
 */
#pragma once

#include_next <linux/limits.h>
