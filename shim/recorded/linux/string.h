/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Recorded: what happens through this header is an effect on the world, logged by shim/world. */
#pragma once

#include <linux/types.h>
#include <stdio.h>
#include <string.h>
#include <world/world.h>

/*
 * memcpy and memset are how memblock fills memory that it has just found, so they are effects when
 * their target is physical memory; memmove only ever shifts entries inside an array, and is not.
 */
#define memcpy(dst, src, size) mblab_memcpy(dst, src, size)
#define memset(dst, byte, size) mblab_memset(dst, byte, size)
#ifndef MBLAB_HOSTED_TESTS
#define snprintf(...) mblab_snprintf(__VA_ARGS__)
#endif

/** strscpy - copy a string and always end it; with two arguments the size is that of the array dst. -E2BIG when cut. */
static inline ssize_t mblab_strscpy(char *dst, const char *src, size_t size)
{
	size_t length = 0;

	if (!size)
		return -7;
	for (; length + 1 < size && src[length]; length++)
		dst[length] = src[length];
	dst[length] = '\0';
	return src[length] ? -7 : (ssize_t)length;
}
#define MBLAB_STRSCPY_3(dst, src, size) mblab_strscpy(dst, src, size)
#define MBLAB_STRSCPY_2(dst, src) mblab_strscpy(dst, src, sizeof(dst))
#define MBLAB_STRSCPY_PICK(a, b, c, which, ...) which
#define strscpy(...) MBLAB_STRSCPY_PICK(__VA_ARGS__, MBLAB_STRSCPY_3, MBLAB_STRSCPY_2, )(__VA_ARGS__)
