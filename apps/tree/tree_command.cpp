// SPDX-License-Identifier: GPL-2.0-or-later
#include "apps/cli/command.hpp"
#include "apps/cli/output.hpp"

#include "apps/tree/builds.hpp"
#include "apps/tree/inventory.hpp"
#include "core/base/error.hpp"
#include "core/base/files.hpp"
#include "core/base/text.hpp"
#include "core/run/process.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include <filesystem>
#include <map>
#include <memory>

namespace mblab {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;
using tree::Inventory;

std::string list(const std::vector<std::string> &words)
{
    return wrapped(words, ", ", "    ", 114);
}

std::string tree_file(const std::string &folder, std::string_view name)
{
    const std::string path = (fs::path(folder) / name).string();
    if (!fs::is_regular_file(path))
        throw Error(fmt::format("{} has no {}", folder, name));
    return read_file(path);
}

void print_section(std::string_view heading, const std::vector<std::string> &words)
{
    say("{}: {}\n{}", heading, words.size(), list(words));
}

/// What there is to say of each thing of a list.
template <typename Things, typename Say> std::vector<std::string> each(const Things &things, Say say)
{
    std::vector<std::string> words;
    for (const auto &thing : things)
        words.push_back(say(thing));
    return words;
}

/// What building it came to: in which variants there is an engine, and why there is none in the others.
void print_builds(const std::vector<tree::Build> &builds, size_t without_op)
{
    std::map<std::string, std::vector<std::string>> failures;
    std::bitset<MBLAB_OP_COUNT> calls;
    size_t built = 0;
    for (const tree::Build &build : builds) {
        calls |= build.has;
        built += build.error.empty();
        if (!build.error.empty())
            failures[build.error].push_back(build.variant);
    }
    say("  builds it in {} of {} variants\n", built, builds.size());
    output().facts().update({{"variants", builds.size()}, {"builds", built}, {"cannot_build", failures}});
    for (const auto &[error, variants] : failures)
        say("  cannot build it in {}: {}\n", fmt::join(variants, ", "), error);
    size_t functions = 0;
    for (uint16_t kind = 0; kind < MBLAB_OP_COUNT; kind++)
        functions += calls[kind] && op_info(kind).family != Family::world;
    say("  calls {} functions of it{}\n", functions,
        without_op ? fmt::format(", and none of the {} above", without_op) : "");
}

void print_conclusion(const Inventory &found)
{
    for (const tree::Flag &flag : found.flags)
        if (!flag.known)
            say("  sees {} as a number, and no law applies to it\n", flag.name);
    for (const tree::Option &option : found.options)
        if (!option.variant)
            say("  never compiles code under {}\n", option.name);
}

void print_tree(const std::string &folder, bool only_text)
{
    if (!fs::is_directory(folder))
        throw Error(fmt::format("no such folder: {}", folder));
    const std::string source = tree_file(folder, "mm/memblock.c");
    const Inventory found = tree::read_inventory(tree_file(folder, "include/linux/memblock.h"), source);
    say("{}\noperations of the lab: {} of {} are named in this tree\n", folder, found.ops.size(),
        found.ops.size() + found.missing_ops.size());
    output().facts() = {{"tree", folder},
                        {"operations", found.ops},
                        {"missing_operations", found.missing_ops},
                        {"no_operation", found.without_op},
                        {"flags", Json::array()},
                        {"options", Json::array()}};
    for (const tree::Flag &flag : found.flags)
        output().facts()["flags"].push_back({{"name", flag.name}, {"value", flag.value}, {"known", flag.known}});
    for (const tree::Option &option : found.options)
        output().facts()["options"].push_back({{"name", option.name}, {"variant", option.variant.value_or("")}});
    if (!found.missing_ops.empty())
        say("  not named in this tree (the engine answers \"absent\"):\n{}",
            list({found.missing_ops.begin(), found.missing_ops.end()}));
    print_section("declared in memblock.h or defined for others, and no operation of the lab", found.without_op);
    print_section("enum memblock_flags", each(found.flags, [](const tree::Flag &flag) {
                      return fmt::format("{} {}{}", flag.name, flag.value, flag.known ? "" : " (no name in traces)");
                  }));
    print_section("options that are read, and the word of a variant that sets them",
                  each(found.options, [](const tree::Option &option) {
                      return fmt::format("{} ({})", option.name, option.variant.value_or("never set"));
                  }));
    std::vector<std::string> provided, missing;
    for (const tree::Include &include : found.includes) {
        if (const auto provider = tree::provider_of(include, source_folder() + "/shim"))
            provided.push_back(fmt::format("{} ({})", include.name, *provider));
        else
            missing.push_back(include.name);
    }
    print_section("headers included, and the folder of the shim that has them", provided);
    output().facts().update({{"headers", provided}, {"missing_headers", missing}});
    if (!missing.empty())
        print_section("headers that the shim lacks", missing);
    say("so the lab\n");
    if (!only_text)
        print_builds(tree::build_everywhere(folder), found.without_op.size());
    print_conclusion(found);
}

/// The script that fetches trees, with these arguments; what it writes is ours. Its exit status.
int fetch(const std::vector<std::string> &arguments)
{
    std::vector<std::string> words = {source_folder() + "/apps/tree/get-tree"};
    words.insert(words.end(), arguments.begin(), arguments.end());
    return say_what_it_prints(std::move(words));
}

void add_fetching(CLI::App &command, int &status)
{
    auto name = std::make_shared<std::string>();
    auto into = std::make_shared<std::string>();
    CLI::App *get =
        command.add_subcommand("get", "Fetch the parts of a kernel that the lab reads, and print their folder");
    get->add_option(
           "NAME", *name,
           "A release that a suite of Debian has (7.3), newest, a package (linux-source-6.12), a .deb, a tarball, "
           "a folder, or git:REPO@REVISION")
        ->required();
    get->add_option("--into", *into, "Where trees are kept; default build/trees, or trees in the cache");
    get->callback([name, into, &status] {
        status = fetch(into->empty() ? std::vector{*name} : std::vector{*name, std::string("--into"), *into});
    });
    CLI::App *list_all =
        command.add_subcommand("list", "List the releases that Debian's suites have, and the trees that are unpacked");
    list_all->callback([&status] { status = fetch({"--list"}); });
}

} // namespace

void add_tree(CLI::App &app, int &status)
{
    auto folder = std::make_shared<std::string>();
    CLI::App *command =
        app.add_subcommand("tree", "Report what a kernel tree's memblock has, and how much of it the lab exercises");
    command->add_option("TREE", *folder, "Kernel tree (with mm and include/linux); it is only read");
    auto only_text = std::make_shared<bool>();
    command->add_flag("--text", *only_text, "Only read the tree, without building it in each variant");
    add_fetching(*command, status);
    command->footer("Examples: mblab tree ~/linux; mblab tree get newest");
    command->callback([command, folder, only_text] {
        if (!command->get_subcommands().empty())
            return;
        if (folder->empty())
            throw CLI::RequiredError("TREE");
        print_tree(*folder, *only_text);
    });
}

} // namespace mblab
