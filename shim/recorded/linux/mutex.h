/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Recorded: one thread boots, so a lock is only checked for balance, by shim/world. */
#pragma once

#include <world/world.h>

struct mutex {
	bool locked;
};

#ifdef __cplusplus
#define DEFINE_MUTEX(name) mutex name = {}
#else
#define DEFINE_MUTEX(name) struct mutex name = {false}
#endif
#define mutex_lock(mutex) ((void)mblab_mutex_lock(mutex))
#define mutex_unlock(mutex) mblab_mutex_unlock(mutex)

static inline void mblab_leave_guard(struct mutex **guarded)
{
	mblab_mutex_unlock(*guarded);
}

/** guard(mutex)(&lock) - hold the lock until the end of the block. */
#define guard(kind) MBLAB_GUARD_##kind
#define MBLAB_GUARD_mutex(lock) MBLAB_GUARD(lock, __COUNTER__)
#define MBLAB_GUARD(lock, number) MBLAB_GUARD_NAMED(lock, number)
#define MBLAB_GUARD_NAMED(lock, number)                                                                                \
	struct mutex *mblab_guard_##number __attribute__((__cleanup__(mblab_leave_guard), __unused__)) =               \
		mblab_mutex_lock(lock)
