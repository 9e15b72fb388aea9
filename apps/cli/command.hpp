// SPDX-License-Identifier: GPL-2.0-or-later
// Each subcommand is one file with one function, which adds it to the command line and sets status when it ran.
#pragma once

#include <CLI/CLI.hpp>

namespace mblab {

/// Exit status of every subcommand: no finding, a finding, an error that the user can mend.
inline constexpr int status_good = 0;
inline constexpr int status_finding = 1;
inline constexpr int status_error = 2;

/// All of them, in the order in which the help lists them: name, what it is for, and what its exit status tells, which
/// the help ends with.
#define MBLAB_COMMANDS(X)                                                                                              \
    X(tour, learn, done)                                                                                               \
    X(view, learn, done)                                                                                               \
    X(engines, learn, done)                                                                                            \
    X(ops, learn, done)                                                                                                \
    X(laws, learn, done)                                                                                               \
    X(run, compare, finds)                                                                                             \
    X(diff, compare, own)                                                                                              \
    X(watch, compare, own)                                                                                             \
    X(explore, compare, own)                                                                                           \
    X(mutate, compare, own)                                                                                            \
    X(minimize, compare, own)                                                                                          \
    X(random, compare, finds)                                                                                          \
    X(suite, compare, finds)                                                                                           \
    X(semantics, compare, own)                                                                                         \
    X(since, compare, done)                                                                                            \
    X(findings, compare, own)                                                                                          \
    X(boot, boots, own)                                                                                                \
    X(record, boots, done)                                                                                             \
    X(layout, boots, done)                                                                                             \
    X(compare_allocators, boots, done)                                                                                 \
    X(kernel, boots, done)                                                                                             \
    X(tree, keep, done)                                                                                                \
    X(regress, keep, done)                                                                                             \
    X(export, keep, done)                                                                                              \
    X(convert, keep, done)                                                                                             \
    X(summary, keep, finds)                                                                                            \
    X(cache, keep, done)                                                                                               \
    X(manual, keep, done)

#define MBLAB_DECLARE_COMMAND(name, group, exit) void add_##name(CLI::App &app, int &status);
MBLAB_COMMANDS(MBLAB_DECLARE_COMMAND)
#undef MBLAB_DECLARE_COMMAND

} // namespace mblab
