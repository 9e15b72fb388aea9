// SPDX-License-Identifier: GPL-2.0-or-later
#include "apps/cli/command.hpp"

#include "core/oracle/laws/contracts.hpp"

#include <fmt/format.h>

namespace mblab {

void add_contracts(CLI::App &app, int &)
{
    CLI::App *command = app.add_subcommand("contracts", "Print the contracts that are checked, as docs/contracts.md");
    command->callback([] { fmt::print("{}", markdown()); });
}

} // namespace mblab
