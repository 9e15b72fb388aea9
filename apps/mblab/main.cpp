// SPDX-License-Identifier: GPL-2.0-or-later
// mblab: the command line of memblock-lab.
#include "apps/cli/command.hpp"
#include "apps/cli/meant.hpp"
#include "apps/cli/output.hpp"
#include "apps/guest/kernels.hpp"

#include "core/base/error.hpp"
#include "core/run/sanitized.hpp"
#include "core/run/supervised.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <exception>
#include <fcntl.h>
#include <span>
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

/// What commands are for; the help lists them by it.
constexpr const char *learn = "Look and learn", *compare = "Run and compare", *boots = "Boots of real machines",
                     *keep = "Keep and hand on";
/// What exit statuses tell. own: the help of the command says it itself.
constexpr const char *finds = "Exit status: 0 no finding, 1 a finding, 2 bad usage or input.\n",
                     *done = "Exit status: 0 done, 2 bad usage or input.\n", *own = "";

/// What a command and its subcommands have in common with all others.
void complete(CLI::App &command, const std::string &exits)
{
    if (command.get_require_subcommand_min() == 0)
        output().add_to(command);
    command.footer(exits + command.get_footer());
    for (CLI::App *part : command.get_subcommands([](const CLI::App *) { return true; }))
        complete(*part, exits);
}

void add_commands(CLI::App &app, int &status)
{
    const auto complete_last = [&](const char *group, const char *exits) {
        CLI::App *command = app.get_subcommands([](const CLI::App *) { return true; }).back();
        command->group(group);
        complete(*command, exits);
    };
#define ADD_COMMAND(name, group, exits)                                                                                \
    add_##name(app, status);                                                                                           \
    complete_last(group, exits);
    MBLAB_COMMANDS(ADD_COMMAND)
#undef ADD_COMMAND
}

/// The words that chose the command that ran: "tree list".
std::string chosen(const CLI::App &app)
{
    const std::vector<CLI::App *> commands = app.get_subcommands();
    if (commands.empty())
        return "";
    const std::string rest = chosen(*commands.front());
    return commands.front()->get_name() + (rest.empty() ? "" : " " + rest);
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

/// The command that the words name: each of the first ones a command of the one before, as long as that needs one.
/// Throws Error where there is none of a name.
const CLI::App *command_of(const CLI::App &app, std::span<const std::string> words)
{
    if (words.empty() || words.front().starts_with('-'))
        return &app;
    const bool is_program = app.get_parent() == nullptr;
    std::vector<std::string> names(is_program ? 1 : 0, "help");
    for (const CLI::App *command : app.get_subcommands([](const CLI::App *) { return true; })) {
        if (command->check_name(words.front()))
            return command_of(*command, words.subspan(1));
        names.push_back(command->get_name());
    }
    if (app.get_require_subcommand_min() == 0)
        return &app;
    const std::string name = is_program ? "" : app.get_name() + ' ';
    throw Error(fmt::format("no command {}{}{} (mblab {}--help lists them)", name, words.front(),
                            meant(words.front(), names), name));
}

/// What is wrong with the command line, in one line.
std::string complaint(const CLI::ParseError &error, const CLI::App &command)
{
    std::string text = error.what();
    std::vector<std::string> names;
    for (const CLI::Option *option : command.get_options())
        for (const std::string &name : option->get_lnames())
            names.push_back("--" + name);
    const std::vector<std::string> left = CLI::detail::split(text.substr(text.find(": ") + 2), ' '); // from the last
    const auto is = [&](CLI::ExitCodes code) { return error.get_exit_code() == static_cast<int>(code); };
    const auto unknown = std::ranges::find_if(left, [](const std::string &word) { return word.starts_with('-'); });
    if (is(CLI::ExitCodes::ExtrasError) && unknown != left.end())
        text = fmt::format("no option {}{}", *unknown, meant(*unknown, names));
    else if (is(CLI::ExitCodes::ExtrasError) && !left.empty())
        text = fmt::format("{}: one argument more than expected", left.back());
    else if (text.find("At Most 1 required") != text.npos)
        text = text.substr(0, text.find(':')) + " is given more than once";
    else if (is(CLI::ExitCodes::RequiredError) && command.get_require_subcommand_min() > 0)
        text = "which command?";
    const std::string name = command.get_parent() ? command.get_display_name() + ' ' : "";
    return fmt::format("{} (see mblab {}--help)", text, name);
}

/// Of a command that failed: what it had printed until then, as on standard output.
void finish_failed(std::string_view command, std::string_view error)
{
    std::fprintf(stderr, "mblab: %.*s\n", static_cast<int>(error.size()), error.data());
    try {
        output().finish_failed(command, error);
    } catch (const Error &other) {
        std::fprintf(stderr, "mblab: %s\n", other.what());
    }
}

/// "--json NAME.json" is "-o NAME.json", where a command takes no file of such a name.
void let_json_name_a_file(const CLI::App &command, std::vector<std::string> &words)
{
    for (size_t i = 0; output().is_for_files(command) && i + 1 < words.size(); i++)
        if (words[i] == "--json" && words[i + 1].ends_with(".json"))
            words[i] = "-o";
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
    int status = status_good;
    add_commands(app, status);
    // Only now: a command begins with the footer that the program has.
    app.footer(
        "A trace is a list of calls; an engine makes them: the port (memblock in C++), a kernel's own mm/memblock.c, "
        "the\nmodel (what memblock is documented to do), a booted kernel. A variant is the configuration that an "
        "engine is built\nfor. A law is what memblock guarantees; a trait is a difference between kernels in what the "
        "same call means; a dialect\nis all of a kernel's traits. mblab help COMMAND explains one command, mblab "
        "manual explains all.\nExit status: 0 no finding, 1 a finding, 2 bad usage or input; 3 incomplete (diff, "
        "explore, "
        "mutate). The help of\neach command has its own statuses.\nStart with: mblab tour 1");
    const CLI::App *command = &app;
    try {
        std::vector<std::string> words = asked({argv + 1, argv + argc});
        if (words.empty())
            throw Error("which command? (mblab --help lists them)");
        command = command_of(app, words);
        let_json_name_a_file(*command, words);
        std::ranges::reverse(words); // as CLI11 takes them
        app.parse(std::move(words));
        output().finish(chosen(app), status);
    } catch (const CLI::ParseError &error) {
        if (error.get_exit_code() == 0)
            return app.exit(error);
        std::fprintf(stderr, "mblab: %s\n", complaint(error, *command).c_str());
        return status_error;
    } catch (const Error &error) {
        finish_failed(chosen(app), error.what());
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
    const auto has = [=](std::string_view option) { return std::find(argv, argv + argc, option) != argv + argc; };
    try {
        if (has("--sanitize"))
            mblab::restart_sanitized(argv);
    } catch (const mblab::Error &error) {
        std::fprintf(stderr, "mblab: %s\n", error.what());
        return mblab::status_error;
    }
    int status = mblab::supervised([=] { return mblab::run(argc, argv); }, has("--json"));
    // git bisect run takes any error but this one for a bad commit.
    constexpr int cannot_be_tested = 125;
    if (status == mblab::status_error && has("--bisect"))
        status = cannot_be_tested;
    // The work was a child's, and so was its end: what runs at an exit ran there.
    _exit(status);
}
