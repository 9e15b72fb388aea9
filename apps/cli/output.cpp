// SPDX-License-Identifier: GPL-2.0-or-later
#include "apps/cli/output.hpp"

#include "apps/cli/command.hpp"
#include "core/base/error.hpp"
#include "core/base/files.hpp"
#include "core/base/text.hpp"
#include "core/run/process.hpp"

#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <unistd.h>

namespace mblab {
namespace {

using Json = nlohmann::ordered_json;

bool ends_in(const std::string &path, std::string_view ending)
{
    return std::filesystem::path(path).extension() == fmt::format(".{}", ending);
}

/// A file that cannot be written is refused before the work, not after it.
void check_new_file(const std::string &path)
{
    if (std::filesystem::exists(path))
        throw Error(fmt::format("{}: exists", path));
    const std::string folder = std::filesystem::absolute(path).parent_path().string();
    if (access(folder.c_str(), W_OK) != 0)
        throw Error(fmt::format("{}: cannot write into {}", path, folder));
}

void print_out(std::string_view text)
{
    std::fwrite(text.data(), 1, text.size(), stdout);
}

std::string dumped(const Json &json)
{
    return json.dump(1, ' ', false, Json::error_handler_t::replace) + '\n';
}

} // namespace

Output::Output() : facts_(std::make_unique<Json>(Json::object())) {}
Output::~Output() = default;

Output &output()
{
    static Output one;
    return one;
}

void Output::add_to(CLI::App &command, std::span<const Form> forms)
{
    const auto has = [&](const char *name) { return command.get_option_no_throw(name) != nullptr; };
    std::string others = "JSON if its name ends in .json";
    for (const Form &form : forms)
        others += fmt::format(", {} if in .{}", form.what, form.ending);
    if (!has("-o"))
        command
            .add_option_function<std::vector<std::string>>(
                "--output,--out,-o",
                [this, forms](const std::vector<std::string> &paths) {
                    forms_ = forms;
                    files_ = paths;
                    std::erase(files_, "-");
                    std::ranges::for_each(files_, check_new_file);
                },
                fmt::format("A new file for the result instead of standard output, may be repeated: {}", others))
            ->allow_extra_args(false)
            ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
            ->type_name("FILE");
    if (!forms.empty()) {
        std::vector<std::string> endings;
        for (const Form &form : forms)
            endings.emplace_back(form.ending);
        command.add_option("--as", as_, "The form of the result on standard output; default is text")
            ->check(CLI::IsMember(endings));
        for (const Form &form : forms)
            add_option_of(command, form);
    }
    if (!has("--json"))
        command.add_flag("--json", json_, "The result as a JSON object instead of text");
    if (!has("-q"))
        command.add_flag("--quiet,-q", quiet_, "No progress and no remarks");
}

void Output::add_option_of(CLI::App &command, const Form &form)
{
    const auto take = [this, ending = form.ending](const std::string &path) {
        if (path == "-") {
            as_ = ending;
            return;
        }
        check_new_file(path);
        named_.emplace_back(path, ending);
    };
    command
        .add_option_function<std::string>(
            fmt::format("--{}", form.option), take,
            fmt::format("A new file for {}, of any name; - is standard output", form.what))
        ->type_name("FILE");
}

bool Output::is_of_form(const std::string &path) const
{
    return ends_in(path, "json") ||
           std::ranges::any_of(forms_, [&](const Form &form) { return ends_in(path, form.ending); });
}

bool Output::has_no_plain_file() const
{
    return std::ranges::all_of(files_, [&](const std::string &path) { return is_of_form(path); });
}

bool Output::wants(std::string_view ending) const
{
    return as_ == ending || std::ranges::any_of(named_, [&](const auto &each) { return each.second == ending; }) ||
           std::ranges::any_of(files_, [&](const std::string &path) { return ends_in(path, ending); });
}

void Output::write(std::string_view ending, std::string_view text)
{
    for (const std::string &path : files_)
        if (ends_in(path, ending))
            write_new_file(path, text);
    for (const auto &[path, of] : named_)
        if (of == ending)
            write_new_file(path, text);
    if (as_ == ending)
        print_out(text);
}

void Output::print(std::string_view text)
{
    if (json_ || !files_.empty())
        text_ += text;
    if (!json_ && as_.empty() && has_no_plain_file())
        print_out(text);
}

void Output::write_plain(std::string_view text)
{
    for (const std::string &path : files_)
        if (!is_of_form(path))
            write_new_file(path, text);
}

void Output::finish_text()
{
    if (!text_.empty() && !json_)
        write_plain(text_);
}

void Output::finish(std::string_view command, int status)
{
    if (!json_ && !wants("json"))
        return write_plain(text_);
    Json all{{"command", command}, {"status", status}};
    if (facts_->empty())
        each_line(text_, [&](std::string_view line) { all["lines"].push_back(line); });
    else
        all.update(*facts_);
    const std::string text = dumped(all);
    write_plain(json_ ? text : text_);
    write("json", text);
    if (json_ && has_no_plain_file() && !wants("json"))
        print_out(text);
}

int say_what_it_prints(std::vector<std::string> words)
{
    const NamelessFile printed;
    Child script(Command{.words = std::move(words), .output = printed.fd()});
    script.wait();
    output().print(read_file(printed.path()));
    return script.status() == 0 ? status_good : status_error;
}

} // namespace mblab
