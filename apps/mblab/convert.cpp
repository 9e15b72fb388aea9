// SPDX-License-Identifier: GPL-2.0-or-later
#include "apps/cli/command.hpp"
#include "apps/cli/options.hpp"

#include "core/base/files.hpp"

#include <algorithm>

namespace mblab {
namespace {

struct ConvertOptions {
    std::vector<std::string> files;
    std::string out;
    bool binary = false;
};

bool is_text(std::string_view content)
{
    return std::all_of(content.begin(), content.begin() + static_cast<ptrdiff_t>(std::min<size_t>(content.size(), 256)),
                       [](char c) { return c == '\n' || c == '\t' || c == '\r' || (c >= ' ' && c <= '~'); });
}

std::string convert(const std::string &path, bool binary)
{
    const std::string content = read_file(path);
    if (binary || !is_text(content))
        return print_trace(decode_trace({reinterpret_cast<const uint8_t *>(content.data()), content.size()}));
    const std::vector<uint8_t> bytes = encode_trace(parse_trace(content, path));
    return {bytes.begin(), bytes.end()};
}

} // namespace

void add_convert(CLI::App &app, int &)
{
    auto options = std::make_shared<ConvertOptions>();
    CLI::App *command = app.add_subcommand(
        "convert", "Turn traces from text into the fuzzers' binary form, and binary inputs into text");
    command->add_option("FILE", options->files, "Traces, in either form")->required();
    command->add_option("--out", options->out,
                        "Folder for the results, named by content; without it, they go to standard output");
    command->add_flag("--binary", options->binary, "The files are inputs, even those that look like text");
    command->callback([options] {
        for (const std::string &path : options->files) {
            const std::string result = convert(path, options->binary);
            if (options->out.empty())
                write_output("", result);
            else
                keep_file(options->out, "", "", result);
        }
    });
}

} // namespace mblab
