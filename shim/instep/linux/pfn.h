/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Kept in step with the kernel: page frame numbers. The argument's own type decides where sums wrap. */
#pragma once

#include <linux/page_size.h>

#define PHYS_PFN(x) ((unsigned long)PFN_DOWN(x))
#define PFN_DOWN(x) ((x) >> PAGE_SHIFT)
#define PFN_UP(x) PFN_DOWN((x) + PAGE_SIZE - 1)
#define PFN_ALIGN(x) (PAGE_MASK & (PAGE_SIZE - 1 + (unsigned long)(x)))
#define PFN_PHYS(x) ((phys_addr_t)(x) << PAGE_SHIFT)
