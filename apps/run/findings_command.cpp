// SPDX-License-Identifier: GPL-2.0-or-later
// mblab findings: which kernels show which finding, each cell by running its trace.
#include "apps/cli/command.hpp"
#include "apps/cli/options.hpp"
#include "apps/cli/output.hpp"

#include "core/base/error.hpp"
#include "core/base/files.hpp"
#include "core/run/catalog.hpp"
#include "core/run/documented.hpp"
#include "core/run/process.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include <filesystem>
#include <memory>

namespace mblab {
namespace {

struct FindingsOptions {
    std::string document;
    std::vector<std::string> engines;
    bool boots = false;
};

/// All kernels that are built for small arrays.
std::vector<std::string> kernels()
{
    std::vector<std::string> names;
    for (const EngineFile &file : list_engines())
        if (file.variant == "numa-4" && file.name.starts_with("linux-"))
            names.push_back(file.name);
    std::ranges::sort(names);
    return names;
}

void print_row(std::string_view first, const std::vector<std::string> &cells)
{
    say("| {} | {} |\n", first, fmt::join(cells, " | "));
}

/// A line for each boot, with tabs, and a line for each thing that its console says.
int print_boots(const std::vector<Documented> &findings)
{
    for (const Documented &finding : findings)
        for (const DocumentedBoot &boot : finding.boots) {
            say("{}\n", fmt::join({finding.id, boot.kernel, boot.machine, boot.command_line, boot.then}, "\t"));
            for (const std::string &line : boot.says)
                say("\t{}\n", line);
        }
    return status_good;
}

int run_findings(FindingsOptions options)
{
    const std::vector<Documented> findings = documented_findings(read_file(options.document));
    if (findings.empty())
        throw Error(options.document + ": no section '## ID: TITLE' with a trace, indented by four");
    if (options.boots)
        return print_boots(findings);
    if (options.engines.empty())
        options.engines = kernels();
    for (const std::string &engine : options.engines)
        open_engine(engine, "numa-4"); // or an error that lists what there is
    std::vector<std::string> heads;
    for (const std::string &engine : options.engines)
        heads.push_back(std::filesystem::path(engine).filename());
    print_row("finding", heads);
    print_row("---", std::vector<std::string>(options.engines.size(), "---"));
    int status = status_good;
    for (const Documented &finding : findings) {
        std::vector<std::string> cells;
        for (const std::string &engine : options.engines) {
            cells.push_back(tried(finding, engine));
            output().facts()["findings"][finding.id][engine] = cells.back();
            if (cells.back() != "yes" && cells.back() != "no" && cells.back() != "-")
                status = status_finding;
        }
        print_row(fmt::format("`{}`", finding.id), cells);
    }
    return status;
}

} // namespace

void add_findings(CLI::App &app, int &status)
{
    auto options = std::make_shared<FindingsOptions>();
    CLI::App *command = app.add_subcommand(
        "findings", "Run the traces of known findings on kernels: a table of which kernel shows which");
    command->add_option("FILE", options->document, "Document that holds them; default is the lab's docs/findings.md");
    add_engines(*command, options->engines, "Engines, by default all kernels that are built: " + engine_names);
    command->add_flag(
        "--boots", options->boots,
        "Run nothing: list the boots that show findings, ID, kernel, QEMU's options, command line and command with "
        "tabs between them, and below each what the console says");
    command->footer("A cell is yes, no, - where the kernel lacks a call of the trace, or a law that is violated in "
                    "addition.\nExit status: 0 done, 1 a kernel violates a law that the document does not name, 2 bad "
                    "usage or input.\nExample: mblab findings docs/findings.md -e linux-6.12 -e linux-7.3");
    command->callback([options, &status] {
        if (options->document.empty())
            options->document = source_folder() + "/docs/findings.md";
        status = run_findings(*options);
    });
}

} // namespace mblab
