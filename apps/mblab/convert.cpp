// SPDX-License-Identifier: GPL-2.0-or-later
#include "apps/cli/command.hpp"
#include "apps/cli/options.hpp"
#include "apps/cli/output.hpp"

#include "core/base/error.hpp"
#include "core/base/files.hpp"
#include "core/engine/black_box.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace mblab {
namespace {

struct ConvertOptions {
    std::vector<std::string> files;
    std::string out;
    bool binary = false, black_box = false;
};

bool is_text(std::string_view content)
{
    return std::all_of(
        content.begin(), content.begin() + static_cast<ptrdiff_t>(std::min<size_t>(content.size(), 256)),
        [](char c) { return (c >= ' ' && c <= '~') || std::string_view("\n\t\r").find(c) != std::string_view::npos; });
}

std::string convert(const std::string &path, bool binary)
{
    const std::string content = read_file(path);
    if (binary || !is_text(content))
        return print_trace(decode_trace({reinterpret_cast<const uint8_t *>(content.data()), content.size()}));
    const std::vector<uint8_t> bytes = encode_trace(parse_trace(content, path));
    return {bytes.begin(), bytes.end()};
}

/// What a process did last with an engine, and the calls that led there.
std::string left_behind(const std::string &path)
{
    const BlackBox box = BlackBox::read(path);
    if (!box.is_inside())
        throw Error(fmt::format("{}: no engine was running", path));
    return fmt::format("# {}\n{}", box.doing(), print_trace(box.trace()));
}

} // namespace

void add_convert(CLI::App &app, int &)
{
    auto options = std::make_shared<ConvertOptions>();
    CLI::App *command = app.add_subcommand(
        "convert", "Turn traces from text into the fuzzers' binary form, and binary inputs into text");
    command->add_option("FILE", options->files, "Traces: one in text becomes binary, any other becomes text")
        ->required();
    command->add_option("--output,--out,-o", options->out,
                        "Folder for the results, named by content; without it, they go to standard output");
    command->add_flag("--binary", options->binary, "Read all files as binary, even those that look like text");
    command->add_flag(
        "--black-box", options->black_box,
        "The file is the $MBLAB_BLACK_BOX of a fuzz target that ended: print the calls that it was making");
    command->callback([options] {
        for (const std::string &path : options->files) {
            const std::string result = options->black_box ? left_behind(path) : convert(path, options->binary);
            if (options->out.empty())
                say("{}", result);
            else
                keep_file(options->out, "", "", result);
        }
    });
}

} // namespace mblab
