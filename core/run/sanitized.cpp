// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/run/sanitized.hpp"

#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "core/run/process.hpp"
#include "core/run/side.hpp"

#include <fmt/format.h>

#include <cstdlib>
#include <filesystem>
#include <sys/utsname.h>
#include <unistd.h>

namespace mblab {
namespace {

constexpr char preload[] = "LD_PRELOAD", marker[] = "MBLAB_SANITIZED";

/// A file of the compiler's own; where it has none of that name, it repeats the name.
std::string runtime()
{
    utsname machine{};
    uname(&machine);
    const std::string clang = compiler();
    for (const std::string &name :
         {fmt::format("libclang_rt.asan-{}.so", machine.machine), std::string("libclang_rt.asan.so")})
        if (const std::string path(first_lines(run_process({clang, "-print-file-name=" + name}).output));
            std::filesystem::exists(path))
            return path;
    throw Error(fmt::format("{} has no shared runtime of the address sanitizer (Debian: libclang-rt-19-dev)", clang));
}

void set(const char *name, const std::string &value)
{
    if (setenv(name, value.c_str(), 1) != 0)
        throw Error(fmt::format("cannot set {}", name));
}

} // namespace

void restart_sanitized(char **argv)
{
    if (is_sanitized()) { // what this process starts is to run without: it is loaded once
        unsetenv(preload);
        return;
    }
    set(preload, runtime());
    set(marker, "1");
    // Lines of code are named by who looks at a finding, not by each child that dies of one.
    set("ASAN_OPTIONS", "detect_leaks=0:symbolize=0");
    set("UBSAN_OPTIONS", "symbolize=0");
    execv("/proc/self/exe", argv);
    throw Error("cannot run this program once more, with the address sanitizer");
}

bool is_sanitized()
{
    return std::getenv(marker) != nullptr;
}

} // namespace mblab
