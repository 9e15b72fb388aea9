// SPDX-License-Identifier: GPL-2.0-or-later
#include "apps/cli/command.hpp"

#include "core/base/files.hpp"
#include "core/run/catalog.hpp"
#include "core/run/executor.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <memory>

namespace mblab {
namespace {

struct RunOptions {
    std::vector<std::string> traces;
    std::vector<std::string> engines;
    std::string variant;
    bool verbose = false;
    bool no_laws = false;
    bool dummy_is_empty = false;
    bool go_on = false;
};

std::vector<Finding> run_trace(Executor &executor, const Trace &trace, bool go_on)
{
    if (go_on)
        return executor.run_on(trace);
    const std::optional<Finding> finding = executor.run(trace);
    return finding ? std::vector{*finding} : std::vector<Finding>{};
}

std::vector<std::string> usual_engines(const std::string &variant)
{
    std::vector<std::string> names = {"port"};
    for (const EngineFile &engine : list_engines())
        if (engine.variant == variant && engine.name != "port" && engine.name != "linux-6.1")
            names.push_back(engine.name);
    names.push_back("model");
    return names;
}

std::vector<std::unique_ptr<Engine>> open_all(const std::vector<std::string> &names, const std::string &variant)
{
    std::vector<std::unique_ptr<Engine>> engines;
    for (const std::string &name : names)
        engines.push_back(open_engine(name, variant));
    return engines;
}

std::vector<Engine *> pointers(const std::vector<std::unique_ptr<Engine>> &engines)
{
    std::vector<Engine *> out;
    for (const std::unique_ptr<Engine> &engine : engines)
        out.push_back(engine.get());
    return out;
}

void show_steps(const Trace &trace, Engine &engine)
{
    engine.reset();
    for (const Step &step : trace.steps) {
        const Outcome &outcome = engine.run(step.op);
        fmt::print("{}\n{}", print_op(step.op), describe(step.op.kind, outcome));
        if (outcome.result.exit == MBLAB_BUG || outcome.result.exit == MBLAB_PANIC ||
            outcome.result.exit == MBLAB_FAULT)
            return;
    }
}

/// Known cases in which the kernel violates a law, and calls that were not made: said, never silent.
std::string known_cases(const Executor &executor)
{
    std::string text;
    for (const auto &[rule, times] : executor.statistics().rules)
        text += fmt::format("{}{}", text.empty() ? "" : ", ", rule);
    for (const Checker &checker : executor.checkers())
        for (size_t i = 0; i < known_issues().size(); i++)
            if (checker.known()[i])
                text += fmt::format("{}{}", text.empty() ? "" : ", ", known_issues()[i].id);
    return text.empty() ? "" : " (known issues: " + text + ")";
}

bool run_one(const std::string &path, const RunOptions &options)
{
    const Trace trace = parse_trace(read_file(path), path);
    const std::string variant = variant_name(!options.variant.empty() ? options.variant
                                             : trace.variant.empty()  ? "numa-128"
                                                                      : trace.variant);
    const std::vector<std::string> names = options.engines.empty() ? usual_engines(variant) : options.engines;
    const std::vector<std::unique_ptr<Engine>> engines = open_all(names, variant);
    if (options.verbose)
        show_steps(trace, *engines.front());
    Executor executor(pointers(engines), {.laws = !options.no_laws, .dummy_is_empty = options.dummy_is_empty});
    const std::vector<Finding> findings = run_trace(executor, trace, options.go_on);
    if (findings.empty()) {
        fmt::print("{}: {} ops on", path, executor.statistics().ops);
        for (const std::unique_ptr<Engine> &engine : engines)
            fmt::print(" {}", engine->name());
        fmt::print(" ({}): no finding{}\n", variant, known_cases(executor));
        return false;
    }
    for (const Finding &finding : findings)
        fmt::print("{}: finding at step {}\n{}", path, finding.step + 1, reproducer(trace, finding));
    return true;
}

} // namespace

void add_run(CLI::App &app, int &status)
{
    auto options = std::make_shared<RunOptions>();
    CLI::App *command = app.add_subcommand("run", "Run traces, compare engines op by op, check laws");
    command->add_option("TRACE", options->traces, "Traces in the text form (docs/trace-format.md); - is standard input")
        ->required();
    command->add_option("--engine,-e", options->engines,
                        "Engine to run on, may be repeated: port, linux-6.12, linux-6.1, model or FILE.so. "
                        "Default: port, the kernel, model");
    command->add_option("--variant", options->variant, "Variant; default is what the trace asks for, else numa-128");
    command->add_flag("--verbose,-v", options->verbose, "Print every outcome of the first engine, too");
    command->add_flag("--no-laws,--no-contracts", options->no_laws, "Compare only");
    command->add_flag("--dummy-is-empty", options->dummy_is_empty,
                      "Take an array with one region of no size, as Linux 6.1 has them, for an empty one");
    command->add_flag("--go-on", options->go_on, "Go on past a difference that leaves the engines with equal states");
    command->footer("Example: mblab run corpus/regressions/*.trace --engine port --engine linux-6.12");
    command->callback([options, &status] {
        for (const std::string &path : options->traces)
            if (run_one(path, *options))
                status = status_finding;
    });
}

} // namespace mblab
