// SPDX-License-Identifier: GPL-2.0-or-later
// What the world's own files share; nothing outside shim/world includes this.
#pragma once

#include <world/world.h>

#include <cstdarg>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace mblab::world {

/// Append an effect; leaves with MBLAB_BUDGET when the call has had its share.
void record(mblab_effect_kind kind, uint64_t a = 0, uint64_t b = 0, uint64_t c = 0, std::string_view text = {});

/// Count pages (or blocks of them) that go on with a run, and need no effect of their own, against the same budget.
void spend_on_pages(uint64_t count);

/// The newest effect of this call, or the one so many before it; null where there is none.
mblab_effect *last_effect(uint32_t before = 0);

/// vsnprintf with the kernel's formats.
int format(char *buffer, size_t size, const char *format, va_list arguments);

/// Physical memory: forget what was touched.
void reset_physical();
/// Forget it for another state: blocks that are registered again at once stay open.
void begin_placing();

/// Make [virt, virt + size) readable and writable memory until the next reset; what else its pages hold is
/// poisoned under the address sanitizer, unless it is a block as well.
void register_block(void *virt, size_t size);

/// Slab: forget all blocks.
void reset_slab();

/// The block that pretends to lie at this address, with all before it given away; null where no block does.
void *place_in_slab(uint64_t phys, size_t size);

/// The physical address that a slab pointer stands for; MBLAB_STATIC_ADDR when it is none.
uint64_t slab_to_phys(const volatile void *virt);

/// Whether the slab allocator, and with it whoever gives pages, has memory to give.
bool can_allocate();

/// Forget what is handed over from kernel to kernel, and which locks are held.
void reset_handover();
void forget_locks();

/// Nodes, parameters, debugfs.
void reset_machine();

/// Address space that cannot be touched; pages of it are opened (and poisoned), and closed again.
void *reserve_window(size_t size);
void open_pages(void *virt, size_t size);
void close_pages(void *virt, size_t size);
void poison(const void *virt, size_t size);
void unpoison(const void *virt, size_t size);

inline constexpr size_t page_bytes = 4096;

} // namespace mblab::world
