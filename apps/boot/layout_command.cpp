// SPDX-License-Identifier: GPL-2.0-or-later
#include "apps/cli/command.hpp"
#include "apps/cli/output.hpp"

#include "apps/boot/layout.hpp"
#include "apps/boot/log.hpp"
#include "core/base/error.hpp"
#include "core/base/files.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <memory>

namespace mblab {
namespace {

struct LayoutOptions {
    std::string file;
    std::string kind = "auto";
};

// Any machine's map is a hundredth of this.
constexpr size_t file_max = 256u << 20;

Layout layout_of(const LayoutOptions &options)
{
    const LayoutKind kind = layout_kind(options.kind);
    std::string text;
    stream_file(options.file, [&](std::string_view piece) {
        if (text.size() + piece.size() > file_max)
            throw Error(fmt::format("{}: larger than any memory map", options.file));
        text += piece;
    });
    return read_layout(text, options.file, kind);
}

} // namespace

void add_layout(CLI::App &app, int &)
{
    auto options = std::make_shared<LayoutOptions>();
    CLI::App *command = app.add_subcommand("layout", "Make a starting layout, as a trace, from a machine's memory map");
    command
        ->add_option(
            "FILE", options->file,
            "A kernel log, /proc/iomem, an e820 listing, a device-tree blob or debugfs files; plain or packed; - is "
            "standard input")
        ->required();
    command->add_option("--kind", options->kind, "auto, log, iomem, e820, dtb or debugfs")->capture_default_str();
    command->footer("Example: mblab layout /proc/iomem -o here.trace");
    command->callback([options] {
        const std::string text = print_layout(layout_of(*options));
        say("{}", text);
        output().facts()["trace"] = text;
    });
}

} // namespace mblab
