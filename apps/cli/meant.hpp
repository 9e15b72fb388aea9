// SPDX-License-Identifier: GPL-2.0-or-later
// A name that there is not: which one may have been meant.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace mblab {

/// "; did you mean ops?" where one of the names is close to word, else empty.
std::string meant(std::string_view word, std::span<const std::string> names);

} // namespace mblab
