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

constexpr std::string_view json_ending = "json";

/// The form that a file's name asks for; empty is text.
std::string_view ending_of(const std::string &path, std::span<const Form> forms)
{
    const auto is = [extension = std::filesystem::path(path).extension().string()](std::string_view ending) {
        return extension == fmt::format(".{}", ending);
    };
    for (const Form &form : forms)
        if (is(form.ending))
            return form.ending;
    return is(json_ending) ? json_ending : std::string_view();
}

/// A file that cannot be written is refused before the work, not after it.
void check_new_file(const std::string &path)
{
    if (path.empty())
        throw Error("-o '': no file has that name");
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
    if (!has("-o")) {
        for_files_.insert(&command);
        command
            .add_option_function<std::vector<std::string>>(
                "--output,--out,-o",
                [this, forms](const std::vector<std::string> &paths) {
                    for (const std::string &path : paths)
                        if (path != "-")
                            add_target(path, ending_of(path, forms));
                },
                fmt::format("A new file for the result, may be repeated: {}; else text, which is then not printed",
                            others))
            ->allow_extra_args(false)
            ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
            ->type_name("FILE");
    }
    if (!forms.empty()) {
        std::vector<std::string> endings;
        for (const Form &form : forms)
            endings.emplace_back(form.ending);
        command
            .add_option_function<std::string>(
                "--as",
                [this, forms](const std::string &as) { set_form(std::ranges::find(forms, as, &Form::ending)->ending); },
                "The form of the result on standard output; default is text")
            ->check(CLI::IsMember(endings));
        for (const Form &form : forms)
            add_option_of(command, form);
    }
    if (!has("--json"))
        command.add_flag_callback(
            "--json", [this] { set_form(json_ending); }, "The result as a JSON object instead of text");
    if (!has("-q"))
        command.add_flag("--quiet,-q", quiet_, "No progress and no remarks");
}

void Output::add_option_of(CLI::App &command, const Form &form)
{
    const auto take = [this, ending = form.ending](const std::string &path) {
        if (path == "-")
            set_form(ending);
        else
            add_target(path, ending);
    };
    command
        .add_option_function<std::string>(
            fmt::format("--{}", form.option), take,
            fmt::format("A new file for {}, of any name; - is standard output", form.what))
        ->type_name("FILE");
}

void Output::set_form(std::string_view ending)
{
    if (!form_.empty() && form_ != ending)
        throw Error(fmt::format("standard output has one form: {} or {}, not both", form_, ending));
    form_ = ending;
}

bool Output::is_for_files(const CLI::App &command) const
{
    return for_files_.contains(&command);
}

void Output::add_target(const std::string &path, std::string_view ending)
{
    check_new_file(path);
    if (std::ranges::find(targets_, path, &Target::path) != targets_.end())
        throw Error(fmt::format("{}: named twice", path));
    targets_.push_back({path, ending});
}

bool Output::has_target(std::string_view ending) const
{
    return std::ranges::find(targets_, ending, &Target::ending) != targets_.end();
}

bool Output::wants(std::string_view ending) const
{
    return form_ == ending || has_target(ending);
}

void Output::write_files(std::string_view ending, std::string_view text)
{
    written_.insert(ending);
    for (const Target &target : targets_)
        if (target.ending == ending)
            write_new_file(target.path, text);
}

void Output::write(std::string_view ending, std::string_view text)
{
    write_files(ending, text);
    if (form_ == ending)
        print_out(text);
}

void Output::print(std::string_view text)
{
    if (wants(json_ending) || !targets_.empty())
        text_ += text;
    if (form_.empty() && !has_text_file())
        print_out(text);
}

void Output::write_json(std::string_view command, int status)
{
    Json all{{"command", command}, {"status", status}};
    if (facts_->empty())
        each_line(text_, [&](std::string_view line) { all["lines"].push_back(line); });
    else
        all.update(*facts_);
    const std::string text = dumped(all);
    const bool is_asked = form_ == json_ending;
    write_files("", is_asked ? text : text_);
    write_files(json_ending, text);
    if (is_asked && !has_text_file() && !has_target(json_ending))
        print_out(text);
}

void Output::finish_failed(std::string_view command, std::string_view error)
{
    if (form_ != json_ending)
        return text_.empty() ? void() : write_files("", text_);
    (*facts_)["error"] = error;
    write_json(command, status_error);
}

void Output::finish(std::string_view command, int status)
{
    if (wants(json_ending))
        write_json(command, status);
    else
        write_files("", text_);
    std::vector<std::string_view> asked = {form_};
    for (const Target &target : targets_)
        asked.push_back(target.ending);
    for (const std::string_view ending : asked)
        if (!ending.empty() && !written_.contains(ending))
            throw Error(fmt::format("mblab {} makes no {} of this", command, ending));
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
