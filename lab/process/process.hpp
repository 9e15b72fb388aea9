// SPDX-License-Identifier: GPL-2.0-or-later
// Child processes: run one, collect what it writes. And where the lab's own source is, for what it compiles at run time.
#pragma once

#include <string>
#include <vector>

namespace mblab {

struct ProcessResult {
    /// Exit status; 128 + n when signal n ended it.
    int status = 0;
    std::string output;
    std::string errors;
};

/// Run a program without a shell and wait for it. Throws Error when it cannot be started.
ProcessResult run_process(const std::vector<std::string> &command);

/// The folder with lab/, shim/ and memblock/: $MBLAB_HOME, else where this program was built from.
std::string source_folder();

} // namespace mblab
