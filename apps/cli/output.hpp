// SPDX-License-Identifier: GPL-2.0-or-later
// What every command has, declared once: where its result goes (-o), in which form (--json, --as), how much of it (-q).
#pragma once

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json_fwd.hpp>

#include <memory>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mblab {

/// A form that the result of a command can have besides text and JSON. It goes to each file of -o whose name ends in
/// .ENDING, to standard output with --as ENDING, and with an option of its own to a file of any name.
struct Form {
    std::string_view ending, what;
    std::string_view option = ending; // without the dashes
};

/// The result of the command that runs. Text goes to standard output, or to the files of -o that have no other form.
class Output {
  public:
    Output();
    ~Output();

    /// Declare -o, --json and -q, each where the command has no option of that name. Both live as long as this.
    void add_to(CLI::App &command, std::span<const Form> forms = {});

    bool is_quiet() const { return quiet_; }
    /// Where the result may be made in the form or not: whether somebody asks for it.
    bool wants(std::string_view ending) const;
    /// Throws Error, as print() does not.
    void write(std::string_view ending, std::string_view text);
    void print(std::string_view text);
    /// What the result says, by name: the members of the JSON object.
    nlohmann::ordered_json &facts() { return *facts_; }

    /// Whether --json FILE.json can be -o FILE.json: where -o is not what a command has of its own.
    bool is_for_files(const CLI::App &command) const;

    /// Of a command that throws an Error: what it printed before, and as JSON the error, too. Throws Error.
    void finish_failed(std::string_view command, std::string_view error);
    /// All that is to be written at the end. Throws Error, also where nothing came of a form that somebody asked for.
    void finish(std::string_view command, int status);

  private:
    /// Where the result goes: text where the ending is empty.
    struct Target {
        std::string path;
        std::string_view ending;
    };
    void add_target(const std::string &path, std::string_view ending);
    /// Where there is one, text goes there instead of to standard output.
    bool has_text_file() const { return has_target(""); }
    bool has_target(std::string_view ending) const;
    void add_option_of(CLI::App &command, const Form &form);
    /// The form of standard output. Throws Error where it is to have two.
    void set_form(std::string_view ending);
    void write_files(std::string_view ending, std::string_view text);
    void write_json(std::string_view command, int status);

    std::vector<Target> targets_;
    std::set<std::string_view> written_; // the endings
    std::set<const CLI::App *> for_files_;
    std::string_view form_; // of standard output; empty for text
    std::string text_;
    bool quiet_ = false;
    std::unique_ptr<nlohmann::ordered_json> facts_;
};

Output &output();

/// A part of the result, as text.
template <typename... Values> void say(fmt::format_string<Values...> format, Values &&...values)
{
    output().print(fmt::format(format, std::forward<Values>(values)...));
}

/// A remark on standard error, not with -q.
template <typename... Values> void remark(fmt::format_string<Values...> format, Values &&...values)
{
    if (!output().is_quiet())
        fmt::print(stderr, "{}", fmt::format(format, std::forward<Values>(values)...));
}

/// Run a script whose standard output is a part of the result. Its exit status, as one of a command's.
int say_what_it_prints(std::vector<std::string> words);

} // namespace mblab
