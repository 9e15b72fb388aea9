// SPDX-License-Identifier: GPL-2.0-or-later
#include "apps/cli/command.hpp"
#include "apps/cli/options.hpp"
#include "apps/cli/output.hpp"

#include "core/base/error.hpp"
#include "core/run/isolated.hpp"
#include "core/search/minimize.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <chrono>
#include <cstdio>

namespace mblab {
namespace {

struct MinimizeOptions : TraceOptions {
    bool no_laws = false, known_too = false;
    unsigned seconds = 60;
};

/// The trace with what it shows now as comments; run in this process only when that is safe.
std::string described(const Trace &trace, const std::vector<Engine *> &engines, const ExecutorOptions &options,
                      const IsolatedRun &run)
{
    if (run.died)
        return fmt::format("# {}\n{}", run.findings.back().signature, print_trace(trace));
    Executor executor(engines, options);
    const std::optional<Finding> finding = executor.run(trace);
    return finding ? reproducer(trace, *finding) : print_trace(trace);
}

bool minimize_file(const MinimizeOptions &options)
{
    Trace trace = read_trace(options.trace);
    trace.variant = variant_for(options.variant, trace);
    if (!options.engines.empty())
        note_engines(trace, options.engines);
    const std::vector<std::string> &named = options.engines.empty() ? trace.engines : options.engines;
    if (named.empty())
        throw Error(options.trace + ": name the engines that show it, after --: mblab minimize TRACE -- port model");
    const OpenEngines engines(named, trace.variant);
    // What a trace expects is its own: with a call left out, a later one may give something else and be right.
    ExecutorOptions checks{.laws = !options.no_laws, .known_issues = !options.known_too, .expectations = false};
    IsolatedRun first = run_isolated(engines.list(), checks, trace, false);
    if (first.findings.empty()) {
        checks.expectations = true;
        first = run_isolated(engines.list(), checks, trace, false);
    }
    if (first.findings.empty()) {
        fmt::print(stderr, "mblab: {}: no finding on these engines: nothing to minimize\n", options.trace);
        return false;
    }
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(options.seconds);
    const IsolatedRun::Found wanted = first.findings.front();
    const size_t ops = trace.steps.size();
    const auto shows = [&](const Trace &smaller) {
        if (std::chrono::steady_clock::now() > deadline)
            return false;
        const IsolatedRun run = run_isolated(engines.list(), checks, smaller, false);
        return !run.findings.empty() && run.findings.front().signature == wanted.signature;
    };
    trace = minimize(trace, shows);
    const std::string text = described(trace, engines.list(), checks, first);
    remark("mblab: {}: {} ops, of which {} show it\n", options.trace, ops, trace.steps.size());
    say("{}", text);
    output().facts() = {
        {"signature", wanted.signature}, {"ops_before", ops}, {"ops", trace.steps.size()}, {"trace", text}};
    return true;
}

} // namespace

void add_minimize(CLI::App &app, int &status)
{
    auto options = std::make_shared<MinimizeOptions>();
    CLI::App *command = app.add_subcommand("minimize", "Minimize a trace that shows a finding");
    options->add_trace(*command);
    command->add_option("ENGINES", options->engines,
                        "Engines to run it on, after --: " + engine_names + ". Default: what the trace names");
    add_engines(*command, options->engines, "The same, as mblab run takes them");
    options->add_variant(*command);
    command
        ->add_option("--time", options->seconds,
                     "Time limit in seconds; the smallest trace found by then is the result")
        ->capture_default_str()
        ->check(CLI::Range(1u, 1000000u));
    command->add_flag("--no-laws,--no-contracts", options->no_laws, "Compare, and do not check the laws");
    command->add_flag("--no-known-issues", options->known_too, "Report known issues as findings");
    command->footer(
        "Each try is run in a child process, so a trace that crashes or hangs an engine can be made smaller, too.\n"
        "Exit status: 0 minimized, 1 the trace shows no finding, 2 bad usage.\n"
        "Example: mblab minimize finding.trace -- port model");
    command->callback([options, &status] {
        if (!minimize_file(*options))
            status = status_finding;
    });
}

} // namespace mblab
