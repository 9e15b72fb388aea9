// SPDX-License-Identifier: GPL-2.0-or-later
// Each subcommand is one file with one function, which adds it to the command line and sets status when it ran.
#pragma once

#include <CLI/CLI.hpp>

namespace mblab {

/// Exit status of every subcommand: no finding, a finding, an error that the user can mend.
inline constexpr int status_good = 0;
inline constexpr int status_finding = 1;
inline constexpr int status_error = 2;

/// All of them, in the order in which the help lists them.
#define MBLAB_COMMANDS(X)                                                                                              \
    X(run)                                                                                                             \
    X(view)                                                                                                            \
    X(tour)                                                                                                            \
    X(diff)                                                                                                            \
    X(watch)                                                                                                           \
    X(explore)                                                                                                         \
    X(mutate)                                                                                                          \
    X(minimize)                                                                                                        \
    X(regress)                                                                                                         \
    X(suite)                                                                                                           \
    X(semantics)                                                                                                       \
    X(since)                                                                                                           \
    X(boot)                                                                                                            \
    X(compare_allocators)                                                                                              \
    X(record)                                                                                                          \
    X(layout)                                                                                                          \
    X(engines) X(ops) X(laws) X(findings) X(random) X(convert) X(summary) X(export) X(tree) X(kernel) X(cache) X(manual)

#define MBLAB_DECLARE_COMMAND(name) void add_##name(CLI::App &app, int &status);
MBLAB_COMMANDS(MBLAB_DECLARE_COMMAND)
#undef MBLAB_DECLARE_COMMAND

} // namespace mblab
