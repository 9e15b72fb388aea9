// SPDX-License-Identifier: GPL-2.0-or-later
#include "apps/cli/command.hpp"
#include "apps/cli/options.hpp"
#include "apps/cli/output.hpp"

#include "apps/export/right.hpp"
#include "core/base/error.hpp"
#include "core/run/catalog.hpp"
#include "core/run/documented.hpp"
#include "core/run/executor.hpp"
#include "core/run/process.hpp"
#include "core/run/since.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>

namespace mblab {
namespace {

using exporting::Play;
using exporting::PlayedStep;
using exporting::Report;
using exporting::Source;
using exporting::Subject;

struct ExportOptions : TraceOptions {
    std::string form;
};

/// The variants that are as the suite is built: both, or the one that was asked for.
std::vector<std::string> suite_variants(const ExportOptions &options, const Trace &trace)
{
    std::vector<std::string> both = {"numa-128", "uma-128"};
    if (options.variant == both[0] || options.variant == both[1])
        return {options.variant};
    const std::string name = variant_for(options.variant, trace);
    if (name != both[0] && name != both[1])
        throw Error(fmt::format("the kernel's suite has arrays of 128 regions, not those of {}: give --variant "
                                "numa-128 or uma-128",
                                name));
    return both;
}

std::string usual_kernel(const std::string &variant)
{
    const std::vector<std::string> usual = usual_engines(variant);
    return usual.size() > 2 ? usual[1] : usual[0];
}

/// A check is of what is right: where the engine violates a law, or the model of its own answers to the traits says
/// otherwise, the model is described. Not where arrays move, whose places the model takes from an engine.
Subject right_one(OpenEngines &engines, const Trace &trace, Engine &engine, const std::string &variant)
{
    Engine &model = engines.open("model", variant);
    const exporting::Wrong wrong = exporting::what_is_wrong(trace, engine, model, variant);
    if (!wrong.departure)
        return {engine, variant};
    return {model, variant, wrong.violation ? wrong.violation->title : wrong.departure->title};
}

std::string name_of(const std::string &trace)
{
    return trace == "-" ? "a trace" : std::filesystem::path(trace).filename().string();
}

/// The violations of a call that are by the issue, or by no known issue where it is empty.
std::vector<Violation> by_issue(const PlayedStep &step, std::string_view issue)
{
    std::vector<Violation> violations = step.violations;
    std::erase_if(violations, [&](const Violation &violation) { return violation.issue != issue; });
    return violations;
}

/// The trace up to the first call that shows the issue; all of it where none does.
Trace up_to(Trace trace, const Play &play, std::string_view issue)
{
    const auto shows = [&](const PlayedStep &step) { return !by_issue(step, issue).empty(); };
    const auto step = std::ranges::find_if(play.steps, shows);
    if (step != play.steps.end())
        trace.steps.resize(static_cast<size_t>(step - play.steps.begin()) + 1);
    return trace;
}

/// Of the first call that violates a law by a known issue; empty where none does.
std::string first_issue(const Play &play)
{
    for (const PlayedStep &step : play.steps)
        if (!step.violations.empty())
            return std::string(step.violations.front().issue);
    return {};
}

/// The check, or why there is none. In the build of the suite that shows it, where only one does.
void add_check(Report &report, OpenEngines &engines, const Trace &trace, const std::string &kernel)
{
    for (const std::vector<std::string> &variants :
         {std::vector<std::string>{"numa-128", "uma-128"}, {"numa-128"}, {"uma-128"}}) {
        try {
            std::vector<Subject> subjects;
            Trace shortened = trace;
            for (const std::string &variant : variants) {
                Engine &engine = engines.open(kernel, variant);
                if (report.issue.empty()) {
                    subjects.push_back(right_one(engines, trace, engine, variant));
                    continue;
                }
                subjects.push_back({engine, variant, "", report.issue});
                shortened = up_to(trace, exporting::play(trace, engine, variant), report.issue);
            }
            report.check = exporting::to_kernel_test({shortened, report.source.name}, subjects);
            report.no_check.clear();
            return;
        } catch (const Error &error) {
            report.no_check = report.no_check.empty() ? error.what() : report.no_check;
        }
    }
}

/// The newest kernel that was asked and shows it.
std::string newest_with(const std::vector<Kernel> &kernels, const std::string &id)
{
    const auto shows = [](const Kernel &kernel) { return kernel.answer && kernel.answer->text == "yes"; };
    const auto found = std::ranges::find_if(kernels.rbegin(), kernels.rend(), shows);
    return found == kernels.rend()
               ? throw Error(fmt::format("no kernel that is built shows {}: name a tree that does, with -e", id))
               : found->subject;
}

/// A finding of the document, on the newest kernel that shows it unless one is named.
std::string report_documented(const ExportOptions &options, const Documented &finding)
{
    std::vector<Kernel> kernels = kernels_and(options.engines);
    ask_all(kernels, about_finding(finding), false);
    const std::string kernel = options.engines.empty() ? newest_with(kernels, finding.id) : options.engines.front();
    OpenEngines engines;
    const Trace whole = finding.trace();
    const std::string variant = finding.variant();
    Engine &engine = engines.open(kernel, variant);
    const Trace trace = up_to(whole, exporting::play(whole, engine, variant), finding.issue);
    Report report{{trace, finding.id}, exporting::play(trace, engine, variant), finding.title, &finding};
    report.issue = finding.issue;
    report.violations = by_issue(report.play.last(), finding.issue);
    report.kernels = std::move(kernels);
    if (report.violations.empty())
        report.no_check = "its last call has no defined meaning, and the lab does not make it";
    else
        add_check(report, engines,
                  finding.long_trace.empty() ? whole : read_trace(source_folder() + '/' + finding.long_trace), kernel);
    return exporting::to_report(report);
}

/// A trace: what is found on the engines, or else the first known issue that it shows, or else where an engine that
/// stands alone departs from its model.
std::string report_trace(const ExportOptions &options, const Source &source, const std::vector<Documented> &findings)
{
    const std::string variant = variant_for(options.variant, source.trace);
    std::vector<std::string> names = options.engines.empty() ? source.trace.engines : options.engines;
    if (names.empty())
        names.push_back(usual_kernel(variant));
    OpenEngines engines(names, variant);
    Engine &engine = *engines.list().front();
    std::optional<Finding> found = Executor(engines.list()).run(source.trace);
    const Play play = exporting::play(source.trace, engine, variant);
    const std::string issue = found ? "" : first_issue(play);
    if (!found && issue.empty() && names.size() == 1)
        found = exporting::what_is_wrong(source.trace, engine, engines.open("model", variant), variant).departure;
    if (!found && issue.empty())
        throw Error(fmt::format("{}: nothing to report: {} in {} does what is documented", source.name,
                                fmt::join(names, ", "), variant));
    Trace trace = up_to(source.trace, play, issue);
    if (found)
        trace.steps.resize(found->step + 1);
    Report report{{trace, source.name}, exporting::play(trace, engine, variant), found ? found->title : issue};
    report.issue = issue;
    const auto entry = std::ranges::find(findings, issue, &Documented::issue);
    if (!found && entry != findings.end()) {
        report.finding = &*entry;
        report.title = entry->title;
    }
    report.what = found ? found->detail : "";
    report.violations = by_issue(report.play.last(), issue);
    report.kernels = kernels_and(names);
    ask_all(report.kernels, issue.empty() ? about_trace(trace, variant) : about_issue(trace, variant, issue), false);
    add_check(report, engines, trace, names.front());
    return exporting::to_report(report);
}

std::string report_of(const ExportOptions &options)
{
    const std::vector<Documented> findings = findings_of("");
    for (const Documented &finding : findings)
        if (options.trace == finding.id || options.trace == finding.issue)
            return report_documented(options, finding);
    if (options.trace != "-" && !std::filesystem::exists(options.trace))
        throw Error(fmt::format("{}: no finding of docs/findings.md, and no file", options.trace));
    const Trace trace = read_trace(options.trace);
    return report_trace(options, {trace, name_of(options.trace)}, findings);
}

std::string exported(const ExportOptions &options, const Source &source)
{
    const size_t most = options.form == "markdown" ? 2 : 1;
    if (options.engines.size() > most)
        throw Error(fmt::format("--as {} describes at most {} engine{}; {} were given", options.form, most,
                                most > 1 ? "s" : "", options.engines.size()));
    const bool is_check = options.form == "kernel-test";
    OpenEngines engines;
    std::vector<Subject> subjects;
    for (const std::string &variant :
         is_check ? suite_variants(options, source.trace) : std::vector{variant_for(options.variant, source.trace)}) {
        std::vector<std::string> names = options.engines.empty() ? source.trace.engines : options.engines;
        if (names.empty())
            names.push_back(usual_kernel(variant));
        for (const std::string &name : names) {
            Engine &engine = engines.open(name, variant);
            subjects.push_back(is_check ? right_one(engines, source.trace, engine, variant) : Subject{engine, variant});
        }
    }
    return is_check                     ? to_kernel_test(source, subjects)
           : options.form == "markdown" ? to_markdown(source, subjects)
                                        : to_c(source, subjects.front());
}

} // namespace

void add_export(CLI::App &app, int &)
{
    auto options = std::make_shared<ExportOptions>();
    CLI::App *command = app.add_subcommand(
        "export",
        "Write what an engine does with a trace as a kernel test, a C function, a section of a bug report or a mail");
    options->add_trace(*command);
    command
        ->add_option("--as", options->form,
                     "kernel-test, c, markdown, or report: a mail about a finding of docs/findings.md, by its id, or "
                     "about what the "
                     "trace shows")
        ->required()
        ->check(CLI::IsMember({"kernel-test", "c", "markdown", "report"}));
    add_engines(*command, options->engines,
                "Engine to describe, two with --as markdown: " + engine_names +
                    ". Default: what the trace names, else a kernel with the port's dialect, or else port");
    options->add_variant(*command);
    command->footer(
        "For calls in which the engine violates a law, a kernel-test asserts what is right: it fails now, and passes "
        "once that is fixed.\nExamples: mblab export finding.trace --as kernel-test -o lab_check.c\n"
        "          mblab export trim-wraps --as report (docs/upstream.md)");
    command->callback([options] {
        if (options->form == "report")
            return say("{}", report_of(*options));
        say("{}", exported(*options, {read_trace(options->trace), name_of(options->trace)}));
    });
}

} // namespace mblab
