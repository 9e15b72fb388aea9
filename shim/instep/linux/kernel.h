/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Kept in step with the kernel: the everyday header. */
#pragma once

#include <linux/align.h>
#include <linux/bug.h>
#include <linux/compiler.h>
#include <linux/ctype.h>
#include <linux/errno.h>
#include <linux/kconfig.h>
#include <linux/minmax.h>
#include <linux/printk.h>
#include <linux/string.h>
#include <linux/types.h>

#define DIV_ROUND_UP(n, d) (((d) - 1 + (n)) / (d))
#define ARRAY_SIZE(array) (sizeof(array) / sizeof(*(array)))

#define likely(condition) __builtin_expect(!!(condition), 1)
#define unlikely(condition) __builtin_expect(!!(condition), 0)

/* The caller's address is a property of the build, not of the call: it is 0 in every engine. */
#define _RET_IP_ (0UL)

#ifdef __cplusplus
extern "C" {
#endif

/**
 * memparse - read a number with an optional K, M, G, T, P or E suffix
 * @text: where to start
 * @rest: set to the first character not read; may be NULL
 * Base 16 after 0x, 8 after 0, else 10; wraps at 64 bits.
 */
unsigned long long memparse(const char *text, char **rest);

#ifdef __cplusplus
}
#endif
