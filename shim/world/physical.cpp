// SPDX-License-Identifier: GPL-2.0-or-later
// Physical memory: a sparse window of the address space in which any physical address has a place.
//
// The window is a few slots of 128 GiB. A slot shows the physical addresses from one 64 GiB boundary on, and is given
// to the boundary that was asked for last; the second half is there so that a block may cross the next boundary.
// In a process of 32 bits they are slots of 256 MiB for boundaries of 128 MiB.
// Only blocks (array storage and slab) are ever dereferenced, so only their slots must stay; any other pointer
// is turned back into its address before the next is made.
//
// Nothing in the window can be touched until it is registered: by memcpy into it, or by kmalloc.
#include "internal.hpp"

#include <cstdio>
#include <cstdlib>
#include <cstring>

#undef memcpy
#undef memset

namespace mblab::world {
namespace {

constexpr bool is_wide = sizeof(void *) == 8;
constexpr unsigned slot_shift = is_wide ? 36 : 27;
constexpr uint64_t slot_stride = 1ull << slot_shift;
constexpr uint64_t slot_bytes = 2 * slot_stride;
constexpr size_t slot_count = 8;
constexpr size_t block_max = 128;
// The memory map's own pointers are never dereferenced; they carry the top bit and the offset into the map. Where a
// pointer has no room for that, the map is in the window.
constexpr uint64_t memmap_mark = 1ull << 63;

struct Slot {
    uint64_t bucket = 0; // phys >> slot_shift
    uint64_t used = 0;   // 0: free; else the moment of the last use, for choosing what to give up
    bool pinned = false; // holds a block
};

struct Block {
    char *start;
    size_t size;
    bool stale; // of the state before, until another is loaded whole
};

char *window;
constinit Slot slots[slot_count];
size_t last_slot;
uint64_t moment;
Block blocks[block_max];
size_t block_count;
// Where the last copy ended and how long it was: a memset that goes on there for as long completes the new array. Any
// other, be it next to an array, fills memory that nobody reads.
const char *copy_end;
size_t copy_size;

bool in_window(const volatile void *virt)
{
    const uintptr_t offset = reinterpret_cast<uintptr_t>(virt) - reinterpret_cast<uintptr_t>(window);
    return window && offset < slot_count * slot_bytes;
}

size_t slot_of(const volatile void *virt)
{
    return (reinterpret_cast<uintptr_t>(virt) - reinterpret_cast<uintptr_t>(window)) / slot_bytes;
}

size_t find_slot(uint64_t bucket)
{
    if (slots[last_slot].used && slots[last_slot].bucket == bucket)
        return last_slot;
    size_t chosen = slot_count;
    for (size_t i = 0; i < slot_count; i++) {
        if (slots[i].used && slots[i].bucket == bucket)
            return i;
        if (!slots[i].pinned && (chosen == slot_count || slots[i].used < slots[chosen].used))
            chosen = i;
    }
    if (chosen == slot_count)
        mblab_leave(MBLAB_BUDGET);
    slots[chosen] = {bucket, 1, false};
    return chosen;
}

uint64_t phys_of(const volatile void *virt)
{
    const size_t slot = slot_of(virt);
    const uint64_t offset =
        reinterpret_cast<uintptr_t>(virt) - (reinterpret_cast<uintptr_t>(window) + slot * slot_bytes);
    return (slots[slot].bucket << slot_shift) + offset;
}

/// The block that ends where virt begins, or null.
Block *block_ending_at(const char *virt)
{
    for (size_t i = 0; i < block_count; i++)
        if (blocks[i].start + blocks[i].size == virt && !blocks[i].stale)
            return &blocks[i];
    return nullptr;
}

/// Whether a block that is in use lies in pages of this one.
bool shares_pages(const Block &block)
{
    const auto page_of = [](const char *virt) { return reinterpret_cast<uint64_t>(virt) / page_bytes; };
    for (size_t i = 0; i < block_count; i++)
        if (!blocks[i].stale && page_of(blocks[i].start) <= page_of(block.start + block.size - 1) &&
            page_of(block.start) <= page_of(blocks[i].start + blocks[i].size - 1))
            return true;
    return false;
}

/// Close what is stale. Pages that the state goes on with are only closed to be opened again.
void drop_stale_blocks()
{
    size_t kept = 0;
    for (size_t i = 0; i < block_count; i++) {
        if (!blocks[i].stale)
            blocks[kept++] = blocks[i];
        else if (!shares_pages(blocks[i]))
            close_pages(blocks[i].start, blocks[i].size);
    }
    block_count = kept;
}

/// Take over a block of the state before as it is; null where there is none like this.
void *reuse_block(void *virt, size_t size)
{
    for (size_t i = 0; i < block_count; i++)
        if (blocks[i].stale && blocks[i].start == virt && blocks[i].size == size) {
            blocks[i].stale = false;
            return virt;
        }
    return nullptr;
}

void forget_slots()
{
    copy_end = nullptr;
    for (Slot &slot : slots)
        slot = {};
    last_slot = 0;
    moment = 0;
}

/// Set the bytes that fall into blocks. The rest of a fill has no reader: it is recorded, not performed. Compared as
/// physical addresses: pointers of two slots say nothing of what lies between them.
void fill_blocks(uint64_t start, int byte, uint64_t size)
{
    const uint64_t last = start + size - 1;
    for (size_t i = 0; size && i < block_count; i++) {
        if (!in_window(blocks[i].start) || !blocks[i].size)
            continue;
        const uint64_t block = phys_of(blocks[i].start), block_last = block + blocks[i].size - 1;
        const uint64_t from = block > start ? block : start, to = block_last < last ? block_last : last;
        if (from <= to)
            memset(blocks[i].start + (from - block), byte, to - from + 1);
    }
}

/// A page that is filled before it is given away goes on with the fill of the page before, which was given away: fills
/// of pages that are given one by one are one, as where all are filled first. Only the pages then cost.
void record_fill(uint64_t start, uint64_t size, int byte)
{
    const mblab_effect *given = last_effect();
    mblab_effect *fill = last_effect(1);
    const bool follows = given && fill && given->kind == MBLAB_EFFECT_page_to_buddy && given->b == 0 &&
                         (given->a + given->c) * page_bytes == start && size == page_bytes;
    if (follows && fill->kind == MBLAB_EFFECT_zero && fill->a + fill->b == start &&
        fill->c == static_cast<uint64_t>(byte)) {
        fill->b += size;
        return;
    }
    record(MBLAB_EFFECT_zero, start, size, static_cast<uint64_t>(byte));
}

} // namespace

void register_block(void *virt, size_t size)
{
    char *start = static_cast<char *>(virt);
    if (in_window(virt))
        slots[slot_of(virt)].pinned = true;
    if (reuse_block(virt, size))
        return;
    drop_stale_blocks();
    if (Block *grown = block_ending_at(start)) {
        grown->size += size;
    } else {
        if (block_count == block_max)
            mblab_leave(MBLAB_BUDGET);
        blocks[block_count++] = {start, size, false};
    }
    open_pages(virt, size);
    for (size_t i = 0; i < block_count; i++)
        unpoison(blocks[i].start, blocks[i].size);
}

void reset_physical()
{
    for (size_t i = 0; i < block_count; i++)
        close_pages(blocks[i].start, blocks[i].size);
    block_count = 0;
    forget_slots();
}

void begin_placing()
{
    for (size_t i = 0; i < block_count; i++)
        blocks[i].stale = true;
    forget_slots();
}

} // namespace mblab::world

