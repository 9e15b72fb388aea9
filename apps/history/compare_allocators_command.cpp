// SPDX-License-Identifier: GPL-2.0-or-later
// mblab compare-allocators: the same boot on memblock and on what came before it.
#include "apps/cli/command.hpp"
#include "apps/cli/options.hpp"
#include "apps/cli/output.hpp"

#include "apps/history/beside.hpp"
#include "apps/history/report.hpp"
#include "core/base/error.hpp"
#include "core/base/files.hpp"
#include "core/run/catalog.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstdio>
#include <memory>

namespace mblab {
namespace {

struct CompareOptions {
    std::vector<std::string> boots, allocators;
    bool times = false;
};

std::vector<std::string> all_allocators()
{
    std::vector<std::string> names = predecessors();
    names.emplace_back("memblock");
    return names;
}

/// One as a page: memblock, which the boot's calls are of, before the others.
std::vector<history::Figures> show(const history::Boot &boot, CompareOptions options)
{
    std::ranges::stable_partition(options.allocators, [](const std::string &name) { return name == "memblock"; });
    history::Beside all = history::beside(boot, options.allocators);
    output().write("html", view::page(boot.name, {&all.chapter, 1}));
    return std::move(all.figures);
}

std::vector<history::Figures> figures_of(const history::Boot &boot, const CompareOptions &options)
{
    if (output().wants("html"))
        return show(boot, options);
    std::vector<history::Figures> all;
    for (const std::string &name : options.allocators) {
        const std::unique_ptr<history::Contender> contender = history::make_contender(boot, name);
        all.push_back(contender->run());
        all.back().allocator = name;
        if (output().wants("trace"))
            output().write("trace", print_trace(contender->trace()));
    }
    return all;
}

/// What cannot be read is said, and the rest goes on.
int compare(CompareOptions options)
{
    if (options.allocators.empty())
        options.allocators = all_allocators();
    if (output().wants("trace") && (options.allocators.size() != 1 || options.boots.size() != 1))
        throw Error("a trace is the calls of one allocator in one boot: name one with --allocator");
    if (output().wants("html") && options.boots.size() != 1)
        throw Error("a page is of one boot");
    int status = status_good;
    for (const std::string &path : options.boots) {
        try {
            const history::Boot boot = history::read_boot(path);
            const std::vector<history::Figures> all = figures_of(boot, options);
            output().facts()["boots"].push_back(history::to_json(boot, all, options.times));
            say("{}", history::describe(boot, all, options.times));
        } catch (const Error &error) {
            fmt::print(stderr, "mblab: {}\n", error.what());
            status = status_error;
        }
    }
    return status;
}

} // namespace

void add_compare_allocators(CLI::App &app, int &status)
{
    auto options = std::make_shared<CompareOptions>();
    CLI::App *command = app.add_subcommand(
        "compare-allocators", "Replay boots on memblock and on its predecessors: bump, bootmem, nobootmem");
    command->add_option("BOOT", options->boots, "Logs of boots with memblock=debug, or recordings; plain or packed")
        ->required();
    command->add_option(
        "--allocator,-a", options->allocators,
        "bump, bootmem, nobootmem, memblock (the port), or a kernel: linux-6.1; default is the first four");
    static constexpr Form forms[] = {{"trace", "the calls of one allocator in one boot"},
                                     {"html", "one boot as a page to step through, allocators side by side"}};
    output().add_to(*command, forms);
    command->add_flag("--time", options->times, "Also print nanoseconds per call, which vary from run to run");
    command->footer(
        "own: the allocator's map or arrays; beyond: memory that it never knows of; waste: what nobody asked "
        "for\nand the buddy allocator does not get; largest: the largest free range at the end; pages and "
        "blocks: what\nthe buddy allocator gets. docs/history.md tells what they mean.\n"
        "Example: mblab compare-allocators corpus/boots/x86_64-6.12-uma-2g.log.xz");
    command->callback([options, &status] { status = compare(*options); });
}

} // namespace mblab
