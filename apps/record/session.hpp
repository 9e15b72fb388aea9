// SPDX-License-Identifier: GPL-2.0-or-later
// A recording from start to end: boot for the symbols, boot to be recorded, note what was seen.
#pragma once

#include "apps/record/recorder.hpp"

#include <chrono>
#include <string>
#include <vector>

namespace mblab::recording {

struct SessionOptions {
    std::string kernel;                    // image
    std::string busybox;                   // static, of the kernel's architecture; for the first boot
    std::string symbols;                   // text of /proc/kallsyms; empty: from the cache, or from a first boot
    std::string qemu;                      // program; empty: the architecture's
    std::string console;                   // where to write what the recorded kernel printed; empty: nowhere
    std::vector<std::string> qemu_options; // of the recorded boot
    std::chrono::seconds timeout{600};     // for each boot
    RecorderOptions recorder;
};

struct SessionResult {
    Recording recording; // up to the init process, or as far as it came
    std::string console;
};

/// Boot and record. QEMU ends with this function, however that ends. Throws Error.
SessionResult record_boot(const SessionOptions &options);

} // namespace mblab::recording
