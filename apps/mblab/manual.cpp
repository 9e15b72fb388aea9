// SPDX-License-Identifier: GPL-2.0-or-later
// The manual page and bash's completion, out of what CLI11 knows: neither can miss an option.
#include "apps/cli/command.hpp"
#include "apps/cli/output.hpp"

#include <fmt/format.h>

#include <memory>
#include <string_view>
#include <vector>

namespace mblab {
namespace {

std::vector<const CLI::App *> subcommands_of(const CLI::App &app)
{
    return app.get_subcommands([](const CLI::App *command) { return !command->get_name().empty(); });
}

/// Each way to write it: "--engine", "-e".
std::vector<std::string> spellings(const CLI::Option &option)
{
    std::vector<std::string> names;
    for (const std::string &name : option.get_snames())
        names.push_back("-" + name);
    for (const std::string &name : option.get_lnames())
        names.push_back("--" + name);
    return names;
}

// ---- the manual page ----

/// Text as roff takes it literally.
std::string roff(std::string_view text)
{
    std::string out;
    bool line_begins = true;
    for (const char letter : text) {
        if (line_begins && (letter == '.' || letter == '\''))
            out += "\\&";
        line_begins = letter == '\n';
        if (letter == '\\')
            out += "\\e";
        else if (letter == '-')
            out += "\\-";
        else
            out += letter;
    }
    return out;
}

std::string bold(std::string_view text)
{
    return "\\fB" + roff(text) + "\\fR";
}

std::string italic(std::string_view text)
{
    return "\\fI" + roff(text) + "\\fR";
}

/// Lines that stay lines.
std::string paragraph(std::string_view text)
{
    return text.empty() ? "" : fmt::format(".PP\n.nf\n{}\n.fi\n", roff(text));
}

std::string synopsis(const CLI::App &app, const std::string &name)
{
    std::string text = bold(name);
    if (!subcommands_of(app).empty())
        text += " " + italic("COMMAND");
    text += " [" + italic("OPTIONS") + "]";
    for (const CLI::Option *option : app.get_options())
        if (option->get_positional()) {
            const std::string word = italic(option->get_name(true)) + (option->get_expected_max() > 1 ? "..." : "");
            text += option->get_required() ? " " + word : " [" + word + "]";
        }
    return text;
}

/// What a value is: of "UINT:INT in [1 - 9]" the first part, of "TEXT:{port,tree}" the choice.
std::string value_of(const CLI::Option &option)
{
    std::string type = option.get_type_name();
    const size_t colon = type.find(':');
    if (colon == type.npos)
        return type;
    return type[colon + 1] == '{' ? type.substr(colon + 1) : type.substr(0, colon);
}

std::string option_entry(const CLI::Option &option)
{
    std::string names;
    for (const std::string &name : spellings(option))
        names += (names.empty() ? "" : ", ") + bold(name);
    if (option.get_positional())
        names = italic(option.get_name(true));
    else if (option.get_items_expected_max() > 0)
        names += " " + italic(value_of(option));
    std::string text = option.get_description();
    if (!option.get_default_str().empty())
        text += fmt::format(" (default: {})", option.get_default_str());
    return fmt::format(".TP\n{}\n{}\n", names, roff(text));
}

std::string command_section(const CLI::App &app, const std::string &name)
{
    std::string text = fmt::format(".SS {}\n{}\n", synopsis(app, name), roff(app.get_description()));
    for (const CLI::Option *option : app.get_options())
        if (option->get_name() != "--help")
            text += option_entry(*option);
    text += paragraph(app.get_footer());
    for (const CLI::App *command : subcommands_of(app))
        text += command_section(*command, name + " " + command->get_name());
    return text;
}

constexpr std::string_view prose = R"(.SS What it is about
A trace is a list of calls of memblock, run from the first moment of boot. An engine is what makes the calls: the port, a kernel's own mm/memblock.c, the model, a booted kernel, or one of memblock's predecessors. A variant is the configuration that an engine is compiled for. Engines are compared call by call, and laws, which state what memblock guarantees, are checked after each call.
.PP
An engine is named in the same way everywhere: \fBport\fR, \fBmodel\fR, \fBlinux\-\fR\fIRELEASE\fR where one is built, the folder of a kernel tree, \fBgit:\fR\fIREPO\fR\fB@\fR\fIREV\fR with any number of \fB+\fR\fIPATCH\fR, a shared object, or \fBguest:linux\-\fR\fIRELEASE\fR\fB@x86_64\fR.
)";

constexpr std::string_view files = R"(.SH FILES
.TP
.I ~/.cache/memblock\-lab
What can be made or fetched again: engines of trees, files out of repositories, kernel images, symbols, states of worlds. \fBmblab cache\fR lists and reduces it.
.TP
.I build/fuzz/findings
Traces of findings of ci/fuzz, one for each, with a comment that explains it.
.TP
.I build/fuzz/corpus
Inputs that fuzzing found worth keeping, by target.
.TP
.I corpus/
Traces, logs and worlds that the project keeps.
.SH SEE ALSO
README.md and docs/ of memblock\-lab; mm/memblock.c of the kernel
)";

