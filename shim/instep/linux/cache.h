/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Kept in step with the kernel: one cache line is 64 bytes, as on x86 and arm64; the kernel's own suite assumes 32. */
#pragma once

#ifdef MBLAB_HOSTED_TESTS
#define L1_CACHE_BYTES 32
#else
#define L1_CACHE_BYTES 64
#endif
#define SMP_CACHE_BYTES L1_CACHE_BYTES
