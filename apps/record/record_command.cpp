// SPDX-License-Identifier: GPL-2.0-or-later
#include "apps/cli/command.hpp"
#include "apps/cli/options.hpp"
#include "apps/cli/output.hpp"

#include "apps/record/session.hpp"
#include "core/base/error.hpp"
#include "core/base/files.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <memory>

namespace mblab {
namespace {

struct RecordCommand {
    recording::SessionOptions session;
    unsigned timeout_seconds = 600;
};

void run_recording(const RecordCommand &command)
{
    recording::SessionOptions options = command.session;
    options.timeout = std::chrono::seconds(command.timeout_seconds);
    const auto [recording, console] = recording::record_boot(options);
    say("{}", print_recording(recording));
    if (!options.console.empty())
        write_new_file(options.console, console);
    const recording::RecordingCounts &counts = recording.counts;
    fmt::print(stderr,
               "{} calls ({} with a result), {} nested, {} corrections, {} answers read from memory, {} doublings, "
               "{} calls that no op can express\n",
               counts.calls, counts.results, counts.nested, counts.corrections, counts.checks, counts.doublings,
               counts.unrecorded);
    output().facts() = {{"trace", print_recording(recording)}, {"calls", counts.calls},
                        {"results", counts.results},           {"nested", counts.nested},
                        {"corrections", counts.corrections},   {"checks", counts.checks},
                        {"doublings", counts.doublings},       {"unrecorded", counts.unrecorded}};
    if (!recording.cut_short.empty())
        throw Error(fmt::format("cut short: {}; the trace holds what was seen before", recording.cut_short));
}

} // namespace

void add_record(CLI::App &app, int &status)
{
    auto options = std::make_shared<RecordCommand>();
    CLI::App *command =
        app.add_subcommand("record", "Boot a kernel under QEMU and record each of its memblock calls as a trace");
    command->add_option("--kernel", options->session.kernel, "bzImage or arm64 Image; default is QEMU's -kernel");
    command
        ->add_option("--arrays-every", options->session.recorder.arrays_every,
                     "Record both arrays after every so many calls; 0: only at the end")
        ->capture_default_str();
    command
        ->add_option("--skip", options->session.recorder.skip,
                     "A function not to stop at, because it is called too often")
        ->allow_extra_args(false);
    command->add_option("--timeout", options->timeout_seconds, "Longest time for a boot, in seconds")
        ->capture_default_str();
    command->add_option(
        "--busybox", options->session.busybox,
        "Static busybox of the kernel's architecture, for the first boot of a kernel, which prints its symbols");
    command->add_option("--symbols", options->session.symbols, "The kernel's /proc/kallsyms, booted with nokaslr");
    command->add_option("--console", options->session.console, "Where to write what the kernel printed, a new file");
    command->add_option("--qemu", options->session.qemu,
                        "QEMU program; default is the one of the kernel's architecture");
    command->add_option("QEMU-OPTIONS", options->session.qemu_options, "After --: memory, nodes, -append ...");
    command->footer("Example: mblab record --kernel vmlinuz --busybox busybox -o boot.trace -- -m 2G -append 'mem=1G'");
    command->callback([options, &status] {
        run_recording(*options);
        status = status_good;
    });
}

} // namespace mblab
