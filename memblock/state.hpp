// SPDX-License-Identifier: GPL-2.0-or-later
// What the port remembers besides the public `memblock` and `physmem`.
#pragma once

#include "standard.hpp"

#include <linux/kernel.h>
#include <linux/memblock.h>

#ifndef INIT_MEMBLOCK_REGIONS
#define INIT_MEMBLOCK_REGIONS 128
#endif
#ifndef INIT_MEMBLOCK_MEMORY_REGIONS
#define INIT_MEMBLOCK_MEMORY_REGIONS INIT_MEMBLOCK_REGIONS
#endif
#ifndef INIT_MEMBLOCK_RESERVED_REGIONS
#define INIT_MEMBLOCK_RESERVED_REGIONS INIT_MEMBLOCK_REGIONS
#endif
#ifndef INIT_PHYSMEM_REGIONS
#define INIT_PHYSMEM_REGIONS 4
#endif

// Deliberately not called memblock: in C++ as in C, that is already a struct and a variable.
namespace early {

using Region = memblock_region;
using Array = memblock_type; // a sorted array of regions with its bookkeeping

struct State {
    bool debug = false;            // "memblock=debug" was given
    bool has_mirror = false;       // some memory was marked mirrored
    bool scratch_only = false;     // memblock_set_kho_scratch_only() was called, and not undone
    bool can_resize = false;       // memblock_allow_resize() was called
    bool memory_in_slab = false;   // where memblock.memory's array lives
    bool reserved_in_slab = false; // where memblock.reserved's array lives, or physmem's

    // The array whose regions are subject to node and flag filters; none after memblock_discard().
    Array *filtered = &::memblock.memory;
};

extern constinit State state;

// The arrays that each type begins with. They are never freed.
extern constinit Region first_memory_regions[INIT_MEMBLOCK_MEMORY_REGIONS];
extern constinit Region first_reserved_regions[INIT_MEMBLOCK_RESERVED_REGIONS];

// What memory to try first: the scratch memory of a kexec handover while nothing else is known to be free, or else
// mirrored memory as soon as the machine has any.
inline memblock_flags choose_flags()
{
    if (state.scratch_only)
        return MEMBLOCK_KHO_SCRATCH;
    return state.has_mirror ? MEMBLOCK_MIRROR : MEMBLOCK_NONE;
}

} // namespace early
