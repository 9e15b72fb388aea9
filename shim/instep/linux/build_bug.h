/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Kept in step with the kernel: conditions that must be false at compile time. */
#pragma once

#ifdef __cplusplus
#define BUILD_BUG_ON(condition) static_assert(!(condition))
#else
#define BUILD_BUG_ON(condition) _Static_assert(!(condition), #condition)
#endif
