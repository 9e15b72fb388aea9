/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Kept in step with the kernel's <asm/page.h>: pages are 4 KiB in every variant of the lab. */
#pragma once

#include <linux/align.h>
#include <linux/types.h>

#define PAGE_SHIFT 12
#define PAGE_SIZE (1UL << PAGE_SHIFT)
#if defined(CONFIG_64BIT) || defined(MBLAB_HOSTED_TESTS)
#define PAGE_MASK (~(PAGE_SIZE - 1))
#else
/* Signed, so that it masks the low bits alone of a number that is wider than unsigned long. */
#define PAGE_MASK (-(1L << PAGE_SHIFT))
#endif
#define PAGE_ALIGN_DOWN(x) ALIGN_DOWN(x, PAGE_SIZE)
#define PAGE_ALIGN(x) ALIGN(x, PAGE_SIZE)
