// SPDX-License-Identifier: GPL-2.0-or-later
#include "apps/record/qemu.hpp"

#include "core/base/error.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace mblab::recording {
namespace {

std::string_view option_name(std::string_view word)
{
    return word.starts_with("--") ? word.substr(1) : word;
}

bool names_one(const Words &options, std::initializer_list<std::string_view> names)
{
    return std::ranges::any_of(
        options, [&](const std::string &word) { return std::ranges::find(names, option_name(word)) != names.end(); });
}

} // namespace

std::string take(Words &options, std::string_view name)
{
    std::string value;
    for (auto word = options.begin(); word != options.end();) {
        if (option_name(*word) != name) {
            ++word;
            continue;
        }
        if (word + 1 == options.end())
            throw Error(fmt::format("QEMU's option {} needs a value", *word));
        value = word[1];
        word = options.erase(word, word + 2);
    }
    return value;
}

Command Qemu::command(const KernelFiles &files, const Machine &machine, const Boot &boot) const
{
    Command made{.words = {files.qemu.empty() ? std::string(machine.qemu) : files.qemu, "-display", "none",
                           "-no-reboot", "-monitor", "none", "-serial", "file:" + console_.path()},
                 .inherited = {console_.fd(), initramfs_.fd()},
                 .output = output_.fd(),
                 .errors = output_.fd(),
                 .hint = "install qemu-system-x86 and qemu-system-arm, or name QEMU with --qemu"};
    const auto add = [&](const Words &words) { made.words.insert(made.words.end(), words.begin(), words.end()); };
    if (!names_one(boot.options, {"-accel", "-enable-kvm"}))
        add({"-accel", "tcg,thread=single"});
    if (!machine.board.empty() && !names_one(boot.options, {"-machine", "-M"}))
        add({"-machine", std::string(machine.board)});
    if (!machine.cpu.empty() && !names_one(boot.options, {"-cpu"}))
        add({"-cpu", std::string(machine.cpu)});
    made.inherited.insert(made.inherited.end(), boot.files.begin(), boot.files.end());
    if (boot.stub >= 0) {
        made.inherited.push_back(boot.stub);
        add({"-S", "-chardev", fmt::format("socket,id=mblab,fd={}", boot.stub), "-gdb", "chardev:mblab"});
    }
    add({"-kernel", files.kernel, "-initrd", boot.initrd.empty() ? initramfs_.path() : boot.initrd, "-append",
         fmt::format("console={} nokaslr panic=-1{}{}", machine.console, boot.append.empty() ? "" : " ", boot.append)});
    add(boot.options);
    return made;
}

} // namespace mblab::recording
