// SPDX-License-Identifier: GPL-2.0-or-later
#include "apps/cli/command.hpp"
#include "apps/cli/options.hpp"
#include "apps/cli/output.hpp"

#include "apps/boot/speakers.hpp"
#include "apps/boot/story.hpp"
#include "apps/history/beside.hpp"
#include "apps/view/view.hpp"
#include "core/run/catalog.hpp"
#include "core/run/executor.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>

namespace mblab {
namespace {

/// Who gives each result that the trace expects: the port where it does or nothing is expected, else the last by name
/// of those that do; the port where none does.
std::string engine_for(const Trace &trace, const std::string &variant)
{
    const auto gives_them = [&](const std::string &name) {
        const std::unique_ptr<Engine> engine = open_engine(name, variant);
        return !Executor({engine.get()}, {.laws = false}).run(trace);
    };
    std::string found = "port";
    if (std::ranges::none_of(trace.steps, [](const Step &step) { return step.expected.has_value(); }) ||
        gives_them("port"))
        return found;
    for (const EngineFile &file : list_engines())
        if (file.variant == variant && file.name != "port" && gives_them(file.name))
            found = file.name;
    return found;
}

bool has_kernels_calls(const Trace &trace)
{
    return std::ranges::any_of(trace.steps, [](const Step &step) { return is_of_kernels(step.op.kind); });
}

/// Where nobody says it: the one that speaks as the log does, what the trace names, or who gives its results.
std::vector<std::string> engines_for(const Told &told)
{
    std::string remarks;
    if (told.replay)
        return {speakers_of(*told.replay, remarks).front()};
    return told.story.trace.engines.empty() ? std::vector{engine_for(told.story.trace, told.story.variant)}
                                            : told.story.trace.engines;
}

void write_page(const TraceOptions &options, const view::Chapter &chapter)
{
    view::Counts counts;
    const std::string page = view::page(chapter.story.title, {&chapter, 1}, &counts);
    if (output().wants("html"))
        output().write("html", page);
    else
        say("{}", page);
    output().facts() = {{"trace", options.trace},        {"variant", chapter.story.variant},  {"calls", counts.calls},
                        {"doublings", counts.doublings}, {"differences", counts.differences}, {"bytes", page.size()}};
    std::string engines;
    for (const Engine *engine : chapter.engines)
        engines += fmt::format(" {}", engine->name());
    remark("{}: {} calls on{} ({}), {} doublings{}; {} KiB\n", options.trace, counts.calls, engines,
           chapter.story.variant, counts.doublings,
           chapter.engines.size() > 1 ? fmt::format(", {} outcomes differ", counts.differences) : "",
           page.size() / 1024);
}

void run_view(const TraceOptions &options)
{
    Told told = read_told(options.trace);
    told.story.variant = variant_for(options.variant, told.story.trace, options.engines);
    if (told.replay)
        told.replay->trace.variant = told.story.variant;
    const std::vector<std::string> names = options.engines.empty() ? engines_for(told) : options.engines;
    // What came before memblock has not its calls: the boot is replayed on each in the calls that it has.
    const std::vector<std::string> old = predecessors();
    if (has_kernels_calls(told.story.trace) &&
        std::ranges::any_of(names, [&](const auto &name) { return std::ranges::count(old, name); })) {
        told.story.trace.variant = told.story.variant;
        return write_page(options, history::beside(history::as_boot(options.trace, std::move(told)), names).chapter);
    }
    std::vector<std::unique_ptr<Engine>> open;
    view::Chapter chapter{std::move(told.story), {}};
    for (const std::string &name : names) {
        open.push_back(told.replay ? open_for(name, *told.replay) : open_engine(name, chapter.story.variant));
        chapter.engines.push_back(open.back().get());
    }
    write_page(options, chapter);
}

} // namespace

void add_view(CLI::App &app, int &)
{
    auto options = std::make_shared<TraceOptions>();
    CLI::App *command = app.add_subcommand("view", "Show a trace, a recording or a boot's log as one page of HTML");
    command
        ->add_option("TRACE", options->trace,
                     "A trace, a recording, or a kernel log (memblock=debug), plain or packed; - is standard input")
        ->required();
    add_engines(*command, options->engines,
                "Engine to show; several are shown side by side, with their differences: " + engine_names +
                    ". bump, bootmem and nobootmem serve a boot's requests by their own calls. Default: one with the "
                    "log's dialect, what the trace names, or the one that gives the results that it expects");
    static constexpr Form forms[] = {{"html", "the page"}};
    output().add_to(*command, forms);
    options->add_variant(*command);
    command->footer("The page needs no network. Links go to a call: view.html#step=17\n"
                    "Example: mblab view corpus/boots/x86_64-6.12-numa4-4g.log.xz -o boot.html");
    command->callback([options] { run_view(*options); });
}

} // namespace mblab
