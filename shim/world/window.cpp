// SPDX-License-Identifier: GPL-2.0-or-later
// Pages of the window: reserved from the system, opened when registered, and closed at reset.
#include "internal.hpp"

#include <cstdio>
#include <cstdlib>
#include <sys/mman.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define MBLAB_ASAN 1
#endif
#elif defined(__SANITIZE_ADDRESS__)
#define MBLAB_ASAN 1
#endif

#ifdef MBLAB_ASAN
#include <sanitizer/asan_interface.h>
#endif

namespace mblab::world {
namespace {

struct Pages {
    char *start;
    size_t size;
};

Pages pages_around(void *virt, size_t size)
{
    const uintptr_t start = reinterpret_cast<uintptr_t>(virt) & ~(page_bytes - 1);
    const uintptr_t end = (reinterpret_cast<uintptr_t>(virt) + size + page_bytes - 1) & ~(page_bytes - 1);
    return {reinterpret_cast<char *>(start), end - start};
}

void require(bool done, const char *what)
{
    if (!done) {
        perror(what);
        abort();
    }
}

} // namespace

void *reserve_window(size_t size)
{
    void *where = mmap(nullptr, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    require(where != MAP_FAILED, "memblock-lab: cannot reserve address space for physical memory");
    return where;
}

void open_pages(void *virt, size_t size)
{
    const Pages pages = pages_around(virt, size);
    require(mprotect(pages.start, pages.size, PROT_READ | PROT_WRITE) == 0,
            "memblock-lab: cannot open pages of physical memory");
    poison(pages.start, pages.size);
}

void close_pages(void *virt, size_t size)
{
    const Pages pages = pages_around(virt, size);
    unpoison(pages.start, pages.size);
    require(madvise(pages.start, pages.size, MADV_DONTNEED) == 0 && mprotect(pages.start, pages.size, PROT_NONE) == 0,
            "memblock-lab: cannot close pages of physical memory");
}

#ifdef MBLAB_ASAN
void poison(const void *virt, size_t size)
{
    __asan_poison_memory_region(virt, size);
}

void unpoison(const void *virt, size_t size)
{
    __asan_unpoison_memory_region(virt, size);
}
#else
void poison(const void *, size_t) {}
void unpoison(const void *, size_t) {}
#endif

} // namespace mblab::world
