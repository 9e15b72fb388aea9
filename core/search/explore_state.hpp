// SPDX-License-Identifier: GPL-2.0-or-later
// States as bytes, which are equal where the states are.
#pragma once

#include "core/state/state.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace mblab {

// ---- numbers of any size, small ones in few bytes ----

void put_number(std::string &bytes, uint64_t number);
/// Takes it off the front. Throws Error where there is no whole number.
uint64_t take_number(std::string_view &bytes);

/// A number of 64 bits that stands for the bytes: the same on any machine.
uint64_t fingerprint(std::string_view bytes);

/// Append the state, all that can be loaded (cannot_load() in core/engine/engine.hpp); variant and dialect are not
/// said.
void put_state(std::string &bytes, const State &state);
/// Make the state, which has the variant and the dialect, what the bytes say. Throws Error where they do not.
void take_state(std::string_view bytes, State &state);

} // namespace mblab
