// SPDX-License-Identifier: GPL-2.0-or-later
#include "apps/cli/command.hpp"

#include "apps/suite/suite.hpp"
#include "core/base/files.hpp"
#include "core/oracle/traits.hpp"
#include "core/run/catalog.hpp"
#include "core/run/isolated.hpp"
#include "core/run/remote.hpp"
#include "core/run/side.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <memory>

namespace mblab {
namespace {

namespace fs = std::filesystem;

struct SuiteOptions {
    std::string tree;
    std::string subject = "port";
    bool uma = false, movable_node = false, all = false;
};

std::string build(const TemporaryFolder &folder, const SuiteOptions &options, std::string_view subject,
                  const SuiteConfig &config, bool go_on = false)
{
    const std::string program = folder.file(fmt::format("{}-{}{}", subject, config.variant, go_on ? "-all" : ""));
    if (!fs::exists(program))
        build_suite(options.tree, subject, config.variant, program, go_on);
    return program;
}

std::string label(const SuiteConfig &config)
{
    return config.variant + (config.movable_node ? " -m" : "");
}

/// Where the tree's own code means something else than the port by the same calls, its suite may ask for that.
void print_differences(const SuiteOptions &options, const std::string &variant)
{
    const Answers port = ask_isolated(*open_engine("port", variant));
    const Answers tree = ask_isolated(*open_engine_file(build_side(resolve_side(options.tree), "head", variant)));
    for (size_t i = 0; i < traits().size(); i++)
        if (port[i] && tree[i] && *port[i] != *tree[i])
            fmt::print("# trait {}: {}: {} in this tree, {} in the port\n", traits()[i].id, traits()[i].statement,
                       tree.meaning(i), port.meaning(i));
}

/// The suite once more, each check for itself: which of them fail, and which differences they may speak of.
Checks go_through_all(const TemporaryFolder &folder, const SuiteOptions &options, const SuiteConfig &config)
{
    const Checks all = run_suite(build(folder, options, options.subject, config, true), config);
    fmt::print("# {}: gone through all the same, {} checks pass, {} do not:\n", label(config), all.passed,
               all.failed.size());
    for (const std::string &name : all.failed)
        fmt::print("# not ok {}\n", name);
    if (!all.finished)
        fmt::print("# the rest is not known: one of them ends the program\n");
    if (options.subject == "port")
        print_differences(options, config.variant + "-4");
    return all;
}

int run_configs(const SuiteOptions &options)
{
    const TemporaryFolder folder;
    std::vector<SuiteConfig> configs = {{options.uma ? "uma" : "numa", options.movable_node}};
    if (options.all)
        configs = {{"numa", false}, {"numa", true}, {"uma", false}, {"uma", true}};
    int passed = 0, wanted = 0;
    bool finished = true;
    for (const SuiteConfig &config : configs) {
        // How many checks there are is what the tree's own code passes: a suite that stops early does not say.
        const Checks reference = run_suite(build(folder, options, "tree", config), config);
        Checks checks = run_suite(build(folder, options, options.subject, config), config);
        fmt::print("# {}, {}\n{}", label(config), options.subject, checks.lines);
        const bool stopped = !checks.finished;
        if (stopped && !checks.failed.empty())
            fmt::print("# {}: {} of {} checks pass, stopped at check {}\n", label(config), checks.passed,
                       reference.passed, checks.passed + 1);
        if (stopped)
            checks = go_through_all(folder, options, config);
        if (options.all)
            fmt::print("# {}: {} of {} checks pass\n", label(config), checks.passed, reference.passed);
        passed += checks.passed;
        wanted += reference.passed;
        finished = finished && !stopped && reference.finished;
    }
    fmt::print("{} of {} checks pass\n", passed, wanted);
    return finished && passed == wanted && wanted > 0 ? status_good : status_finding;
}

} // namespace

void add_suite(CLI::App &app, int &status)
{
    auto options = std::make_shared<SuiteOptions>();
    CLI::App *command =
        app.add_subcommand("suite", "Compile a kernel tree's own tools/testing/memblock against the port, and run it");
    command->add_option("TREE", options->tree, "Kernel tree (with mm, include/linux, tools/testing)")->required();
    command->add_option("--subject", options->subject, "What is tested: port, or tree for the tree's own memblock.c")
        ->check(CLI::IsMember({"port", "tree"}))
        ->capture_default_str();
    command->add_flag("--uma", options->uma, "The UMA build; default is NUMA");
    command->add_flag("-m,--movable-node", options->movable_node, "With movable_node, as the suite's own -m");
    command->add_flag("--all", options->all, "NUMA and UMA, each with and without -m");
    command->footer(
        "Prints one line per check, and 'N of N checks pass'. Where a check fails, all are gone through once more, and "
        "what\n"
        "the tree means otherwise than the port is listed: its suite may ask for that. Example: mblab suite ~/linux");
    command->callback([options, &status] { status = run_configs(*options); });
}

} // namespace mblab
