// SPDX-License-Identifier: GPL-2.0-or-later
// "reserve_mem=" across kexec: what the kernel before set aside under a name is this kernel's under the same name.
#pragma once

#include "standard.hpp"

#include <linux/types.h>

namespace early {

// Where the kernel before had it, if it handed over a reservation of that name, size and alignment; says why not.
#ifdef CONFIG_KEXEC_HANDOVER
std::optional<phys_addr_t> reserve_mem_kho_revive(const char *name, phys_addr_t size, phys_addr_t align);
#else
inline std::optional<phys_addr_t> reserve_mem_kho_revive(const char *, phys_addr_t, phys_addr_t)
{
    return std::nullopt;
}
#endif

} // namespace early
