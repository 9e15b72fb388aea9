// SPDX-License-Identifier: GPL-2.0-or-later
// "reserve_mem=size:align:name": memory set aside under a name that a later boot stage can ask for.
#include "standard.hpp"

#include <linux/cache.h>
#include <linux/ctype.h>
#include <linux/export.h>
#include <linux/init.h>
#include <linux/kernel.h>
#include <linux/memblock.h>
#include <linux/string.h>

extern "C" int reserve_mem_find_by_name(const char *name, phys_addr_t *start, phys_addr_t *size);

namespace early {
namespace {

struct NamedReservation {
    static constexpr std::size_t name_size = 16; // with the NUL

    char name[name_size];
    phys_addr_t start;
    phys_addr_t size;
};

constinit NamedReservation table[8]{};
constinit std::size_t table_used = 0;

const NamedReservation *find_by_name(const char *name)
{
    for (const NamedReservation &entry : std::span(table).first(table_used))
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

// Returns 1, which is how a __setup handler says that the parameter was its own, or -EINVAL for text
// it cannot read, -EBUSY when the table is full or the name taken, -ENOMEM.
int __init reserve_mem(char *text)
{
    if (!text)
        return -EINVAL;
    if (table_used >= ARRAY_SIZE(table))
        return -EBUSY;

    char *rest = text;
    const auto size = static_cast<phys_addr_t>(memparse(text, &rest));
    if (!size || rest == text || *rest != ':')
        return -EINVAL;

    auto align = static_cast<phys_addr_t>(memparse(rest + 1, &rest));
    if (*rest != ':')
        return -EINVAL;
    align = std::max<phys_addr_t>(align, SMP_CACHE_BYTES);

    const char *name = rest + 1;
    if (!is_usable_name(name))
        return -EINVAL;
    if (find_by_name(name))
        return -EBUSY;

    if (const phys_addr_t start = memblock_phys_alloc(size, align)) {
        reserved_mem_add(start, size, name);
        return 1;
    }
    return -ENOMEM;
}
__setup("reserve_mem=", reserve_mem);

} // namespace
} // namespace early

/**
 * reserve_mem_find_by_name - where is what "reserve_mem=" set aside under this name?
 * @start, @size: set to its address and its bytes, if there is one
 * Returns 1 if there is, else 0. Declared in <linux/mm.h> in the kernel.
 */
int reserve_mem_find_by_name(const char *name, phys_addr_t *start, phys_addr_t *size)
{
    const early::NamedReservation *entry = early::find_by_name(name);
    if (!entry)
        return 0;
    *start = entry->start;
    *size = entry->size;
    return 1;
}
EXPORT_SYMBOL_GPL(reserve_mem_find_by_name);
