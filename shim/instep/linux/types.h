/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Kept in step with the kernel: the fixed-width names, phys_addr_t, gfp_t, atomic_long_t.
 * phys_addr_t follows CONFIG_PHYS_ADDR_T_64BIT; unsigned long is the host's, of 32 bits where engines are built with
 * -m32.
 */
#pragma once

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef unsigned long long u64;
typedef int8_t s8;
typedef int16_t s16;
typedef int32_t s32;
typedef long long s64;

/* The C library's own headers reach those of the host under <linux/>, which spell them so. */
typedef u8 __u8;
typedef u16 __u16;
typedef u32 __u32;
typedef u64 __u64;
typedef s8 __s8;
typedef s16 __s16;
typedef s32 __s32;
typedef s64 __s64;

#ifdef CONFIG_PHYS_ADDR_T_64BIT
typedef u64 phys_addr_t;
#else
typedef u32 phys_addr_t;
#endif

typedef phys_addr_t resource_size_t;
typedef unsigned int gfp_t;

typedef struct {
	long counter;
} atomic_long_t;

#ifndef ULLONG_MAX
#define ULLONG_MAX (~0ULL)
#endif
#define U32_MAX ((u32)~0U)
#define U64_MAX ((u64)~0ULL)
#define PHYS_ADDR_MAX (~(phys_addr_t)0)

#define BITS_PER_LONG (8 * __SIZEOF_LONG__)
