/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Kept in step with the kernel: one cache line is 64 bytes. */
#pragma once

#define L1_CACHE_BYTES 64
#define SMP_CACHE_BYTES L1_CACHE_BYTES
