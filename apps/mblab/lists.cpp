// SPDX-License-Identifier: GPL-2.0-or-later
// Subcommands that print what there is: engines, operations, laws.
#include "apps/cli/command.hpp"

#include "core/oracle/laws/laws.hpp"
#include "core/run/catalog.hpp"
#include "core/run/remote.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace mblab {
namespace {

void print_engine(std::string_view name, std::string_view variant, const Engine &engine)
{
    int functions = 0;
    for (uint16_t kind = 0; kind < MBLAB_OP_COUNT; kind++)
        functions += engine.has(kind);
    fmt::print("  {:<12} {:<14} {} of {} operations\n", name, variant, functions, int{MBLAB_OP_COUNT});
}

void print_engines()
{
    fmt::print("in {}:\n", engine_folder());
    const std::vector<EngineFile> engines = list_engines();
    for (const EngineFile &file : engines)
        print_engine(file.name, file.variant, *open_engine_file(file.path));
    if (engines.empty())
        fmt::print("  none: build with ci/build\n");
    constexpr std::string_view usual_variant = "numa-128";
    fmt::print("in mblab itself, memblock's predecessors:\n");
    for (const std::string &name : predecessors())
        if (has_engine(name, usual_variant))
            print_engine(name, name == "nobootmem" ? "the port's" : "-", *open_engine(name, usual_variant));
}

void print_ops()
{
    for (uint16_t kind = 0; kind < MBLAB_OP_COUNT; kind++) {
        const OpInfo &info = op_info(kind);
        std::vector<std::string_view> names;
        for (const Parameter &parameter : info.params())
            names.push_back(parameter.name);
        fmt::print("{:<11} {}({})\n", family_name(info.family), info.name, fmt::join(names, ", "));
    }
}

} // namespace

void add_engines(CLI::App &app, int &)
{
    app.add_subcommand("engines", "List the engines that are built")->callback(print_engines);
}

void add_ops(CLI::App &app, int &)
{
    app.add_subcommand("ops", "List the operations that a trace can hold, with their parameters")->callback(print_ops);
}

void add_laws(CLI::App &app, int &)
{
    app.add_subcommand("laws", "Print the laws that are checked, as docs/laws.md")->alias("contracts")->callback([] {
        fmt::print("{}", markdown());
    });
}

} // namespace mblab
