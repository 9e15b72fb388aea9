// SPDX-License-Identifier: GPL-2.0-or-later
// Each subcommand is one file with one function, which adds it to the command line and sets status when it ran.
#pragma once

#include <CLI/CLI.hpp>

namespace mblab {

/// Exit status of every subcommand: no finding, a finding, an error that the user can mend.
inline constexpr int status_good = 0;
inline constexpr int status_finding = 1;
inline constexpr int status_error = 2;

void add_run(CLI::App &app, int &status);
void add_suite(CLI::App &app, int &status);
void add_engines(CLI::App &app, int &status);
void add_ops(CLI::App &app, int &status);
void add_laws(CLI::App &app, int &status);
void add_random(CLI::App &app, int &status);
void add_convert(CLI::App &app, int &status);
void add_summary(CLI::App &app, int &status);
void add_export(CLI::App &app, int &status);
void add_tree(CLI::App &app, int &status);
void add_boot(CLI::App &app, int &status);
void add_layout(CLI::App &app, int &status);
void add_record(CLI::App &app, int &status);
void add_minimize(CLI::App &app, int &status);
void add_diff(CLI::App &app, int &status);
void add_regress(CLI::App &app, int &status);
void add_manual(CLI::App &app, int &status);

} // namespace mblab
