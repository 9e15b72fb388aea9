// SPDX-License-Identifier: GPL-2.0-or-later
// Runs a trace in a child process, so that an engine that crashes, hangs or ruins the lab's own memory is only an
// answer.
#pragma once

#include "core/run/executor.hpp"

#include <string>
#include <vector>

namespace mblab {

/// How a run in a child ended: signatures of what it found, or one line for how the child died ("hang", "killed by
/// signal 11").
struct IsolatedRun {
    std::vector<std::string> signatures;

    /// Whether the child died: the last signature says how.
    bool died = false;

    bool has(const std::string &signature) const;
};

/// Run in a child; go_on: beyond the first finding.
IsolatedRun run_isolated(const std::vector<Engine *> &engines, const ExecutorOptions &options, const Trace &trace,
                         bool go_on);

} // namespace mblab
