// SPDX-License-Identifier: GPL-2.0-or-later
// Runs a trace in a child process, so that an engine that crashes, hangs or ruins the lab's own memory is only an
// answer.
#pragma once

#include "core/run/executor.hpp"

#include <functional>
#include <string>
#include <vector>

namespace mblab {

/// What a run in a child found, and how the child died where it did.
struct IsolatedRun {
    struct Found {
        std::string call;      // as Finding::call
        std::string signature; // as Finding::signature
    };
    /// The last one is the death, if any: "hang", "killed by signal 11", "exit status 1" as its call and signature.
    std::vector<Found> findings;
    bool died = false;

    bool has(const std::string &signature) const;
};

/// Run in a child; go_on: beyond the first finding.
IsolatedRun run_isolated(const std::vector<Engine *> &engines, const ExecutorOptions &options, const Trace &trace,
                         bool go_on);

/// The same on engines that are opened in the child.
IsolatedRun run_isolated(const std::function<std::vector<Engine *>()> &open, const ExecutorOptions &options,
                         const Trace &trace, bool go_on);

/// What a file of an engine says of itself, asked in a child, so that its constructors are a child's affair, too.
struct Introduction {
    /// How the child died, and where; both empty when it did not.
    std::string death, doing;
    Variant variant;
    Answers answers{{}, {}};
};

/// Throws Error when the file is no engine.
Introduction introduce(const std::string &path);

/// As ask(), of an engine that may not survive its witnesses: how it died is the answer then, and known to no row.
Answers ask_isolated(Engine &engine);

} // namespace mblab
