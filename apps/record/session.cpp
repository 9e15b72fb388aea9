// SPDX-License-Identifier: GPL-2.0-or-later
#include "apps/record/session.hpp"

#include "apps/record/gdb_client.hpp"
#include "apps/record/kernel_image.hpp"
#include "apps/record/process.hpp"
#include "core/base/error.hpp"
#include "core/base/files.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <regex>

namespace mblab::record {
namespace {

namespace fs = std::filesystem;

/// QEMU's options, split into what a recording must know of and the rest.
struct QemuOptions {
    std::string kernel, initrd, append;
    bool names_cpu = false, names_machine = false, names_accelerator = false;
    std::vector<std::string> rest;
};

QemuOptions split(const std::vector<std::string> &options)
{
    QemuOptions found;
    for (size_t i = 0; i < options.size(); i++) {
        // Both -append and --append are QEMU's.
        const std::string_view name =
            options[i].starts_with("--") ? std::string_view(options[i]).substr(1) : std::string_view(options[i]);
        std::string *const value = name == "-kernel"   ? &found.kernel
                                   : name == "-initrd" ? &found.initrd
                                   : name == "-append" ? &found.append
                                                       : nullptr;
        found.names_cpu |= name == "-cpu";
        found.names_machine |= name == "-machine" || name == "-M";
        found.names_accelerator |= name == "-accel" || name == "-enable-kvm";
        if (!value)
            found.rest.push_back(options[i]);
        else if (i + 1 == options.size())
            throw Error(fmt::format("{} of QEMU's wants a value", options[i]));
        else
            *value = options[++i];
    }
    return found;
}

/// The command that both boots have in common.
std::vector<std::string> base_command(const SessionOptions &options, const Machine &machine, const QemuOptions &qemu,
                                      const NamelessFile &console)
{
    std::vector<std::string> command = {options.qemu.empty() ? std::string(machine.qemu) : options.qemu,
                                        "-display",
                                        "none",
                                        "-no-reboot",
                                        "-monitor",
                                        "none",
                                        "-serial",
                                        "file:" + console.path()};
    const auto add = [&](std::initializer_list<const char *> words) {
        command.insert(command.end(), words.begin(), words.end());
    };
    if (!qemu.names_accelerator)
        add({"-accel", "tcg,thread=single"});
    if (machine.architecture == Architecture::arm64 && !qemu.names_machine)
        add({"-machine", "virt"});
    if (machine.architecture == Architecture::arm64 && !qemu.names_cpu)
        add({"-cpu", "cortex-a57"});
    return command;
}

// ---- the first boot ----

constexpr std::string_view symbols_begin = "mblab: symbols begin", symbols_end = "mblab: symbols end ";

/// Marks around the list, and its length, so that a list with lost lines is known.
constexpr std::string_view symbols_init = "#!/busybox sh\n"
                                          "/busybox mount -t proc proc /proc\n"
                                          "echo 0 >/proc/sys/kernel/printk\n"
                                          "echo mblab: symbols begin\n"
                                          "/busybox cat /proc/kallsyms\n"
                                          "echo mblab: symbols end $(/busybox wc -l </proc/kallsyms)\n"
                                          "/busybox poweroff -f\n";

std::string symbols_initramfs(const std::string &busybox)
{
    if (busybox.empty())
        throw Error("the kernel's symbols are not known yet: name a static busybox of its architecture with --busybox");
    return make_initramfs(
        {{"proc", 040755, {}}, {"busybox", 0100755, read_file(busybox)}, {"init", 0100755, std::string(symbols_init)}});
}

/// What lies between the marks; empty while the second has not been printed. Throws Error when lines are missing.
std::string between_marks(const std::string &console)
{
    const size_t begin = console.find(symbols_begin), end = console.find(symbols_end);
    if (begin == std::string::npos || end == std::string::npos || console.find('\n', end) == std::string::npos)
        return {};
    const size_t first = console.find('\n', begin) + 1;
    const std::string text = console.substr(first, end - first);
    const auto lines = static_cast<unsigned long>(std::count(text.begin(), text.end(), '\n'));
    const unsigned long expected = std::strtoul(console.c_str() + end + symbols_end.size(), nullptr, 10);
    if (lines < expected)
        throw Error(fmt::format("the console lost {} of {} lines of /proc/kallsyms", expected - lines, expected));
    return text;
}

std::string boot_for_symbols(const SessionOptions &options, const Machine &machine)
{
    const NamelessFile console, initramfs(symbols_initramfs(options.busybox));
    std::vector<std::string> command = base_command(options, machine, {}, console);
    command.insert(command.end(), {"-m", "1G", "-kernel", options.kernel, "-initrd", initramfs.path(), "-append",
                                   fmt::format("console={} nokaslr quiet panic=-1", machine.console)});
    Process qemu(command, {console.fd(), initramfs.fd()});
    const Deadline deadline(options.timeout);
    while (qemu.running() && !deadline.passed()) {
        Interruptible::check();
        pause_briefly();
    }
    const std::string printed = console.contents();
    const std::string text = between_marks(printed);
    if (text.empty())
        throw Error(fmt::format("the first boot did not print the kernel's symbols; last it said '{}'",
                                printed.empty() ? qemu.complaint() : last_line(printed)));
    return text;
}

fs::path cache_file(std::string_view image)
{
    const char *cache = std::getenv("XDG_CACHE_HOME"), *home = std::getenv("HOME");
    if (!cache && !home)
        return {};
    const fs::path folder = cache ? fs::path(cache) : fs::path(home) / ".cache";
    return folder / "mblab" / ("kallsyms-" + fingerprint(image));
}

// ---- the recorded boot ----

/// A process that the kernel can start is all that an initramfs needs here: the recording ends before it runs.
std::string empty_initramfs()
{
    return make_initramfs({{"init", 0100755, "#!/init\n"}});
}

std::vector<std::string> recorded_command(const SessionOptions &options, const Machine &machine,
                                          const QemuOptions &qemu, const NamelessFile &console,
                                          const NamelessFile &initramfs, int stub)
{
    std::vector<std::string> command = base_command(options, machine, qemu, console);
    command.insert(command.end(),
                   {"-S", "-chardev", fmt::format("socket,id=mblab,fd={}", stub), "-gdb", "chardev:mblab"});
    command.insert(command.end(), {"-kernel", options.kernel});
    command.insert(command.end(), {"-initrd", qemu.initrd.empty() ? initramfs.path() : qemu.initrd});
    command.insert(command.end(), {"-append", fmt::format("console={} nokaslr panic=-1{}{}", machine.console,
                                                          qemu.append.empty() ? "" : " ", qemu.append)});
    command.insert(command.end(), qemu.rest.begin(), qemu.rest.end());
    return command;
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

std::string header(const SessionOptions &options, const Machine &machine, const Recording &recording,
                   const std::string &console, std::string_view image)
{
    const RecorderCounts &counts = recording.counts;
    std::string text =
        "# Every call of memblock that a booting kernel made, its arguments, its result and its caller.\n";
    text += fmt::format("# {}\n# {} on {}, image {}\n", shown_command(options), version_in(console),
                        architecture_name(machine.architecture), fingerprint(image));
    text += fmt::format("# {} calls, {} with a result; {} nested calls are not lines; {} calls that no op can say\n",
                        counts.calls, counts.results, counts.nested, counts.unrecorded);
    text += fmt::format("# {} corrections; {} answers read from memory; {} doublings; {}\n", counts.corrections,
                        counts.checks, counts.doublings,
                        counts.reached_init ? "up to the init process" : "cut short before the init process");
    text += fmt::format("# node {} is MAX_NUMNODES, which is {} in this kernel; a node between is written as {}\n",
                        engine_max_nodes, recording.max_nodes, engine_empty_node);
    for (const Skipped &skipped : recording.skipped)
        text += fmt::format("# not stopped at: {}: {}\n", skipped.name, skipped.why);
    for (const auto &[function, calls] : recording.calls_by_function)
        text += fmt::format("# {:6} {}\n", calls, function);
    return text + (recording.variant.empty() ? "" : "variant " + recording.variant + '\n');
}

} // namespace

std::string kernel_symbols(const SessionOptions &options, const Machine &machine, std::string_view image)
{
    if (!options.symbols.empty())
        return read_file(options.symbols);
    const fs::path file = cache_file(image);
    std::error_code error;
    if (!file.empty() && fs::exists(file, error))
        return read_file(file.string());
    std::string text = boot_for_symbols(options, machine);
    if (!file.empty() && (fs::create_directories(file.parent_path(), error), !error))
        write_new_file(file.string(), text);
    return text;
}

SessionResult record_boot(const SessionOptions &given)
{
    SessionOptions options = given;
    const QemuOptions qemu_options = split(options.qemu_options);
    if (options.kernel.empty())
        options.kernel = qemu_options.kernel;
    if (options.kernel.empty())
        throw Error("which kernel? name its image with --kernel");
    const Interruptible interruptible;
    const std::string image = read_file(options.kernel);
    const Machine &machine = machine_of(architecture_of(image, options.kernel));
    const SymbolTable symbols(kernel_symbols(options, machine, image));

    const NamelessFile console, initramfs(empty_initramfs());
    auto [ours, stub] = connected_sockets();
    Process qemu(recorded_command(options, machine, qemu_options, console, initramfs, stub.get()),
                 {console.fd(), initramfs.fd(), stub.get()});
    stub.reset(); // so that its end is seen when QEMU goes
    const Deadline deadline(options.timeout);
    SessionResult result;
    try {
        GdbClient guest(std::move(ours), machine, deadline);
        Recorder recorder(guest, machine, symbols, options.recorder);
        try {
            recorder.run();
        } catch (const Error &error) {
            result.cut_short = error.what();
        }
        result.console = console.contents();
        result.counts = recorder.recording().counts;
        result.trace =
            header(options, machine, recorder.recording(), result.console, image) + recorder.recording().body;
    } catch (const Error &error) {
        const std::string complaint = qemu.ends_soon() ? qemu.complaint() : std::string();
        throw Error(complaint.empty() ? error.what() : fmt::format("QEMU says: {}", complaint));
    }
    if (result.cut_short.empty() && !result.counts.reached_init)
        result.cut_short = "the guest ended before its init process ran";
    return result;
}

} // namespace mblab::record
