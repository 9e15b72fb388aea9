// SPDX-License-Identifier: GPL-2.0-or-later
#include "command.hpp"

#include "lab/boot/compare.hpp"
#include "lab/boot/replay.hpp"
#include "lab/boot/report.hpp"
#include "lab/engine/catalog.hpp"
#include "lab/error.hpp"
#include "lab/files/files.hpp"

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

/// The port, the tree of the log's kernel (every tree, when the log does not say which or it is not built), the model.
std::vector<std::string> engines_for(const Replay &replay)
{
    std::vector<std::string> names = {"port"};
    const std::string own = engine_of(replay);
    if (!own.empty() && has_engine(own, replay.trace.variant))
        names.push_back(own);
    else
        for (const EngineFile &engine : list_engines())
            if (engine.variant == replay.trace.variant && engine.name.starts_with("linux-") && own.empty())
                names.push_back(engine.name);
    names.push_back("model");
    if (!own.empty() && names.size() == 2)
        fmt::print("  no engine {}@{} is built: the log's own kernel is not compared with\n", own, replay.trace.variant);
    return names;
}

/// True when every engine agrees with the log.
bool run_log(const std::string &path, const BootOptions &options)
{
    const Replay replay = build_replay(read_log_file(path));
    if (!options.quiet)
        fmt::print("{}", describe(replay));
    if (!options.trace.empty())
        write_new_file(options.trace, print_trace(replay.trace));
    bool agrees = true;
    for (const std::string &name : options.engines.empty() ? engines_for(replay) : options.engines) {
        const std::unique_ptr<Engine> engine = open_engine(name, replay.trace.variant);
        const BootReport report = compare_boot(replay, *engine);
        if (options.quiet)
            fmt::print("{}:", path);
        fmt::print("{}", describe(report));
        agrees &= report.agrees();
    }
    return agrees;
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
    command->footer("Exit status: 0 all agree, 1 an engine decides otherwise than the log's kernel, 2 not a log of memblock.\n"
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
