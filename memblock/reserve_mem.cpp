// SPDX-License-Identifier: GPL-2.0-or-later
// "reserve_mem=size:align:name": memory set aside under a name that a later boot stage can ask for.
#include "standard.hpp"

#include "reserve_mem.hpp"

#include "handover.hpp"

#include <linux/cache.h>
#include <linux/ctype.h>
#include <linux/export.h>
#include <linux/init.h>
#include <linux/io.h>
#include <linux/kernel.h>
#include <linux/memblock.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/string.h>

extern "C" {
int reserve_mem_find_by_name(const char *name, phys_addr_t *start, phys_addr_t *size);
int reserve_mem_release_by_name(const char *name);
}

namespace early {
namespace {

constinit NamedReservation table[8]{};
constinit std::size_t table_used = 0;

NamedReservation *reserve_mem_find_by_name_nolock(const char *name)
{
    for (NamedReservation &entry : std::span(table).first(table_used))
        if (entry.size && strcmp(name, entry.name) == 0)
            return &entry;
    return nullptr;
}

bool __init is_blank(const char *text)
{
    while (*text && isspace(static_cast<unsigned char>(*text)))
        ++text;
    return !*text;
}

bool __init is_usable_name(const char *name)
{
    return strlen(name) < NamedReservation::name_size && !is_blank(name);
}

void __init reserved_mem_add(phys_addr_t start, phys_addr_t size, const char *name)
{
    NamedReservation &entry = table[table_used++];
    entry.start = start;
    entry.size = size;
    strscpy(entry.name, name);
}

struct Request {
    phys_addr_t size;
    phys_addr_t align;
    const char *name;
};

// "size:align:name", or nothing where the text is not that.
std::optional<Request> __init parse(char *text)
{
    char *rest = text;
    const auto size = static_cast<phys_addr_t>(memparse(text, &rest));
    if (!size || rest == text || *rest != ':')
        return std::nullopt;

    const auto align = static_cast<phys_addr_t>(memparse(rest + 1, &rest));
    if (*rest != ':' || !is_usable_name(rest + 1))
        return std::nullopt;
    return Request{size, std::max<phys_addr_t>(align, SMP_CACHE_BYTES), rest + 1};
}

// Returns 1, which is how a __setup handler says that the parameter was its own, or -EINVAL for text
// it cannot read, -EBUSY when the table is full or the name taken, -ENOMEM.
int __init reserve_mem(char *text)
{
    // A full table is said before the text is read, but not of a parameter without one.
    if (text && table_used >= ARRAY_SIZE(table)) {
        pr_err("reserve_mem: no more room for reserved memory\n");
        return -EBUSY;
    }
    const auto request = text ? parse(text) : std::nullopt;
    if (!request) {
        pr_err("reserve_mem: empty or malformed parameter\n");
        return -EINVAL;
    }
    if (reserve_mem_find_by_name_nolock(request->name)) {
        pr_err("reserve_mem: name \"%s\" was already used\n", request->name);
        return -EBUSY;
    }

    auto start = reserve_mem_kho_revive(request->name, request->size, request->align);
    if (!start) {
        start = memblock_phys_alloc(request->size, request->align);
        if (!*start) {
            pr_err("reserve_mem: memblock allocation failed\n");
            return -ENOMEM;
        }
    }
    reserved_mem_add(*start, request->size, request->name);
    return 1;
}
__setup("reserve_mem=", reserve_mem);

} // namespace

DEFINE_MUTEX(table_lock);

std::span<const NamedReservation> named_reservations()
{
    return std::span(table).first(table_used);
}

} // namespace early

/**
 * reserve_mem_find_by_name - where is what "reserve_mem=" set aside under this name?
 * @start, @size: set to its address and its bytes, if there is one
 * Returns 1 if there is, else 0. Declared in <linux/mm.h> in the kernel.
 */
int reserve_mem_find_by_name(const char *name, phys_addr_t *start, phys_addr_t *size)
{
    guard(mutex)(&early::table_lock);
    const early::NamedReservation *entry = early::reserve_mem_find_by_name_nolock(name);
    if (!entry)
        return 0;
    *start = entry->start;
    *size = entry->size;
    return 1;
}
EXPORT_SYMBOL_GPL(reserve_mem_find_by_name);

/**
 * reserve_mem_release_by_name - give what "reserve_mem=" set aside under this name to the buddy allocator, zeroed
 * Returns 1, or 0 if there is no such name (any more). Declared in <linux/mm.h> in the kernel.
 */
int reserve_mem_release_by_name(const char *name)
{
    constexpr std::size_t prefix_size = 12; // of "reserve_mem:"

    guard(mutex)(&early::table_lock);
    early::NamedReservation *entry = early::reserve_mem_find_by_name_nolock(name);
    if (!entry)
        return 0;

    char what[prefix_size + early::NamedReservation::name_size];
    snprintf(what, sizeof(what), "reserve_mem:%s", name);
    auto *const start = static_cast<char *>(phys_to_virt(entry->start));
    free_reserved_area(start, start + entry->size, 0, what);
    entry->size = 0;
    return 1;
}
