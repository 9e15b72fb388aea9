// SPDX-License-Identifier: GPL-2.0-or-later
#include "apps/record/session.hpp"

#include "apps/record/gdb_client.hpp"
#include "apps/record/kernel_image.hpp"
#include "apps/record/kernel_symbols.hpp"
#include "apps/record/qemu.hpp"
#include "core/base/error.hpp"
#include "core/base/files.hpp"

#include <fmt/format.h>

#include <regex>

namespace mblab::recording {
namespace {

constexpr std::chrono::milliseconds complaint_time{1000};

// ---- the recorded boot ----

/// A process that the kernel can start is all that an initramfs needs here: the recording ends before it runs.
std::string empty_initramfs()
{
    return make_initramfs({{"init", 0100755, "#!/init\n"}});
}

/// A word of a command line as a shell takes it.
std::string quoted(const std::string &word)
{
    const bool plain = word.find_first_of(" $&|;<>()*?\"'\\") == std::string::npos && !word.empty();
    return plain ? word : "'" + word + "'";
}

/// A word without the folders of this machine: /a/b and file=/a/b are b and file=b.
std::string without_folders(const std::string &word)
{
    static const std::regex folders("(^|=)/[^,=]*/");
    return std::regex_replace(word, folders, "$1");
}

std::string shown_command(const SessionOptions &options)
{
    std::string command = fmt::format("mblab record --kernel {}", quoted(without_folders(options.kernel)));
    if (options.recorder.arrays_every != RecorderOptions{}.arrays_every)
        command += fmt::format(" --arrays-every {}", options.recorder.arrays_every);
    for (const std::string &name : options.recorder.skip)
        command += " --skip " + name;
    command += " --";
    bool is_kernel_command_line = false;
    for (const std::string &word : options.qemu_options) {
        command += ' ' + quoted(is_kernel_command_line ? word : without_folders(word));
        is_kernel_command_line = word.ends_with("-append");
    }
    return command;
}

std::string version_in(const std::string &console)
{
    const size_t at = console.find("Linux version ");
    if (at == std::string::npos)
        return "unknown: the console does not say";
    return console.substr(at, console.find(" (", at) - at);
}

} // namespace

SessionResult record_boot(const SessionOptions &given)
{
    SessionOptions options = given;
    Words words = options.qemu_options;
    const std::string kernel = take(words, "-kernel"), initrd = take(words, "-initrd"), append = take(words, "-append");
    if (options.kernel.empty())
        options.kernel = kernel;
    if (options.kernel.empty())
        throw Error("which kernel? name its image with --kernel");
    const std::string image = read_file(options.kernel);
    const Machine &machine = machine_of(architecture_of(image, options.kernel));
    const KernelFiles kernel_files{options.kernel, options.busybox, options.symbols, options.qemu};
    const SymbolTable symbols(kernel_symbols(kernel_files, machine, image, options.timeout));

    const Deadline deadline(options.timeout);
    auto [ours, stub] = connected_sockets();
    Qemu qemu(kernel_files, machine, {.append = append, .options = words, .initrd = initrd, .stub = stub.get()},
              empty_initramfs());
    stub.reset(); // so that its end is seen when QEMU goes
    try {
        GdbClient guest(std::move(ours), machine, deadline);
        SessionResult result{Recorder(guest, machine, symbols, options.recorder).run(), qemu.console()};
        result.recording.origin = {shown_command(options), version_in(result.console), std::string(machine.name),
                                   fingerprint(image)};
        return result;
    } catch (const Error &error) {
        const std::string complaint = qemu.ends_within(complaint_time) ? qemu.complaint() : std::string();
        throw Error(complaint.empty() ? error.what() : fmt::format("QEMU says: {}", complaint));
    }
}

} // namespace mblab::recording
