// SPDX-License-Identifier: GPL-2.0-or-later
// mblab: the command line of memblock-lab.
#include "apps/cli/command.hpp"
#include "apps/cli/meant.hpp"
#include "apps/guest/kernels.hpp"

#include "core/base/error.hpp"
#include "core/run/supervised.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <exception>
#include <fcntl.h>
#include <string>
#include <string_view>
#include <unistd.h>
#include <utility>
#include <vector>

namespace mblab {
namespace {

/// A standard stream that is closed would be the next file that is opened; writing to this one fails.
void open_standard_streams()
{
    int number = 0;
    do
        number = open("/dev/null", O_RDONLY);
    while (number >= 0 && number <= STDERR_FILENO);
    close(number);
}

/// The help lists the commands by what they are for.
constexpr struct {
    const char *title;
    std::string_view names;
} groups[] = {
    {"Look and learn", " tour view engines ops laws "},
    {"Run and compare", " run diff explore minimize random semantics suite findings mutate since watch "},
    {"Boots of real machines", " boot record layout compare-allocators kernel "},
    {"Keep and hand on", " regress export convert summary tree cache manual "},
};

/// Commands whose exit status tells of a finding. The help of one that has more to say of it says so itself.
constexpr std::string_view that_find = " run random suite semantics findings ";

bool names(std::string_view list, const CLI::App &command)
{
    return list.find(' ' + command.get_name() + ' ') != list.npos;
}

void complete_help(CLI::App &app)
{
    for (CLI::App *command : app.get_subcommands([](const CLI::App *) { return true; })) {
        for (const auto &group : groups)
            if (names(group.names, *command))
                command->group(group.title);
        const std::string footer = command->get_footer();
        if (footer.find("Exit status") == footer.npos)
            command->footer((names(that_find, *command)
                                 ? "Exit status: 0 no finding, 1 a finding, 2 bad usage or input.\n"
                                 : "Exit status: 0 done, 2 bad usage or input.\n") +
                            footer);
        complete_help(*command);
    }
}

/// "help run" asks what "run --help" asks.
std::vector<std::string> asked(std::vector<std::string> words)
{
    if (words.empty() || words.front() != "help")
        return words;
    words.erase(words.begin());
    if (!words.empty() && words.front() == "help")
        words.clear();
    words.emplace_back("--help");
    return words;
}

/// The first word that is no option names a command. Throws Error where there is none of that name.
void check_command(const CLI::App &app, const std::vector<std::string> &words)
{
    std::vector<std::string> names = {"help"};
    for (const CLI::App *command : app.get_subcommands([](const CLI::App *) { return true; })) {
        if (command->check_name(words.front()))
            return;
        names.push_back(command->get_name());
    }
    throw Error(fmt::format("no command {}{} (mblab --help lists them)", words.front(), meant(words.front(), names)));
}

std::string version()
{
    return fmt::format("memblock-lab {}; its port is one of Linux {}", MBLAB_VERSION, MBLAB_PORT_KERNEL);
}

int run(int argc, char **argv)
{
    mblab::guest::add_guests();
    CLI::App app("memblock-lab: run, compare and check implementations of the Linux boot allocator, memblock.");
    app.name("mblab");
    app.require_subcommand(1);
    app.set_version_flag("--version", version);
    app.footer(
        "A trace is a list of calls; an engine makes them: the port (memblock in C++), a kernel's own mm/memblock.c, "
        "the\nmodel (what memblock is documented to do), a booted kernel. A variant is the configuration that an "
        "engine is built\nfor. A law is what memblock guarantees; a trait is a difference between kernels in what the "
        "same call means; a dialect\nis all of a kernel's traits. mblab help COMMAND explains one command, mblab "
        "manual all.\nExit status: 0 no finding, 1 a finding, 2 bad usage or input; 3 incomplete (diff, explore, "
        "mutate). The help of\neach command has its own.\nStart with: mblab tour 1");
    int status = status_good;
#define ADD_COMMAND(name) add_##name(app, status);
    MBLAB_COMMANDS(ADD_COMMAND)
#undef ADD_COMMAND
    complete_help(app);
    try {
        std::vector<std::string> words = asked({argv + 1, argv + argc});
        if (words.empty())
            throw Error("which command? (mblab --help lists them)");
        if (!words.front().starts_with('-'))
            check_command(app, words);
        std::ranges::reverse(words); // as CLI11 takes them
        app.parse(std::move(words));
    } catch (const CLI::ParseError &error) {
        return app.exit(error) == 0 ? status_good : status_error;
    } catch (const Error &error) {
        std::fprintf(stderr, "mblab: %s\n", error.what());
        return status_error;
    } catch (const std::exception &error) {
        if (std::ferror(stdout)) // supervised() says so
            return status_error;
        std::fprintf(stderr, "mblab: unexpected: %s\n", error.what());
        return status_error;
    }
    return status;
}

} // namespace
} // namespace mblab

int main(int argc, char **argv)
{
    mblab::open_standard_streams();
    int status = mblab::supervised([=] { return mblab::run(argc, argv); });
    // git bisect run takes any error but this one for a bad commit.
    constexpr int cannot_be_tested = 125;
    if (status == mblab::status_error &&
        std::any_of(argv, argv + argc, [](const char *word) { return std::string_view(word) == "--bisect"; }))
        status = cannot_be_tested;
    // The work was a child's, and so was its end: what runs at an exit ran there.
    _exit(status);
}
