// SPDX-License-Identifier: GPL-2.0-or-later
// A kernel under QEMU: a process of ours, with what the machine prints, and what QEMU says.
#pragma once

#include "apps/record/machine.hpp"
#include "core/base/files.hpp"
#include "core/base/text.hpp"
#include "core/run/process.hpp"

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

namespace mblab::recording {

using Words = std::vector<std::string>;

/// What a kernel is booted with.
struct KernelFiles {
    std::string kernel;  // image
    std::string busybox; // static, of the kernel's architecture; for the boot that prints its symbols
    std::string symbols; // text of /proc/kallsyms; empty: from the cache, or from such a boot
    std::string qemu;    // program; empty: the architecture's
};

/// Takes an option of QEMU's out, and gives its value; empty when it is not there. Both -append and --append are
/// QEMU's.
std::string take(Words &options, std::string_view name);

class Qemu {
  public:
    struct Boot {
        std::string append;       // to the kernel's command line
        Words options{};          // of QEMU's
        std::string initrd{};     // a file, or empty for the archive initramfs
        int stub = -1;            // a socket to speak with QEMU's gdb stub, which the machine waits for
        std::vector<int> files{}; // descriptors that the options name
    };
    Qemu(const KernelFiles &files, const Machine &machine, const Boot &boot, std::string_view initramfs)
        : initramfs_(initramfs), child_(command(files, machine, boot))
    {
    }

    std::string console() const { return read_file(console_.path()); }
    /// What QEMU said last.
    std::string complaint() const { return last_line(read_file(output_.path())); }
    bool ends_within(std::chrono::milliseconds limit) { return child_.ends_within(limit); }

  private:
    Command command(const KernelFiles &files, const Machine &machine, const Boot &boot) const;

    NamelessFile console_, output_, initramfs_;
    Child child_;
};

} // namespace mblab::recording
