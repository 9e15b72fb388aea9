// SPDX-License-Identifier: GPL-2.0-or-later
#include "apps/cli/command.hpp"
#include "apps/cli/output.hpp"

#include "apps/suite/suite.hpp"
#include "core/base/error.hpp"
#include "core/base/files.hpp"
#include "core/base/text.hpp"
#include "core/oracle/traits.hpp"
#include "core/run/catalog.hpp"
#include "core/run/isolated.hpp"
#include "core/run/process.hpp"
#include "core/run/remote.hpp"
#include "core/run/side.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <filesystem>
#include <memory>

namespace mblab {
namespace {

namespace fs = std::filesystem;

struct SuiteOptions {
    std::string tree;
    std::string subject = "tree", named{};
    bool uma = false, movable_node = false, all = false;
};

std::string build(const TemporaryFolder &folder, const SuiteOptions &options, std::string_view subject,
                  const SuiteConfig &config, bool go_on = false)
{
    const std::string program =
        folder.file(fmt::format("{}-{}{}", is_tree(subject) ? "other" : subject, config.variant, go_on ? "-all" : ""));
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
        if (port[i] && tree[i] && *port[i] != *tree[i]) {
            say("# trait {}: {}: {} in this tree, {} in the port\n", traits()[i].id, traits()[i].statement,
                tree.meaning(i), port.meaning(i));
            output().facts()["traits"][traits()[i].id] = {{"tree", tree.meaning(i)}, {"port", port.meaning(i)}};
        }
}

/// The suite once more, each check for itself: which of them fail, and which differences they may speak of.
Checks go_through_all(const TemporaryFolder &folder, const SuiteOptions &options, const SuiteConfig &config)
{
    const Checks all = run_suite(build(folder, options, options.subject, config, true), config);
    say("# {}: all checks were run anyway, {} pass, {} do not:\n", label(config), all.passed, all.failed.size());
    for (const std::string &name : all.failed)
        say("# not ok {}\n", name);
    if (!all.finished)
        say("# the rest is unknown: one of them ends the program\n");
    if (options.subject == "port")
        print_differences(options, config.variant + "-4");
    return all;
}

/// How many checks the suite has: what ends early does not say, but what passes on another subject does.
int planned(const TemporaryFolder &folder, const SuiteOptions &options, const SuiteConfig &config)
{
    return run_suite(build(folder, options, options.subject == "tree" ? "port" : "tree", config), config).count();
}

/// What came of one build of the suite.
struct Sum {
    int passed = 0, planned = 0;
    bool finished = true;
    std::vector<std::string> failed{}; // their names, where they were all run

    void add(const Sum &other)
    {
        passed += other.passed;
        planned += other.planned;
        finished = finished && other.finished;
    }
};

Sum run_config(const TemporaryFolder &folder, const SuiteOptions &options, const SuiteConfig &config)
{
    Checks checks = run_suite(build(folder, options, options.subject, config), config);
    if (!output().is_quiet())
        say("# {}, {}\n{}", label(config), options.named, checks.lines);
    if (checks.finished && options.subject == "tree")
        return {checks.passed, checks.count(), true};
    Sum sum{.planned = std::max(planned(folder, options, config), checks.count()), .finished = checks.finished};
    if (!checks.finished) {
        say("# {}: {} of {} checks pass, stopped at check {}\n", label(config), checks.passed, sum.planned,
            checks.passed + 1);
        checks = go_through_all(folder, options, config);
        sum.planned = std::max(sum.planned, checks.count());
    }
    sum.passed = checks.passed;
    sum.failed = checks.failed;
    return sum;
}

int run_configs(SuiteOptions options)
{
    options.named = options.subject;
    options.tree = resolve_side_with_suite(options.tree).folder;
    if (options.tree.empty())
        throw Error("the port has no suite of its own: name a kernel tree, and --subject port");
    if (options.subject != "port" && options.subject != "tree")
        options.subject = resolve_side(options.subject).folder;
    const TemporaryFolder folder;
    std::vector<SuiteConfig> configs = {{options.uma ? "uma" : "numa", options.movable_node}};
    if (options.all)
        configs = {{"numa", false}, {"numa", true}, {"uma", false}, {"uma", true}};
    Sum all;
    for (const SuiteConfig &config : configs) {
        const Sum sum = run_config(folder, options, config);
        output().facts()["builds"].push_back({{"build", label(config)},
                                              {"passed", sum.passed},
                                              {"planned", sum.planned},
                                              {"finished", sum.finished},
                                              {"failed", sum.failed}});
        if (options.all)
            say("# {}: {} of {} checks pass\n", label(config), sum.passed, sum.planned);
        all.add(sum);
    }
    say("{} of {} checks pass\n", all.passed, all.planned);
    output().facts().update({{"subject", options.named}, {"passed", all.passed}, {"planned", all.planned}});
    return all.finished && all.passed == all.planned && all.planned > 0 ? status_good : status_finding;
}

} // namespace

void add_suite(CLI::App &app, int &status)
{
    auto options = std::make_shared<SuiteOptions>();
    CLI::App *command = app.add_subcommand("suite", "Compile a kernel tree's own tools/testing/memblock, and run it");
    command
        ->add_option("TREE", options->tree, "Kernel tree with the suite: a folder, git:REPO@REV or git:REPO@REV+PATCH")
        ->required();
    command
        ->add_option("--subject", options->subject,
                     "What is tested: tree for the tree's own memblock.c, port, or another tree's")
        ->capture_default_str();
    command->add_flag("--uma", options->uma, "The UMA build; default is NUMA");
    command->add_flag("-m,--movable-node", options->movable_node, "With movable_node, as the suite's own -m");
    command->add_flag("--all", options->all, "NUMA and UMA, each with and without -m");
    command->footer("Prints a line for each check, and 'N of N checks pass'. Where a check fails, all are run once "
                    "more; for the\nport, the traits in which the tree differs are listed, too: its suite may test "
                    "them.\nExample: mblab suite git:$HOME/linux@HEAD+my.patch; mblab suite ~/linux --subject port");
    command->callback([options, &status] { status = run_configs(*options); });
}

} // namespace mblab
