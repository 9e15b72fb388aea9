/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Kept in step with the kernel: words for the compiler. Not in <linux/types.h>, which the C library's headers reach:
 * C++'s own use some of these words as names.
 */
#pragma once

/* These mean nothing, or something harmless, outside the kernel. */
#define __init
#define __initdata
#define __meminit
#define __meminitdata
#define __refdata
#define __ref
#define __initconst
#define __ro_after_init
#ifndef __always_inline
#define __always_inline inline __attribute__((__always_inline__))
#endif
#define __maybe_unused __attribute__((__unused__))
#define __malloc
#define __user
#define fallthrough __attribute__((__fallthrough__))
#define EXPORT_SYMBOL(sym)
#define EXPORT_SYMBOL_GPL(sym)
