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

#define BITS_PER_BYTE 8

/* Bits of a map of words. */
static inline bool test_bit(unsigned long nr, const void *map)
{
	return ((const unsigned long *)map)[nr / BITS_PER_LONG] >> nr % BITS_PER_LONG & 1;
}

static inline bool test_and_set_bit(unsigned long nr, void *map)
{
	const bool was = test_bit(nr, map);

	((unsigned long *)map)[nr / BITS_PER_LONG] |= 1UL << nr % BITS_PER_LONG;
	return was;
}

static inline bool test_and_clear_bit(unsigned long nr, void *map)
{
	const bool was = test_bit(nr, map);

	((unsigned long *)map)[nr / BITS_PER_LONG] &= ~(1UL << nr % BITS_PER_LONG);
	return was;
}

/** find_next_zero_bit - the first bit from start on that is 0, or size when none below it is. */
static inline unsigned long find_next_zero_bit(const void *map, unsigned long size, unsigned long start)
{
	while (start < size && test_bit(start, map))
		start++;
	return start < size ? start : size;
}
