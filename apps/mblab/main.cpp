// SPDX-License-Identifier: GPL-2.0-or-later
// mblab: the command line of memblock-lab.
#include "apps/cli/command.hpp"
#include "apps/guest/kernels.hpp"

#include "core/base/error.hpp"

#include <cstdio>
#include <exception>

int main(int argc, char **argv)
{
    mblab::guest::add_guests();
    CLI::App app("memblock-lab: run, compare and check implementations of the Linux boot allocator, memblock.");
    app.require_subcommand(1);
    app.footer("Exit status: 0 no finding, 1 a finding, 2 bad usage or input.\n"
               "Start with: mblab engines; mblab run corpus/regressions/*.trace");
    int status = mblab::status_good;
#define ADD_COMMAND(name) mblab::add_##name(app, status);
    MBLAB_COMMANDS(ADD_COMMAND)
#undef ADD_COMMAND
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError &error) {
        return app.exit(error) == 0 ? mblab::status_good : mblab::status_error;
    } catch (const mblab::Error &error) {
        std::fprintf(stderr, "mblab: %s\n", error.what());
        return mblab::status_error;
    } catch (const std::exception &error) {
        std::fprintf(stderr, "mblab: unexpected: %s\n", error.what());
        return mblab::status_error;
    }
    return status;
}
