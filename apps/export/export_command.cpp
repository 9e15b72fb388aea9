// SPDX-License-Identifier: GPL-2.0-or-later
#include "apps/cli/command.hpp"

#include "apps/export/export.hpp"
#include "core/base/error.hpp"
#include "core/base/files.hpp"
#include "core/run/catalog.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <memory>

namespace mblab {
namespace {

using exporting::Source;
using exporting::Subject;

struct ExportOptions {
    std::string trace, form, variant, out;
    std::vector<std::string> engines;
};

/// Engines that stay open as long as what is written from them.
class Subjects {
  public:
    void open(const std::string &engine, const std::string &variant)
    {
        engines_.push_back(open_engine(engine, variant));
        list_.push_back({*engines_.back(), variant});
    }
    const std::vector<Subject> &list() const { return list_; }

  private:
    std::vector<std::unique_ptr<Engine>> engines_;
    std::vector<Subject> list_;
};

std::string usual_engine(const std::string &variant)
{
    return has_engine("linux-6.12", variant) ? "linux-6.12" : "port";
}

/// The variants that are as the suite is built: both, or the one that was asked for.
std::vector<std::string> suite_variants(const ExportOptions &options, const Trace &trace)
{
    if (options.variant == "numa-128" || options.variant == "uma-128")
        return {options.variant};
    const std::string wanted = options.variant.empty() ? trace.variant : options.variant;
    if (wanted.empty())
        return {"numa-128", "uma-128"};
    const std::string name = variant_name(wanted);
    if (name != "numa-128" && name != "uma-128")
        throw Error(
            fmt::format("the kernel's suite has arrays of 128 regions, not those of {}: give --variant numa-128 or "
                        "uma-128",
                        name));
    return {"numa-128", "uma-128"};
}

std::string export_kernel_test(const ExportOptions &options, const Source &source)
{
    if (options.engines.size() > 1)
        throw Error("--as kernel-test describes one engine; two were given");
    Subjects subjects;
    for (const std::string &variant : suite_variants(options, source.trace))
        subjects.open(options.engines.empty() ? usual_engine(variant) : options.engines[0], variant);
    return to_kernel_test(source, subjects.list());
}

std::string export_plain(const ExportOptions &options, const Source &source)
{
    const std::string variant = variant_name(!options.variant.empty()       ? options.variant
                                             : source.trace.variant.empty() ? "numa-128"
                                                                            : source.trace.variant);
    const size_t most = options.form == "markdown" ? 2 : 1;
    if (options.engines.size() > most)
        throw Error(fmt::format("--as {} describes at most {} engine{}; {} were given", options.form, most,
                                most > 1 ? "s" : "", options.engines.size()));
    Subjects subjects;
    for (const std::string &name : options.engines)
        subjects.open(name, variant);
    if (options.engines.empty())
        subjects.open(usual_engine(variant), variant);
    return options.form == "markdown" ? to_markdown(source, subjects.list()) : to_c(source, subjects.list().front());
}

void run_export(const ExportOptions &options)
{
    const Trace trace = parse_trace(read_file(options.trace), options.trace);
    const Source source{trace,
                        options.trace == "-" ? "a trace" : std::filesystem::path(options.trace).filename().string()};
    const std::string text =
        options.form == "kernel-test" ? export_kernel_test(options, source) : export_plain(options, source);
    if (options.out.empty())
        fmt::print("{}", text);
    else
        write_new_file(options.out, text);
}

} // namespace

void add_export(CLI::App &app, int &)
{
    auto options = std::make_shared<ExportOptions>();
    CLI::App *command = app.add_subcommand(
        "export", "Write what an engine does with a trace as a kernel test, a C function or a section of a bug report");
    command->add_option("TRACE", options->trace, "Trace in the text form; - is standard input")->required();
    command->add_option("--as", options->form, "kernel-test, c or markdown")
        ->required()
        ->check(CLI::IsMember({"kernel-test", "c", "markdown"}));
    command->add_option("--engine,-e", options->engines,
                        "Engine to describe; two with --as markdown. Default: linux-6.12, or else port");
    command->add_option("--variant", options->variant, "Variant; default is what the trace asks for, else numa-128");
    command->add_option("--out", options->out, "Save it in this new file instead of printing it");
    command->footer("Example: mblab export finding.trace --as kernel-test --out lab_check.c");
    command->callback([options] { run_export(*options); });
}

} // namespace mblab
