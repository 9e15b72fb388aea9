/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Kept in step with the kernel: bit numbers. __ffs(0) is BITS_PER_LONG, which is what x86's TZCNT answers. */
#pragma once

#include <linux/types.h>

#define BIT(nr) (1UL << (nr))

static inline unsigned long __ffs(unsigned long word)
{
	return word ? (unsigned long)__builtin_ctzl(word) : BITS_PER_LONG;
}

#define ilog2(n) (63 - __builtin_clzll((unsigned long long)(n)))
