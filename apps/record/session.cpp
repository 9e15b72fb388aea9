// SPDX-License-Identifier: GPL-2.0-or-later
#include "apps/record/session.hpp"

#include "apps/record/gdb_client.hpp"
#include "apps/record/kernel_image.hpp"
#include "core/base/error.hpp"
#include "core/base/files.hpp"
#include "core/run/process.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <regex>

namespace mblab::recording {
namespace {

namespace fs = std::filesystem;

using Words = std::vector<std::string>;

constexpr std::chrono::milliseconds poll_step{100};

// ---- QEMU ----

/// Both -append and --append are QEMU's.
std::string_view option_name(std::string_view word)
{
    return word.starts_with("--") ? word.substr(1) : word;
}

bool names_one(const Words &options, std::initializer_list<std::string_view> names)
{
    return std::ranges::any_of(
        options, [&](const std::string &word) { return std::ranges::find(names, option_name(word)) != names.end(); });
}

/// Takes an option of QEMU's out, and gives its value; empty when it is not there.
std::string take(Words &options, std::string_view name)
{
    std::string value;
    for (auto word = options.begin(); word != options.end();) {
        if (option_name(*word) != name) {
            ++word;
            continue;
        }
        if (word + 1 == options.end())
            throw Error(fmt::format("{} of QEMU's wants a value", *word));
        value = word[1];
        word = options.erase(word, word + 2);
    }
    return value;
}

/// The last line of a text that is not empty, without control characters.
std::string last_line(std::string_view text)
{
    text = text.substr(0, text.find_last_not_of("\r\n \t") + 1);
    std::string line(text.substr(text.find_last_of("\r\n") + 1));
    std::ranges::replace_if(line, [](char character) { return character < ' ' || character > '~'; }, ' ');
    return line;
}

/// A machine, with what it prints to its serial port, and what QEMU itself prints.
class Qemu {
  public:
    /// initrd: a file, or empty for the archive `initramfs`. stub: a socket to speak with QEMU's gdb stub, or -1.
    Qemu(const SessionOptions &session, const Machine &machine, std::string_view append, const Words &options,
         std::string_view initramfs, const std::string &initrd = {}, int stub = -1)
        : initramfs_(initramfs), child_(command(session, machine, append, options, initrd, stub))
    {
    }

    std::string console() const { return read_file(console_.path()); }
    /// What QEMU said last.
    std::string complaint() const { return last_line(read_file(output_.path())); }
    bool ends_within(std::chrono::milliseconds limit) { return child_.ends_within(limit); }

  private:
    Command command(const SessionOptions &session, const Machine &machine, std::string_view append,
                    const Words &options, const std::string &initrd, int stub) const
    {
        Command made{.words = {session.qemu.empty() ? std::string(machine.qemu) : session.qemu, "-display", "none",
                               "-no-reboot", "-monitor", "none", "-serial", "file:" + console_.path()},
                     .inherited = {console_.fd(), initramfs_.fd()},
                     .output = output_.fd(),
                     .errors = output_.fd(),
                     .hint = "install qemu-system-x86 and qemu-system-arm, or name QEMU with --qemu"};
        const auto add = [&](const Words &words) { made.words.insert(made.words.end(), words.begin(), words.end()); };
        if (!names_one(options, {"-accel", "-enable-kvm"}))
            add({"-accel", "tcg,thread=single"});
        if (machine.architecture == Architecture::arm64 && !names_one(options, {"-machine", "-M"}))
            add({"-machine", "virt"});
        if (machine.architecture == Architecture::arm64 && !names_one(options, {"-cpu"}))
            add({"-cpu", "cortex-a57"});
        if (stub >= 0) {
            made.inherited.push_back(stub);
            add({"-S", "-chardev", fmt::format("socket,id=mblab,fd={}", stub), "-gdb", "chardev:mblab"});
        }
        add({"-kernel", session.kernel, "-initrd", initrd.empty() ? initramfs_.path() : initrd, "-append",
             fmt::format("console={} nokaslr panic=-1{}{}", machine.console, append.empty() ? "" : " ", append)});
        add(options);
        return made;
    }

    NamelessFile console_, output_, initramfs_;
    Child child_;
};

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
    const Deadline deadline(options.timeout);
    Qemu qemu(options, machine, "quiet", {"-m", "1G"}, symbols_initramfs(options.busybox));
    while (!qemu.ends_within(poll_step) && !deadline.passed()) {
    }
    const std::string printed = qemu.console(), text = between_marks(printed);
    if (text.empty())
        throw Error(fmt::format("the first boot did not print the kernel's symbols; last it said '{}'",
                                printed.empty() ? qemu.complaint() : last_line(printed)));
    return text;
}

/// The text of /proc/kallsyms of a kernel: from the cache, else from a boot whose init prints it.
std::string kernel_symbols(const SessionOptions &options, const Machine &machine, std::string_view image)
{
    if (!options.symbols.empty())
        return read_file(options.symbols);
    const std::string folder = cache_folder(), file = folder + "/kallsyms-" + fingerprint(image);
    std::error_code error;
    if (fs::exists(file, error))
        return read_file(file);
    std::string text = boot_for_symbols(options, machine);
    if (fs::create_directories(folder, error), !error)
        write_new_file(file, text);
    return text;
}

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
    const SymbolTable symbols(kernel_symbols(options, machine, image));

    const Deadline deadline(options.timeout);
    auto [ours, stub] = connected_sockets();
    Qemu qemu(options, machine, append, words, empty_initramfs(), initrd, stub.get());
    stub.reset(); // so that its end is seen when QEMU goes
    try {
        GdbClient guest(std::move(ours), machine, deadline);
        SessionResult result{Recorder(guest, machine, symbols, options.recorder).run(), qemu.console()};
        result.recording.origin = {shown_command(options), version_in(result.console), std::string(machine.name),
                                   fingerprint(image)};
        return result;
    } catch (const Error &error) {
        const std::string complaint = qemu.ends_within(10 * poll_step) ? qemu.complaint() : std::string();
        throw Error(complaint.empty() ? error.what() : fmt::format("QEMU says: {}", complaint));
    }
}

} // namespace mblab::recording
