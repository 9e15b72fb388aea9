// SPDX-License-Identifier: GPL-2.0-or-later
#include "apps/cli/command.hpp"
#include "apps/cli/options.hpp"
#include "apps/cli/output.hpp"

#include "apps/run/not_made.hpp"
#include "apps/run/show.hpp"
#include "core/run/catalog.hpp"
#include "core/run/supervised.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace mblab {
namespace {

using Json = nlohmann::ordered_json;

struct RunOptions : TraceOptions {
    std::vector<std::string> traces;
    bool verbose = false, no_laws = false, by_traits = false, go_on = false, known_too = false;
    Shown shown;
};

std::vector<Finding> run_trace(Executor &executor, const Trace &trace, bool go_on)
{
    if (go_on)
        return executor.run_on(trace);
    const std::optional<Finding> finding = executor.run(trace);
    return finding ? std::vector{*finding} : std::vector<Finding>{};
}

std::vector<uint16_t> kinds_of(const Trace &trace)
{
    std::vector<uint16_t> kinds;
    for (const Step &step : trace.steps)
        kinds.push_back(step.op.kind);
    return kinds;
}

/// What came of a trace without a finding. One that the lab's own budget ended was not checked.
std::string verdict(const Executor &executor, const Trace &trace)
{
    std::string text = "no finding";
    const std::optional<Executor::Ended> &ended = executor.ended();
    if (ended && (ended->step + 1 < trace.steps.size() || ended->rule->ends_unchecked))
        text = fmt::format("stopped at step {} of {}, {}: {}; nothing found before that step", ended->step + 1,
                           trace.steps.size(), print_op(trace.steps[ended->step].op), ended->rule->reason);
    const Statistics &statistics = executor.statistics();
    const std::pair<uint64_t, std::string_view> met[] = {
        {statistics.warnings, "WARN"}, {statistics.exits[MBLAB_BUG], "BUG"}, {statistics.exits[MBLAB_PANIC], "panic"}};
    for (const auto &[count, name] : met)
        if (count)
            text += fmt::format("; {} {}", count, name);
    return text;
}

/// What the text says of one run.
void note_facts(const std::string &path, const Trace &trace, const std::string &variant, const Executor &executor,
                const std::vector<Engine *> &engines, const std::vector<Finding> &findings)
{
    Json run = {{"trace", path}, {"variant", variant}, {"engines", Json::array()}};
    for (const Engine *engine : engines)
        run["engines"].push_back(engine->name());
    run["ops"] = executor.statistics().ops;
    run["verdict"] = findings.empty() ? verdict(executor, trace) + known_issues_met(executor) : "finding";
    run["not_made"] = not_made(executor, engines, "");
    run["findings"] = Json::array();
    for (const Finding &finding : findings)
        run["findings"].push_back({{"step", finding.step + 1},
                                   {"id", finding.id},
                                   {"title", finding.title},
                                   {"signature", finding.signature(trace)},
                                   {"trace", reproducer(trace, finding)}});
    output().facts()["runs"].push_back(std::move(run));
}

bool run_in(const std::string &path, Trace trace, const std::string &variant, const RunOptions &options)
{
    if (!options.engines.empty())
        note_engines(trace, options.engines);
    const std::vector<std::string> &named = options.engines.empty() ? trace.engines : options.engines;
    const OpenEngines engines(named.empty() ? engines_that_have(kinds_of(trace), variant) : named, variant);
    if (options.verbose || options.shown.states || options.shown.pictures)
        say("{}", show(trace, *engines.list().front(), options.shown));
    ExecutorOptions checks{.laws = !options.no_laws, .known_issues = !options.known_too};
    if (options.by_traits)
        checks.explanation = explanation_for(engines.list());
    Executor executor(engines.list(), checks);
    const std::vector<Finding> findings = run_trace(executor, trace, options.go_on);
    look_at_process();
    note_facts(path, trace, variant, executor, engines.list(), findings);
    if (findings.empty()) {
        say("{}: {} ops on", path, executor.statistics().ops);
        for (const Engine *engine : engines.list())
            say(" {}", engine->name());
        say(" ({}): {}{}\n{}", variant, verdict(executor, trace), known_issues_met(executor),
            output().is_quiet() ? "" : not_made(executor, engines.list(), "  "));
        return executor.ended() && executor.ended()->rule->ends_unchecked;
    }
    for (const Finding &finding : findings)
        say("{}: finding at step {}\n{}", path, finding.step + 1, reproducer(trace, finding));
    const auto differs = [](const Finding &finding) { return finding.difference.has_value(); };
    const auto is_foreign = [&](const Engine *engine) {
        return engine->dialect() != engines.list().front()->dialect();
    };
    if (!options.by_traits && std::ranges::any_of(findings, differs) && std::ranges::any_of(engines.list(), is_foreign))
        say("# These engines differ in traits (mblab semantics lists them): with --by-traits, only what no "
            "trait explains is a finding.\n");
    say("{}", not_made(executor, engines.list(), "# "));
    return true;
}

bool run_one(const std::string &path, const RunOptions &options)
{
    const Trace trace = read_trace(path);
    std::vector<std::string> asked = split_variants(options.variant);
    if (asked.empty())
        asked = {""};
    bool any = false;
    for (const std::string &variant : asked)
        any |= run_in(path, trace, variant_for(variant, trace, options.engines), options);
    return any;
}

} // namespace

void add_run(CLI::App &app, int &status)
{
    auto options = std::make_shared<RunOptions>();
    CLI::App *command = app.add_subcommand("run", "Run traces, compare engines op by op, check laws");
    command->add_option("TRACE", options->traces, "Traces in the text form (docs/trace-format.md); - is standard input")
        ->required();
    add_engines(*command, options->engines,
                "Engine to run on, may be repeated: " + engine_names +
                    ". Default: what the trace names, else port, the kernels with its dialect, model; for a trace of a "
                    "predecessor, that and its model");
    command->add_option("--variant", options->variant,
                        "Variant, several with commas, or all; default is the trace's own, else numa-128");
    command->add_flag("--verbose,-v", options->verbose,
                      "Print the calls, too: what the first engine returned, and what changed");
    command->add_flag("--states", options->shown.states, "The same, with the whole state after each call");
    command->add_flag("--draw", options->shown.pictures, "The same, with a picture of each change");
    command->add_flag("--no-laws,--no-contracts", options->no_laws, "Compare, and do not check the laws");
    command->add_flag("--by-traits,--dummy-is-empty", options->by_traits,
                      "For engines of different releases: what a trait explains is no finding (mblab semantics)");
    command->add_flag("--no-known-issues", options->known_too, "Report known issues as findings");
    command->add_flag("--go-on", options->go_on,
                      "Continue after a difference that leaves the engines with equal states");
    command->footer(
        "A trace has a call on each line: memblock_add(0x0, 256M), or with = 0 after it to expect that result; "
        "# begins a\n"
        "comment; a first line may be: variant uma-4. mblab ops lists the calls, mblab tour --edit 1 writes a "
        "trace to change.\n"
        "Also prints which calls were not made on every engine, how often and why.\n"
        "Example: mblab run my.trace --engine port,model");
    command->callback([options, &status] {
        for (const std::string &path : options->traces)
            if (run_one(path, *options))
                status = status_finding;
    });
}

} // namespace mblab
