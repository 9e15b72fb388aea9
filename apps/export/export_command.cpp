// SPDX-License-Identifier: GPL-2.0-or-later
#include "apps/cli/command.hpp"
#include "apps/cli/options.hpp"
#include "apps/cli/output.hpp"

#include "apps/export/right.hpp"
#include "core/base/error.hpp"
#include "core/run/catalog.hpp"

#include <fmt/format.h>

#include <filesystem>

namespace mblab {
namespace {

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
        "export", "Write what an engine does with a trace as a kernel test, a C function or a section of a bug report");
    options->add_trace(*command);
    command->add_option("--as", options->form, "kernel-test, c or markdown")
        ->required()
        ->check(CLI::IsMember({"kernel-test", "c", "markdown"}));
    add_engines(*command, options->engines,
                "Engine to describe, two with --as markdown: " + engine_names +
                    ". Default: what the trace names, else a kernel with the port's dialect, or else port");
    options->add_variant(*command);
    command->footer(
        "For calls in which the engine violates a law, a kernel-test asserts what is right: it fails now, and passes "
        "once that is fixed.\nExample: mblab export finding.trace --as kernel-test -o lab_check.c");
    command->callback([options] {
        const Trace trace = read_trace(options->trace);
        const std::string name =
            options->trace == "-" ? "a trace" : std::filesystem::path(options->trace).filename().string();
        say("{}", exported(*options, {trace, name}));
    });
}

} // namespace mblab
