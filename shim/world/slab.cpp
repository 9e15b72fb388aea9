// SPDX-License-Identifier: GPL-2.0-or-later
// A slab allocator that only ever grows: what matters is who called, and with which size.
#include "internal.hpp"

#include <algorithm>
#include <cstring>

#undef memset

namespace mblab::world {
namespace {

constexpr size_t arena_bytes = sizeof(void *) == 8 ? 1u << 30 : 1u << 28;
constexpr size_t kmalloc_max = 4u << 20; // what the kernel's kmalloc can give at most with 4 KiB pages

char *arena;
size_t arena_used;
mblab_slab mode = MBLAB_SLAB_DOWN;

uint64_t slab_base()
{
    return mblab_world_config.phys_bytes == 8 ? MBLAB_SLAB_ADDR_64 : MBLAB_SLAB_ADDR_32;
}

/// The block at that offset of the arena, or null where it does not fit.
void *take(size_t offset, size_t size)
{
    const size_t rounded = (size + page_bytes - 1) & ~(page_bytes - 1);
    if (rounded > arena_bytes - offset)
        return nullptr;
    if (!arena)
        arena = static_cast<char *>(reserve_window(arena_bytes));
    // The page after each block stays closed, so that running off its end is seen.
    arena_used = std::max(arena_used, offset + rounded + page_bytes);
    register_block(arena + offset, size);
    return arena + offset;
}

void *allocate(size_t size)
{
    return can_allocate() && size && size <= kmalloc_max ? take(arena_used, size) : nullptr;
}

uint64_t phys_or_null(const void *block)
{
    return block ? slab_to_phys(block) : 0;
}

} // namespace

uint64_t slab_to_phys(const volatile void *virt)
{
    const uintptr_t offset = reinterpret_cast<uintptr_t>(virt) - reinterpret_cast<uintptr_t>(arena);
    return arena && offset < arena_bytes ? slab_base() + offset : MBLAB_STATIC_ADDR;
}

void *place_in_slab(uint64_t phys, size_t size)
{
    const uint64_t offset = phys - slab_base();
    return offset < arena_bytes && offset % page_bytes == 0 ? take(offset, size) : nullptr;
}

bool can_allocate()
{
    return mode == MBLAB_SLAB_UP;
}

void reset_slab()
{
    arena_used = 0;
    mode = MBLAB_SLAB_DOWN;
}

} // namespace mblab::world

using namespace mblab::world;

void mblab_world_set_slab(mblab_slab wanted)
{
    mode = wanted;
}

bool mblab_slab_is_available(void)
{
    return mode != MBLAB_SLAB_DOWN;
}

void *mblab_kmalloc(size_t size)
{
    void *block = allocate(size);
    record(MBLAB_EFFECT_kmalloc, phys_or_null(block), size);
    return block;
}

void *mblab_kzalloc_node(size_t size, int nid)
{
    void *block = allocate(size);
    record(MBLAB_EFFECT_kzalloc_node, phys_or_null(block), size, static_cast<uint64_t>(nid));
    return block; // fresh pages are zero
}

void mblab_kfree(const void *block)
{
    record(MBLAB_EFFECT_kfree, mblab_virt_to_phys(block));
}
