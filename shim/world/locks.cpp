// SPDX-License-Identifier: GPL-2.0-or-later
// Locks. One thread boots, so nobody ever waits: what can go wrong is to lock twice, and to forget to unlock.
#include "internal.hpp"

#include <linux/mutex.h>

namespace mblab::world {
namespace {

uint64_t locks_held;

} // namespace

void forget_locks()
{
    locks_held = 0;
}

} // namespace mblab::world

using namespace mblab::world;

mutex *mblab_mutex_lock(mutex *mutex)
{
    if (mutex->locked) {
        mblab_printk(0, "deadlock: the mutex is locked already\n");
        mblab_bug();
    }
    mutex->locked = true;
    locks_held++;
    return mutex;
}

void mblab_mutex_unlock(mutex *mutex)
{
    mblab_warn(!mutex->locked);
    locks_held -= mutex->locked;
    mutex->locked = false;
}

void mblab_world_end(void)
{
    if (!locks_held)
        return;
    mblab_warn(true);
    mblab_printk(0, "a mutex is still locked after the call\n");
}