using namespace mblab::world;

void *mblab_phys_to_virt(uint64_t phys)
{
    if (!window)
        window = static_cast<char *>(reserve_window(slot_count * slot_bytes));
    const size_t slot = find_slot(phys >> slot_shift);
    slots[slot].used = ++moment;
    last_slot = slot;
    return window + slot * slot_bytes + (phys & (slot_stride - 1));
}

uint64_t mblab_virt_to_phys(const volatile void *virt)
{
    const uint64_t address = reinterpret_cast<uintptr_t>(virt);
    if (in_window(virt))
        return phys_of(virt);
    if (is_wide && address & memmap_mark)
        return MBLAB_MEMMAP_ADDR + (address & ~memmap_mark);
    return slab_to_phys(virt);
}

void *mblab_world_place(uint64_t phys, uint64_t size)
{
    if (void *block = place_in_slab(phys, size))
        return block;
    void *virt = mblab_phys_to_virt(phys);
    register_block(virt, size);
    return virt;
}

void mblab_world_end_load(void)
{
    drop_stale_blocks();
}

page *mblab_pfn_to_page(uint64_t pfn)
{
    const uint64_t offset = pfn * MBLAB_STRUCT_PAGE_SIZE;
    if (!is_wide)
        return static_cast<page *>(mblab_phys_to_virt(MBLAB_MEMMAP_ADDR + offset));
    return reinterpret_cast<page *>(static_cast<uintptr_t>(memmap_mark | (offset & ~memmap_mark)));
}

uint64_t mblab_page_to_pfn(const page *page)
{
    return (mblab_virt_to_phys(page) - MBLAB_MEMMAP_ADDR) / MBLAB_STRUCT_PAGE_SIZE;
}

void *mblab_memcpy(void *dst, const void *src, size_t size)
{
    if (!in_window(dst) && slab_to_phys(dst) == MBLAB_STATIC_ADDR)
        return memcpy(dst, src, size);
    record(MBLAB_EFFECT_copy, mblab_virt_to_phys(dst), mblab_virt_to_phys(src), size);
    if (in_window(dst)) {
        register_block(dst, size);
        copy_end = static_cast<char *>(dst) + size;
        copy_size = size;
    }
    // Hostile callers can make the two overlap; what then happens must not depend on the C library.
    return memmove(dst, src, size);
}

void *mblab_memset(void *dst, int byte, size_t size)
{
    const bool slab = !in_window(dst) && slab_to_phys(dst) != MBLAB_STATIC_ADDR;
    if (!in_window(dst) && !slab)
        return memset(dst, byte, size);
    record_fill(mblab_virt_to_phys(dst), size, byte);
    if (slab)
        return memset(dst, byte, size);
    if (dst == copy_end && size == copy_size)
        register_block(dst, size);
    fill_blocks(phys_of(dst), byte, size);
    return dst;
}
