// SPDX-License-Identifier: GPL-2.0-or-later
// Where the variable memblock is, also in kernels whose symbol list has functions only.
#pragma once

#include "apps/record/guest.hpp"
#include "apps/record/machine.hpp"
#include "apps/record/symbols.hpp"

#include <cstdint>
#include <optional>
#include <span>

namespace mblab::recording {

/// The address that the first load of a function reads from, out of its instructions; nothing when it is not
/// understood. The function is one that returns a global variable and does nothing else.
std::optional<uint64_t> loaded_address(Architecture architecture, uint64_t function, std::span<const uint8_t> code);

/// By its symbol, which needs CONFIG_KALLSYMS_ALL, else by what memblock_get_current_limit() loads.
std::optional<uint64_t> memblock_variable(Guest &guest, const Machine &machine, const SymbolTable &symbols);

} // namespace mblab::recording
