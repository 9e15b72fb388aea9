// SPDX-License-Identifier: GPL-2.0-or-later
#include "apps/cli/command.hpp"

#include "core/base/error.hpp"
#include "core/base/files.hpp"
#include "core/base/text.hpp"
#include "core/run/process.hpp"

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

struct SuiteConfig {
    std::string variant;
    bool movable_node;
};

std::string build(const TemporaryFolder &folder, const SuiteOptions &options, std::string_view subject,
                  const SuiteConfig &config)
{
    const std::string program = folder.file(fmt::format("{}-{}", subject, config.variant));
    if (fs::exists(program))
        return program;
    const ProcessResult result = run_process({source_folder() + "/apps/suite/build-suite", options.tree, "--subject",
                                              std::string(subject), "--variant", config.variant, "--out", program});
    if (result.status != 0)
        throw Error(result.errors.empty() ? "build-suite failed" : std::string(first_lines(result.errors, 2)));
    return program;
}

struct Checks {
    int passed = 0;
    std::string last_line;
    std::string lines;
    bool finished = false;
};

/// Runs the suite verbosely; its TAP lines are "ok N : name: ... passed" and "not ok N : ...".
Checks run_suite(const std::string &program, const SuiteConfig &config)
{
    std::vector<std::string> command = {program, "-v"};
    if (config.movable_node)
        command.emplace_back("-m");
    const ProcessResult result = run_process(command);
    Checks checks;
    checks.finished = result.status == 0;
    each_line(result.output, [&](std::string_view line) {
        if (!line.starts_with("ok ") && !line.starts_with("not ok "))
            return;
        checks.passed += line.starts_with("ok ");
        checks.lines.append(line) += '\n';
        checks.last_line = line;
    });
    if (!checks.finished)
        checks.lines +=
            fmt::format("# the suite stopped after '{}': {}\n", checks.last_line, first_lines(result.errors));
    return checks;
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
        const Checks checks = run_suite(build(folder, options, options.subject, config), config);
        fmt::print("# {}{}, {}\n{}", config.variant, config.movable_node ? " -m" : "", options.subject, checks.lines);
        if (options.all)
            fmt::print("# {}{}: {} of {} checks pass\n", config.variant, config.movable_node ? " -m" : "",
                       checks.passed, reference.passed);
        passed += checks.passed;
        wanted += reference.passed;
        finished = finished && checks.finished && reference.finished;
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
    command->footer("Prints one line per check, and 'N of N checks pass'. Example: mblab suite ~/linux");
    command->callback([options, &status] { status = run_configs(*options); });
}

} // namespace mblab
