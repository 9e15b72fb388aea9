// SPDX-License-Identifier: GPL-2.0-or-later
// A recording from start to end: boot for the symbols, boot to be recorded, write the trace.
#pragma once

#include "apps/record/recorder.hpp"

#include <chrono>
#include <string>
#include <vector>

namespace mblab::record {

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
    std::string trace; // text form, with comments that say how it was made
    RecorderCounts counts;
    std::string console;
    /// Empty when the init process was reached; else why the recording stops before. The trace holds what was seen.
    std::string cut_short;
};

/// Boot and record. QEMU ends with this function, however that ends. Throws Error.
SessionResult record_boot(const SessionOptions &options);

/// The text of /proc/kallsyms of a kernel: from the cache, else from a boot whose init prints it.
std::string kernel_symbols(const SessionOptions &options, const Machine &machine, std::string_view image);

} // namespace mblab::record