constexpr std::string_view environment = R"(.SH ENVIRONMENT
.TP
.B MBLAB_ENGINES
The folder with the engines; default is beside the program or in ../lib/memblock\-lab/engines.
.TP
.B MBLAB_HOME
The folder with core, shim and memblock, from which engines are built; default is ../share/memblock\-lab or where the program was built.
.TP
.B MBLAB_CACHE
Where engines that diff builds and symbols that record reads are kept; default is memblock\-lab in the cache folder of the user.
.TP
.B MBLAB_CLANG
The clang that diff builds engines with.
.TP
.B MBLAB_DIFF_FUZZER
The program diff\-engines that diff searches with.
)";

std::string man_page(const CLI::App &app)
{
    std::string text = fmt::format(".\\\" SPDX-License-Identifier: GPL-2.0-or-later\n"
                                   ".TH MBLAB 1 \"\" \"memblock-lab {}\" \"memblock-lab\"\n"
                                   ".SH NAME\nmblab \\- run, compare and check implementations of memblock\n"
                                   ".SH SYNOPSIS\n{}\n.SH DESCRIPTION\n{}\n{}.SH COMMANDS\n",
                                   MBLAB_VERSION, synopsis(app, "mblab"), roff(app.get_description()),
                                   paragraph(app.get_footer()) + std::string(prose));
    for (const CLI::App *command : subcommands_of(app))
        text += command_section(*command, "mblab " + command->get_name());
    return text.append(environment).append(files);
}

// ---- bash's completion ----

/// One case for each command: the words that may follow, by the path of commands before them.
std::string cases(const CLI::App &app, const std::string &path)
{
    std::string words;
    for (const CLI::App *command : subcommands_of(app))
        words += command->get_name() + " ";
    for (const CLI::Option *option : app.get_options())
        for (const std::string &name : spellings(*option))
            words += name + " ";
    words.resize(words.empty() ? 0 : words.size() - 1);
    std::string text = fmt::format("\t'{}') words='{}' ;;\n", path, words);
    for (const CLI::App *command : subcommands_of(app))
        text += cases(*command, path + " " + command->get_name());
    return text;
}

/// The path of every command, as a pattern of bash's case.
std::string paths(const CLI::App &app, const std::string &path)
{
    std::string text;
    for (const CLI::App *command : subcommands_of(app)) {
        const std::string longer = path + " " + command->get_name();
        text += fmt::format("{}'{}'{}", path == "mblab" && text.empty() ? "" : " | ", longer, paths(*command, longer));
    }
    return text;
}

std::string bash_completion(const CLI::App &app)
{
    constexpr std::string_view form = R"bash(# SPDX-License-Identifier: GPL-2.0-or-later
# bash completion of mblab, made by: mblab manual --bash
_mblab()
{{
	local current=${{COMP_WORDS[COMP_CWORD]}} before=${{COMP_WORDS[COMP_CWORD - 1]}} path=mblab words='' word
	for word in "${{COMP_WORDS[@]:1:COMP_CWORD-1}}"; do
		case "$path $word" in {0}) path+=" $word" ;; esac
	done
	case $path in
{1}	esac
	# What there is to choose from, the program itself says.
	case $before in
	--variant) words=$("${{COMP_WORDS[0]}}" engines 2>/dev/null | sed '1,/^variants/d' | awk '{{ print $1 }}') ;;
	--engine | -e) words=$("${{COMP_WORDS[0]}}" engines 2>/dev/null | sed '/^variants/,$d' | awk '/^ / {{ print $1 }}') ;;
	esac
	case $path in
	'mblab ops') words+=" $("${{COMP_WORDS[0]}}" ops 2>/dev/null | sed 's/^[^ ]* *//; s/(.*//')" ;;
	'mblab laws') words+=" $("${{COMP_WORDS[0]}}" laws 2>/dev/null | sed -n 's/^| `\([^`]*\)`.*/\1/p')" ;;
	'mblab') [ "$before" != help ] || words='{2}' ;;
	'mblab explore') words+=" $("${{COMP_WORDS[0]}}" explore --list 2>/dev/null | awk '{{ print $1 }}')" ;;
	esac
	mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current" | sort -u
		[[ $current = -* || $path = mblab || $before = --variant ]] || compgen -f -- "$current")
}}
complete -o filenames -F _mblab mblab
)bash";
    std::string commands;
    for (const CLI::App *command : subcommands_of(app))
        commands += (commands.empty() ? "" : " ") + command->get_name();
    return fmt::format(form, paths(app, "mblab"), cases(app, "mblab"), commands);
}

} // namespace

void add_manual(CLI::App &app, int &status)
{
    CLI::App *command = app.add_subcommand("manual", "Print the manual page, in roff");
    auto bash = std::make_shared<bool>(false);
    command->add_flag("--bash", *bash, "Print a completion for bash instead, to be sourced");
    command->footer("Example: mblab manual | man -l -");
    command->callback([&app, &status, bash] {
        say("{}", *bash ? bash_completion(app) : man_page(app));
        status = status_good;
    });
}

} // namespace mblab
