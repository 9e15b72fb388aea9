// SPDX-License-Identifier: GPL-2.0-or-later
// A kernel's symbols, as it prints them itself when it has no address randomized.
#pragma once

#include "apps/record/machine.hpp"
#include "apps/record/qemu.hpp"

#include <chrono>
#include <string>
#include <string_view>

namespace mblab::recording {

/// The text of /proc/kallsyms of a kernel: from the cache, else from a boot whose init prints it. Throws Error.
std::string kernel_symbols(const KernelFiles &files, const Machine &machine, std::string_view image,
                           std::chrono::seconds timeout);

} // namespace mblab::recording
