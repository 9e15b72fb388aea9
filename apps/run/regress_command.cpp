// SPDX-License-Identifier: GPL-2.0-or-later
#include "apps/cli/command.hpp"
#include "apps/cli/options.hpp"
#include "apps/cli/output.hpp"

#include "core/base/error.hpp"
#include "core/base/files.hpp"
#include "core/run/process.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <filesystem>

namespace mblab {
namespace {

struct AddOptions : TraceOptions {
    std::string sentence, name, folder;
};

/// The sentence first, then the ops; what a finding wrote below them described the bug and is history.
void add_regression(const AddOptions &options)
{
    const std::string folder = options.folder.empty() ? source_folder() + "/corpus/regressions" : options.folder;
    const std::string name = options.name.empty() ? std::filesystem::path(options.trace).stem().string() : options.name;
    const std::string path = fmt::format("{}/{}.trace", folder, name);
    if (options.sentence.find('\n') != options.sentence.npos)
        throw Error("--why: expected one line");
    if (name.empty() || name.find('/') != name.npos)
        throw Error(fmt::format("--name: '{}' is not a file name", name));
    if (name == "-")
        throw Error("--name: a trace from standard input needs one");
    Trace trace = read_trace(options.trace);
    trace.engines.clear(); // for every engine
    write_new_file(path, fmt::format("# {}\n{}", options.sentence, print_trace(trace)));
    say("{}\n", path);
    output().facts()["file"] = path;
}

} // namespace

void add_regress(CLI::App &app, int &)
{
    CLI::App *command =
        app.add_subcommand("regress", "Keep the trace of a fixed finding, which ci/test replays on every engine");
    command->require_subcommand(1);
    auto options = std::make_shared<AddOptions>();
    CLI::App *add = command->add_subcommand("add", "Add a trace to corpus/regressions");
    options->add_trace(*add);
    add->add_option("--why", options->sentence, "A sentence: what was wrong")->required();
    add->add_option("--name", options->name, "Name of the new file, without .trace; default is the trace's own");
    add->add_option("--output,--folder,-o", options->folder,
                    "Folder for it; default is corpus/regressions of the source folder");
    add->footer("Example: mblab regress add small.trace --why 'A block beside an array was zeroed byte by byte.'");
    add->callback([options] { add_regression(*options); });
}

} // namespace mblab
