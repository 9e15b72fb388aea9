// SPDX-License-Identifier: GPL-2.0-or-later
// Engines that are built with the address and the undefined-behaviour sanitizer: what one reads beside its arrays is a
// finding, too. They need the sanitizer's runtime in the process before anything else is loaded.
#pragma once

#include <string_view>

namespace mblab {

/// Run this program once more from its first line, with the runtime preloaded; returns in that second run. Throws Error
/// where there is no runtime.
void restart_sanitized(char **argv);

/// Whether this process has done so, and all engines that it builds are to be sanitized.
bool is_sanitized();

/// What the compiler needs for it.
inline constexpr std::string_view sanitizer_flags =
    " -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer";

} // namespace mblab
