// SPDX-License-Identifier: GPL-2.0-or-later
#include "apps/cli/command.hpp"

#include "apps/tree/inventory.hpp"
#include "core/base/error.hpp"
#include "core/base/files.hpp"
#include "core/run/process.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <memory>

namespace mblab {
namespace {

namespace fs = std::filesystem;
using tree::Inventory;

/// Indented words, in lines of a readable length.
std::string list(const std::vector<std::string> &words)
{
    constexpr size_t width = 110;
    std::string text, line;
    for (const std::string &word : words) {
        if (!line.empty() && line.size() + word.size() > width) {
            text += "    " + line + '\n';
            line.clear();
        }
        line += (line.empty() ? "" : ", ") + word;
    }
    return line.empty() ? text : text + "    " + line + '\n';
}

std::string tree_file(const std::string &folder, std::string_view name)
{
    const std::string path = (fs::path(folder) / name).string();
    if (!fs::is_regular_file(path))
        throw Error(fmt::format("{} has no {}", folder, name));
    return read_file(path);
}

void print_ops(const Inventory &found)
{
    fmt::print("operations of the lab: {} of {} are in this tree\n", found.ops.size(),
               found.ops.size() + found.missing_ops.size());
    if (!found.missing_ops.empty())
        fmt::print("  not in this tree (the engine answers \"absent\"):\n{}",
                   list({found.missing_ops.begin(), found.missing_ops.end()}));
    fmt::print("declared in memblock.h, and no operation of the lab: {}\n{}", found.without_op.size(),
               list(found.without_op));
}

void print_flags(const Inventory &found)
{
    std::vector<std::string> words;
    for (const tree::Flag &flag : found.flags)
        words.push_back(fmt::format("{} {}{}", flag.name, flag.value, flag.known ? "" : " (no name in traces)"));
    fmt::print("enum memblock_flags: {}\n{}", words.size(), list(words));
}

void print_options(const Inventory &found)
{
    std::vector<std::string> words;
    for (const tree::Option &option : found.options)
        words.push_back(fmt::format("{} ({})", option.name, option.variant.value_or("never set")));
    fmt::print("options that are read, and the word of a variant that sets them: {}\n{}", words.size(), list(words));
}

struct Headers {
    std::vector<std::string> provided, missing;
};

Headers headers_of(const Inventory &found)
{
    Headers headers;
    for (const tree::Include &include : found.includes) {
        const std::optional<std::string> provider = tree::provider_of(include, source_folder() + "/shim");
        if (provider)
            headers.provided.push_back(fmt::format("{} ({})", include.name, *provider));
        else
            headers.missing.push_back(include.name);
    }
    return headers;
}

void print_headers(const Headers &headers)
{
    fmt::print("headers included, and the folder of the shim that has them: {}\n{}", headers.provided.size(),
               list(headers.provided));
    if (!headers.missing.empty())
        fmt::print("headers that the shim lacks: {}\n{}", headers.missing.size(), list(headers.missing));
}

void print_conclusion(const Inventory &found, const Headers &headers)
{
    fmt::print("so the lab\n");
    for (const std::string &name : headers.missing)
        fmt::print("  cannot build it before there is a shim/noop/{} (docs/how-to-support-a-new-kernel.md)\n", name);
    fmt::print("  {} call {} functions of it{}\n", headers.missing.empty() ? "can" : "could", found.ops.size(),
               found.without_op.empty() ? ""
                                        : fmt::format(", and calls none of the {} above", found.without_op.size()));
    for (const tree::Flag &flag : found.flags)
        if (!flag.known)
            fmt::print("  sees {} as a number, and no law speaks of it\n", flag.name);
    for (const tree::Option &option : found.options)
        if (!option.variant)
            fmt::print("  never runs what is under {}\n", option.name);
}

void print_tree(const std::string &folder)
{
    if (!fs::is_directory(folder))
        throw Error(fmt::format("no such folder: {}", folder));
    const std::string source = tree_file(folder, "mm/memblock.c");
    const std::string header = tree_file(folder, "include/linux/memblock.h");
    const Inventory found = tree::read_inventory(header, source);
    const Headers headers = headers_of(found);
    fmt::print("{}\n", folder);
    print_ops(found);
    print_flags(found);
    print_options(found);
    print_headers(headers);
    print_conclusion(found, headers);
}

} // namespace

void add_tree(CLI::App &app, int &)
{
    auto folder = std::make_shared<std::string>();
    CLI::App *command =
        app.add_subcommand("tree", "Say what a kernel tree's memblock has, and what of it the lab can exercise");
    command->add_option("TREE", *folder, "Kernel tree (with mm and include/linux); it is only read")->required();
    command->footer("Example: mblab tree ~/linux");
    command->callback([folder] { print_tree(*folder); });
}

} // namespace mblab
