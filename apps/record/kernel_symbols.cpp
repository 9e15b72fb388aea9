// SPDX-License-Identifier: GPL-2.0-or-later
#include "apps/record/kernel_symbols.hpp"

#include "apps/record/deadline.hpp"
#include "apps/record/kernel_image.hpp"
#include "core/base/error.hpp"
#include "core/base/files.hpp"
#include "core/base/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>

namespace mblab::recording {
namespace {

namespace fs = std::filesystem;

constexpr std::chrono::milliseconds poll_step{100};

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

std::string boot_for_symbols(const KernelFiles &files, const Machine &machine, std::chrono::seconds timeout)
{
    const Deadline deadline(timeout);
    Qemu qemu(files, machine, {.append = "quiet", .options = {"-m", "1G"}}, symbols_initramfs(files.busybox));
    while (!qemu.ends_within(poll_step) && !deadline.passed()) {
    }
    const std::string printed = qemu.console(), text = between_marks(printed);
    if (text.empty())
        throw Error(fmt::format("the first boot did not print the kernel's symbols; its last line is '{}'",
                                printed.empty() ? qemu.complaint() : last_line(printed)));
    return text;
}

} // namespace

std::string kernel_symbols(const KernelFiles &files, const Machine &machine, std::string_view image,
                           std::chrono::seconds timeout)
{
    if (!files.symbols.empty())
        return read_file(files.symbols);
    const std::string folder = cache_folder(), file = folder + "/kallsyms-" + fingerprint(image);
    std::error_code error;
    if (fs::exists(file, error))
        return read_file(file);
    std::string text = boot_for_symbols(files, machine, timeout);
    if (fs::create_directories(folder, error), !error)
        write_new_file(file, text);
    return text;
}

} // namespace mblab::recording
