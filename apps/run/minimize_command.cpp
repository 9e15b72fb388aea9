// SPDX-License-Identifier: GPL-2.0-or-later
#include "apps/cli/command.hpp"

#include "core/base/error.hpp"
#include "core/base/files.hpp"
#include "core/run/catalog.hpp"
#include "core/run/isolated.hpp"
#include "core/search/minimize.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <memory>

namespace mblab {
namespace {

struct MinimizeOptions {
    std::string trace, variant, out;
    std::vector<std::string> engines;
    bool no_laws = false;
};

/// The trace with what it shows now as comments; run in this process only when that is safe.
std::string described(const Trace &trace, const std::vector<Engine *> &engines, const ExecutorOptions &options,
                      const std::string &signature)
{
    if (signature == "hang" || signature.starts_with("killed") || signature.starts_with("exit"))
        return fmt::format("# {}\n{}", signature, print_trace(trace));
    Executor executor(engines, options);
    const std::optional<Finding> finding = executor.run(trace);
    return finding ? reproducer(trace, *finding) : print_trace(trace);
}

std::string id_and_op(const std::string &signature)
{
    return signature.substr(0, signature.find(' ', signature.find(' ') + 1));
}

bool minimize_file(const MinimizeOptions &options)
{
    Trace trace = parse_trace(read_file(options.trace), options.trace);
    const std::string variant = variant_name(!options.variant.empty() ? options.variant
                                             : trace.variant.empty()  ? "numa-128"
                                                                      : trace.variant);
    trace.variant = variant;
    std::vector<std::unique_ptr<Engine>> owned;
    std::vector<Engine *> engines;
    for (const std::string &name : options.engines)
        engines.push_back(owned.emplace_back(open_engine(name, variant)).get());
    const ExecutorOptions checks{.laws = !options.no_laws, .expectations = false};
    const IsolatedRun first = run_isolated(engines, checks, trace, false);
    if (first.signatures.empty()) {
        fmt::print(stderr, "mblab: {}: no finding on these engines: nothing to minimize\n", options.trace);
        return false;
    }
    // The same kind of finding at the same call; in what the outcomes differ may change on the way to fewer calls.
    const std::string signature = first.signatures.front(), call = id_and_op(signature);
    const size_t ops = trace.steps.size();
    const auto shows = [&](const Trace &smaller) {
        const IsolatedRun run = run_isolated(engines, checks, smaller, false);
        return !run.signatures.empty() && id_and_op(run.signatures.front()) == call;
    };
    trace = minimize(trace, shows, signature == "hang" ? few_questions : many_questions);
    const std::string text = described(trace, engines, checks, signature);
    fmt::print(stderr, "mblab: {}: {} ops, of which {} show it\n", options.trace, ops, trace.steps.size());
    if (options.out.empty())
        std::fputs(text.c_str(), stdout);
    else
        write_new_file(options.out, text);
    return true;
}

} // namespace

void add_minimize(CLI::App &app, int &status)
{
    auto options = std::make_shared<MinimizeOptions>();
    CLI::App *command = app.add_subcommand("minimize", "Make a trace that shows a finding as small as it gets");
    command->add_option("TRACE", options->trace, "Trace in the text form; - is standard input")->required();
    command
        ->add_option("ENGINES", options->engines, "Engines to run it on, after --: port, linux-6.12, model or FILE.so")
        ->required();
    command->add_option("--variant", options->variant, "Variant; default is what the trace asks for, else numa-128");
    command->add_option("--out,-o", options->out, "A new file for the result; default is standard output");
    command->add_flag("--no-laws,--no-contracts", options->no_laws, "Compare only");
    command->footer(
        "Each try is run in a child process, so a trace that crashes or hangs an engine can be made smaller, too.\n"
        "Exit status: 0 made smaller, 1 the trace shows nothing, 2 bad usage.\n"
        "Example: mblab minimize finding.trace -- port linux-6.12");
    command->callback([options, &status] {
        if (!minimize_file(*options))
            status = status_finding;
    });
}

} // namespace mblab
