// SPDX-License-Identifier: GPL-2.0-or-later
#include "apps/cli/command.hpp"

#include "apps/boot/compare.hpp"
#include "apps/boot/replay.hpp"
#include "apps/boot/report.hpp"
#include "core/base/error.hpp"
#include "core/base/files.hpp"
#include "core/run/catalog.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <memory>

namespace mblab {
namespace {

struct BootOptions {
    std::vector<std::string> logs;
    std::vector<std::string> engines;
    std::string trace;
    bool quiet = false;
};

/// The trees that may be the log's kernel: its own, or all when the log does not say which it was.
std::vector<std::string> trees_for(const Replay &replay)
{
    const std::string own = engine_of(replay);
    std::vector<std::string> trees;
    for (const EngineFile &engine : list_engines())
        if (engine.variant == replay.trace.variant && engine.name.starts_with("linux-") &&
            (own.empty() || engine.name == own))
            trees.push_back(engine.name);
    if (trees.empty())
        fmt::print("  no engine {}@{} is built: the log's own kernel is not compared with\n",
                   own.empty() ? "linux-*" : own, replay.trace.variant);
    return trees;
}

/// Compare with engines by name. True when all agree.
bool compare_with(const std::vector<std::string> &names, const Replay &replay)
{
    bool agrees = true;
    for (const std::string &name : names) {
        const BootReport report = compare_boot(replay, *open_engine(name, replay.trace.variant));
        fmt::print("{}", describe(report));
        agrees &= report.agrees();
    }
    return agrees;
}

/// Compare with the trees that may be the log's kernel. When the log does not say, one that agrees is enough: the
/// others are other kernels.
bool compare_with_trees(const Replay &replay)
{
    const std::vector<std::string> trees = trees_for(replay);
    if (trees.size() <= 1 || !engine_of(replay).empty())
        return compare_with(trees, replay);
    std::string others;
    bool found = false;
    for (const std::string &name : trees) {
        const BootReport report = compare_boot(replay, *open_engine(name, replay.trace.variant));
        if (report.agrees())
            fmt::print("{}", describe(report));
        else
            others += describe(report);
        found |= report.agrees();
    }
    if (!found)
        fmt::print("{}", others);
    else if (!others.empty())
        fmt::print("  other trees do not agree: the log, which does not say so, is of another kernel than theirs\n");
    return found;
}

/// True when every engine agrees with the log.
bool run_log(const std::string &path, const BootOptions &options)
{
    const Replay replay = build_replay(read_log_file(path));
    fmt::print("{}", options.quiet ? replay.log_name + '\n' : describe(replay));
    if (!options.trace.empty())
        write_new_file(options.trace, print_trace(replay.trace));
    if (!options.engines.empty())
        return compare_with(options.engines, replay);
    const bool port = compare_with({"port"}, replay);
    const bool tree = compare_with_trees(replay);
    return compare_with({"model"}, replay) && port && tree;
}

} // namespace

void add_boot(CLI::App &app, int &status)
{
    auto options = std::make_shared<BootOptions>();
    CLI::App *command =
        app.add_subcommand("boot", "Replay a real boot from its log (memblock=debug) and compare decisions");
    command->add_option("LOG", options->logs, "Kernel logs, plain or packed with xz; - is standard input")->required();
    command->add_option("--engine,-e", options->engines,
                        "Engine to run on, may be repeated: port, linux-6.12, linux-6.1, model or FILE.so. "
                        "Default: port, the log's own kernel, model");
    command->add_option("--trace", options->trace, "Save the replay of the one LOG as a trace in this new file");
    command->add_flag("--quiet,-q", options->quiet, "Only how the engines did");
    command->footer(
        "Exit status: 0 all agree, 1 an engine decides otherwise than the log's kernel, 2 not a log of memblock.\n"
        "Example: mblab boot corpus/boots/*.xz");
    command->callback([options, &status] {
        if (!options->trace.empty() && options->logs.size() != 1)
            throw Error("--trace takes the trace of one log");
        for (const std::string &path : options->logs)
            if (!run_log(path, *options))
                status = status_finding;
    });
}

} // namespace mblab
