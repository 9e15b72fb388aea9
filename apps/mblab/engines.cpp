// SPDX-License-Identifier: GPL-2.0-or-later
#include "apps/cli/command.hpp"

#include "core/op/op.hpp"
#include "core/run/catalog.hpp"

#include <fmt/format.h>

namespace mblab {

void add_engines(CLI::App &app, int &)
{
    CLI::App *command = app.add_subcommand("engines", "List the engines that are built");
    command->callback([] {
        fmt::print("in {}:\n", engine_folder());
        const std::vector<EngineFile> engines = list_engines();
        for (const EngineFile &file : engines) {
            const std::unique_ptr<Engine> engine = load_engine(file.path);
            int functions = 0;
            for (uint16_t kind = 0; kind < MBLAB_OP_COUNT; kind++)
                functions += engine->has(kind);
            fmt::print("  {:<12} {:<14} {} of {} operations\n", file.name, file.variant, functions,
                       int{MBLAB_OP_COUNT});
        }
        if (engines.empty())
            fmt::print("  none: build with ci/build\n");
    });
}

void add_ops(CLI::App &app, int &)
{
    CLI::App *command = app.add_subcommand("ops", "List the operations that a trace can hold, with their parameters");
    command->callback([] {
        for (uint16_t kind = 0; kind < MBLAB_OP_COUNT; kind++) {
            const OpInfo &info = op_info(kind);
            std::string parameters;
            for (const Parameter &parameter : info.params())
                parameters += (parameters.empty() ? "" : ", ") + std::string(parameter.name);
            fmt::print("{:<11} {}({})\n", family_name(info.family), info.name, parameters);
        }
    });
}

} // namespace mblab
