// SPDX-License-Identifier: GPL-2.0-or-later
#include "apps/cli/command.hpp"

#include "apps/boot/compare.hpp"
#include "apps/boot/replay.hpp"
#include "apps/boot/report.hpp"
#include "core/base/error.hpp"
#include "core/base/files.hpp"
#include "core/oracle/model/model.hpp"
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

/// The model stands for any kernel: it speaks as the log does.
std::unique_ptr<Engine> open_for(const std::string &name, const Replay &replay)
{
    std::unique_ptr<Engine> engine = open_engine(name, replay.trace.variant);
    if (name == "model")
        engine = std::make_unique<Model>(engine->variant(), replay.spoken.dialect);
    return engine;
}

/// Who speaks the dialect of the log's kernel: the port, if it does; a tree; the model, which always does.
std::vector<std::string> engines_for(const Replay &replay)
{
    std::vector<std::string> engines;
    if (open_engine("port", replay.trace.variant)->dialect().means_the_same_as(replay.spoken.dialect))
        engines.emplace_back("port");
    else
        fmt::print("  port       speaks another dialect and is left out (--engine port compares places)\n");
    if (replay.spoken.engine.starts_with("linux-"))
        engines.push_back(replay.spoken.engine);
    else
        fmt::print("  no tree that speaks as the log does is built for {}\n", replay.trace.variant);
    engines.emplace_back("model");
    return engines;
}

/// Compare with engines by name. True when all agree.
bool compare_with(const std::vector<std::string> &names, const Replay &replay)
{
    bool agrees = true;
    for (const std::string &name : names) {
        const BootReport report = compare_boot(replay, *open_for(name, replay));
        fmt::print("{}", describe(report));
        agrees &= report.agrees();
    }
    return agrees;
}

/// True when every engine agrees with the log.
bool run_log(const std::string &path, const BootOptions &options)
{
    const Log log = read_log_file(path);
    const Replay replay = build_replay(log, dialect_of(log, variant_of(log)));
    fmt::print("{}", options.quiet ? replay.log_name + '\n' : describe(replay));
    if (!options.trace.empty())
        write_new_file(options.trace, print_trace(replay.trace));
    return compare_with(options.engines.empty() ? engines_for(replay) : options.engines, replay);
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
                        "Default: those that speak the dialect of the log's kernel");
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
