// SPDX-License-Identifier: GPL-2.0-or-later
#include "apps/cli/command.hpp"
#include "apps/cli/options.hpp"

#include "apps/boot/architecture.hpp"
#include "apps/boot/speakers.hpp"
#include "apps/boot/story.hpp"
#include "apps/view/view.hpp"
#include "core/base/text.hpp"
#include "core/run/catalog.hpp"
#include "core/run/executor.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

namespace mblab {
namespace {

std::string unpacked(const std::string &path)
{
    std::string text;
    stream_file(path, [&](std::string_view piece) { text += piece; });
    return text;
}

/// Whether a text is a trace: its first line that is no comment names a variant or makes a call.
bool is_trace(std::string_view text)
{
    std::string_view first;
    each_line(text, [&](std::string_view line) {
        if (first.empty() && line.find_first_not_of(" \t\r") != line.npos && !line.starts_with('#'))
            first = line;
    });
    const auto is_no_name = [](unsigned char letter) { return !std::isalnum(letter) && letter != '_'; };
    const auto end = std::ranges::find_if(first, is_no_name);
    const auto next = std::find_if(end, first.end(), [](char letter) { return letter != ' '; });
    return first.starts_with("variant ") || first.empty() ||
           (end != first.begin() && next != first.end() && *next == '(');
}

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

/// What is shown, and the engines that it is played on, kept open.
struct Shown {
    view::Chapter chapter;
    std::vector<std::unique_ptr<Engine>> open;

    void add(std::unique_ptr<Engine> engine) { chapter.engines.push_back(open.emplace_back(std::move(engine)).get()); }
};

Shown from_trace(const std::string &text, const TraceOptions &options)
{
    Shown shown{{view::read_story(text, options.trace), {}}, {}};
    view::Story &story = shown.chapter.story;
    story.variant = variant_for(options.variant, story.trace);
    for (const std::string &name :
         options.engines.empty() ? std::vector{engine_for(story.trace, story.variant)} : options.engines)
        shown.add(open_engine(name, story.variant));
    return shown;
}

/// Of several boots in a log the one that has most to say.
Shown from_log(const std::string &text, const TraceOptions &options)
{
    const Log log = read_log(text, options.trace);
    const std::string variant = std::string(boot::variant_of(log).variant);
    Shown shown;
    Replay replay = build_replay(log, dialects_of(log, variant).front());
    if (!options.variant.empty())
        replay.trace.variant = variant_name(options.variant);
    shown.chapter.story = story_of(log, replay);
    std::string remarks;
    for (const std::string &name :
         options.engines.empty() ? std::vector{speakers_of(replay, remarks).front()} : options.engines)
        shown.add(open_for(name, replay));
    return shown;
}

void run_view(const TraceOptions &options)
{
    const std::string text = unpacked(options.trace);
    const Shown shown = is_trace(text) ? from_trace(text, options) : from_log(text, options);
    view::Counts counts;
    const std::string page = view::page(shown.chapter.story.title, {&shown.chapter, 1}, &counts);
    write_output(options.out, page);
    std::string engines;
    for (const Engine *engine : shown.chapter.engines)
        engines += fmt::format(" {}", engine->name());
    fmt::print(stderr, "{}: {} calls on{} ({}), {} doublings{}; {} KiB\n", options.trace, counts.calls, engines,
               shown.chapter.story.variant, counts.doublings,
               shown.chapter.engines.size() > 1 ? fmt::format(", {} outcomes differ", counts.differences) : "",
               page.size() / 1024);
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
    command
        ->add_option("--engine,-e", options->engines,
                     "Engine to show, may be repeated, side by side and with what differs: " + engine_names +
                         ". Default: the one that speaks as the log does, or gives the results that the trace expects")
        ->allow_extra_args(false);
    options->add_variant(*command);
    options->add_out(*command);
    command->footer("The page needs no network. Links go to a call: view.html#step=17\n"
                    "Example: mblab view corpus/boots/x86_64-6.12-numa4-4g.log.xz -o boot.html");
    command->callback([options] { run_view(*options); });
}

} // namespace mblab
