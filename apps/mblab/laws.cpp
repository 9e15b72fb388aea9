// SPDX-License-Identifier: GPL-2.0-or-later
#include "apps/cli/command.hpp"

#include "core/oracle/laws/laws.hpp"

#include <fmt/format.h>

namespace mblab {

void add_laws(CLI::App &app, int &status)
{
    CLI::App *command = app.add_subcommand("laws", "Print the laws that are checked, as docs/laws.md");
    command->alias("contracts");
    command->callback([&status] {
        fmt::print("{}", markdown());
        status = status_good;
    });
}

} // namespace mblab
