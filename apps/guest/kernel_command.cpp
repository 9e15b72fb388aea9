// SPDX-License-Identifier: GPL-2.0-or-later
// mblab kernel: Debian's kernel images, which guests boot.
#include "apps/cli/command.hpp"
#include "apps/cli/output.hpp"

#include "core/run/process.hpp"

#include <memory>
#include <string>
#include <vector>

namespace mblab {
namespace {

int run_get_kernel(const std::string &argument)
{
    return say_what_it_prints({source_folder() + "/apps/guest/get-kernel", argument});
}

} // namespace

void add_kernel(CLI::App &app, int &status)
{
    CLI::App *command =
        app.add_subcommand("kernel", "List or fetch kernel images, which are engines: guest:linux-RELEASE@x86_64");
    command->require_subcommand(1);
    command->add_subcommand("list", "List the releases that Debian's suites have, and the images that are fetched")
        ->callback([&status] { status = run_get_kernel("--list"); });
    auto name = std::make_shared<std::string>();
    CLI::App *get = command->add_subcommand("get", "Fetch an image, unless it is there already");
    get->add_option("NAME", *name, "linux-RELEASE@ARCHITECTURE: x86_64, arm64, riscv64, ppc64le, s390x")->required();
    get->callback([name, &status] { status = run_get_kernel(*name); });
    command->footer("Example: mblab kernel get linux-RELEASE@x86_64");
}

} // namespace mblab
