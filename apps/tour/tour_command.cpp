// SPDX-License-Identifier: GPL-2.0-or-later
#include "apps/cli/command.hpp"
#include "apps/cli/options.hpp"
#include "apps/cli/output.hpp"

#include "apps/tour/chapters.hpp"
#include "core/base/error.hpp"
#include "core/base/files.hpp"
#include "core/run/catalog.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <map>

namespace mblab {
namespace {

struct TourOptions {
    std::string chapter, edit, engine = "port";
};

void list_chapters()
{
    size_t number = 0;
    for (const tour::Chapter &chapter : tour::chapters()) {
        say("{:>3}  {}\n", ++number, chapter.story.title);
        output().facts()["chapters"].push_back({{"number", number}, {"title", chapter.story.title}});
    }
    say("\nmblab tour 1             read a chapter here\n"
        "mblab tour -o FILE.html  all of them as one page for the browser\n"
        "mblab tour --edit 1      a copy in this folder, to change; mblab tour ./COPY plays it\n");
}

/// All chapters, or the one that was asked for, as a page.
void write_page(const TourOptions &options)
{
    std::vector<tour::Chapter> all =
        options.chapter.empty() ? tour::chapters() : std::vector{tour::chapter(options.chapter)};
    std::map<std::string, std::unique_ptr<Engine>> open;
    std::vector<view::Chapter> chapters;
    for (tour::Chapter &chapter : all) {
        chapter.story.variant = variant_for("", chapter.story.trace);
        std::unique_ptr<Engine> &engine = open[chapter.story.variant];
        if (!engine)
            engine = open_engine(options.engine, chapter.story.variant);
        chapters.push_back({std::move(chapter.story), {engine.get()}});
    }
    view::Counts counts;
    output().write("html", view::page("From _start to kmalloc: how Linux gets its first memory", chapters, &counts));
    output().facts() = {{"chapters", chapters.size()}, {"calls", counts.calls}};
    remark("{} chapters, {} calls\n", chapters.size(), counts.calls);
}

void edit(const std::string &number)
{
    const tour::Chapter chapter = tour::chapter(number);
    write_new_file(chapter.name, read_file(chapter.path));
    say("{0}: change it, then\n  mblab tour ./{0}            play it here\n"
        "  mblab view {0} -o {1}.html   or in the browser\n  mblab run {0}              compare engines on it\n",
        chapter.name, chapter.name.substr(0, chapter.name.find('.')));
}

void run_tour(const TourOptions &options)
{
    if (!options.edit.empty())
        edit(options.edit);
    else if (output().wants("html"))
        write_page(options);
    else if (options.chapter.empty())
        list_chapters();
    else {
        const tour::Chapter chapter = tour::chapter(options.chapter);
        const std::string variant = variant_for("", chapter.story.trace);
        const std::string text = tour::in_text(chapter, *open_engine(options.engine, variant));
        say("{}", text);
        output().facts() = {{"title", chapter.story.title}, {"variant", variant}, {"text", text}};
    }
}

} // namespace

void add_tour(CLI::App &app, int &)
{
    auto options = std::make_shared<TourOptions>();
    CLI::App *command = app.add_subcommand("tour", "How a kernel gets its first memory, in ten chapters");
    command->add_option("CHAPTER", options->chapter,
                        "A chapter's number, or a trace of your own; default: list the chapters");
    static constexpr Form forms[] = {{"html", "one page of all chapters, or of the one, for the browser"}};
    output().add_to(*command, forms);
    command->add_option("--edit", options->edit, "Copy this chapter into the current folder, to change and play it");
    command->add_option("--engine,-e", options->engine, "Engine to play on: " + engine_names + "; default is port")
        ->capture_default_str();
    command->footer("Example: mblab tour -o tour.html");
    command->callback([options] { run_tour(*options); });
}

} // namespace mblab
