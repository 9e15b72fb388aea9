// SPDX-License-Identifier: GPL-2.0-or-later
// What "reserve_mem=" set aside, from one kernel to the next (CONFIG_KEXEC_HANDOVER).
#pragma once

#include "standard.hpp"

#include <linux/types.h>

namespace early {

// Where the kernel before this one left what is wanted now by that name, size and alignment, or nothing.
#ifdef CONFIG_KEXEC_HANDOVER
std::optional<phys_addr_t> reserve_mem_kho_revive(const char *name, phys_addr_t size, phys_addr_t align);
#else
inline std::optional<phys_addr_t> reserve_mem_kho_revive(const char *, phys_addr_t, phys_addr_t)
{
    return std::nullopt;
}
#endif

} // namespace early
