// SPDX-License-Identifier: GPL-2.0-or-later
// Messages that only "memblock=debug" asks for. Their text is interface: tools parse it.
#pragma once

#include "standard.hpp"

#include "region_array.hpp"

#define memblock_dbg(format, ...)                                                                                      \
    do {                                                                                                               \
        if (early::state.debug)                                                                                        \
            pr_info(format, ##__VA_ARGS__);                                                                            \
    } while (0)

namespace early {

// A call on a range, as most of the API logs itself. The end printed is the last byte, and is not capped:
// it shows what the caller asked for, wrap-around included.
inline void log_range_call(const char *function, phys_addr_t base, phys_addr_t size, unsigned long caller)
{
    if (!state.debug) [[likely]]
        return;
    const phys_addr_t last = base + size - 1;
    pr_info("%s: [%pa-%pa] %pS\n", function, &base, &last, reinterpret_cast<void *>(caller));
}

// A call that says what the range is to be.
inline void log_range_call(const char *function, phys_addr_t base, phys_addr_t size, Attributes attributes,
                           unsigned long caller)
{
    if (!state.debug) [[likely]]
        return;
    const phys_addr_t last = base + size - 1;
    pr_info("%s: [%pa-%pa] nid=%d flags=%x %pS\n", function, &base, &last, attributes.nid, attributes.flags,
            reinterpret_cast<void *>(caller));
}

} // namespace early
