// SPDX-License-Identifier: GPL-2.0-or-later
#include "apps/mutate/suite_folder.hpp"

#include "core/base/error.hpp"
#include "core/base/files.hpp"
#include "core/base/text.hpp"
#include "core/op/op.hpp"
#include "core/run/process.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <tuple>

namespace mblab::mutate {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view suite_path = "tools/testing/memblock";
constexpr std::string_view license = "// SPDX-License-Identifier: GPL-2.0-or-later\n";

/// Which file a check is in.
std::string part_of(const exporting::SuiteCheck &check)
{
    return check.leaves == exporting::Leaves::nothing  ? std::string(family_name(check.family))
           : check.leaves == exporting::Leaves::mirror ? "mirror"
                                                       : "discard";
}

/// Files in their order.
std::vector<std::string> parts_of(const std::vector<NamedCheck> &checks)
{
    std::vector<std::string> parts;
    for (const NamedCheck &check : checks)
        if (parts.empty() || parts.back() != part_of(check.check))
            parts.push_back(part_of(check.check));
    return parts;
}

void replace_file(const std::string &path, std::string_view content)
{
    std::ofstream out(path);
    if (!(out << content).flush())
        throw Error(fmt::format("{}: cannot write", path));
}

/// Regular files without what make leaves behind, which are links, objects and the program.
void copy_suite(const std::string &from, const std::string &to)
{
    if (!fs::exists(from + "/main.c"))
        throw Error(fmt::format("{}: no suite", from));
    fs::create_directories(to);
    for (const fs::directory_entry &entry : fs::recursive_directory_iterator(from)) {
        const fs::path target = to / fs::relative(entry.path(), from);
        if (entry.is_directory() && !entry.is_symlink())
            fs::create_directories(target);
        else if (!entry.is_symlink() && entry.is_regular_file() && entry.path().extension() != ".o" &&
                 entry.path().filename() != "main")
            fs::copy_file(entry.path(), target);
    }
}

std::string header_of(const std::vector<std::string> &parts)
{
    std::string text = "/* SPDX-License-Identifier: GPL-2.0-or-later */\n"
                       "#ifndef _MEMBLOCK_OUTCOMES_H\n#define _MEMBLOCK_OUTCOMES_H\n\n"
                       "#include \"common.h\"\n#include <linux/memory_hotplug.h>\n#include <linux/pfn.h>\n\n";
    for (const std::string &part : parts)
        text += fmt::format("int memblock_outcomes_{}_checks(void);\n", part);
    return text + std::string(exporting::check_helpers) + "\n#endif\n";
}

/// The checks of one function, called one after the other.
std::string group_of(std::string_view function, const std::string &calls)
{
    return fmt::format("static int {0}_outcomes(void)\n{{\n\tprefix_reset();\n\tprefix_push(\"{0}\");\n"
                       "\ttest_print(\"Running {0} tests...\\n\");\n\n{1}\n\tprefix_pop();\n\n"
                       "\treturn 0;\n}}\n\n",
                       function, calls);
}

std::string source_of(const std::string &part, const std::vector<NamedCheck> &checks)
{
    std::string text = std::string(license) + "#include \"outcomes.h\"\n\n", calls, groups;
    for (size_t i = 0; i < checks.size(); i++) {
        const exporting::SuiteCheck &check = checks[i].check;
        if (part_of(check) != part)
            continue;
        text += fmt::format("{}static int {}(void)\n{}\n", check.comment, checks[i].name, check.body);
        calls += fmt::format("\t{}();\n", checks[i].name);
        if (i + 1 == checks.size() || checks[i + 1].check.function != check.function ||
            part_of(checks[i + 1].check) != part) {
            text += group_of(check.function, calls);
            groups += fmt::format("\t{}_outcomes();\n", check.function);
            calls.clear();
        }
    }
    return text + fmt::format("int memblock_outcomes_{}_checks(void)\n{{\n{}\n\treturn 0;\n}}\n", part, groups);
}

/// main.c with the header behind the last of the tests' and the calls before main returns.
std::string main_of(const std::string &source, const std::vector<std::string> &parts, bool only_these)
{
    std::string calls, out;
    for (const std::string &part : parts)
        calls += fmt::format("\tmemblock_outcomes_{}_checks();\n", part);
    int changes = 0;
    each_line(source, [&](std::string_view line) {
        if (only_these && line.starts_with("\tmemblock_") && line.ends_with("_checks();"))
            return;
        if (line == "#include \"tests/common.h\"") {
            out += "#include \"tests/outcomes.h\"\n";
            changes++;
        }
        if (line == "\treturn 0;") { // before the empty line above it
            out.insert(out.ends_with("\n\n") ? out.size() - 1 : out.size(), calls);
            changes++;
        }
        out.append(line) += '\n';
    });
    if (changes != 2)
        throw Error("the suite's main.c is not as expected: cannot add checks");
    return out;
}

/// The Makefile with the objects at the end of the list of tests.
std::string makefile_of(const std::string &source, const std::vector<std::string> &parts)
{
    std::string objects, out;
    for (const std::string &part : parts)
        objects += fmt::format(" \\\n\t\t  tests/outcomes_{}.o", part);
    bool is_within = false, is_changed = false;
    each_line(source, [&](std::string_view line) {
        is_within = is_within || line.starts_with("TEST_OFILES");
        out += line;
        if (is_within && !line.ends_with('\\')) {
            out += objects;
            is_changed = true;
            is_within = false;
        }
        out += '\n';
    });
    if (!is_changed)
        throw Error("the suite's Makefile is not as expected: cannot add tests");
    return out;
}

} // namespace

std::vector<NamedCheck> named(std::vector<exporting::SuiteCheck> checks)
{
    for (exporting::SuiteCheck &check : checks)
        check.function.erase(0, check.function.find_first_not_of('_'));
    std::ranges::stable_sort(checks, {}, [](const exporting::SuiteCheck &check) {
        return std::tuple(check.leaves, check.family, check.function, check.deed);
    });
    std::map<std::string, unsigned> used;
    std::vector<NamedCheck> out;
    for (exporting::SuiteCheck &check : checks) {
        std::string name = fmt::format("{}_{}", check.function, check.deed);
        const unsigned number = ++used[name];
        name += number > 1 ? fmt::format("_{}_check", number) : "_check";
        out.push_back({name, std::move(check)});
    }
    return out;
}

void write_suite_folder(const Side &tree, const std::vector<NamedCheck> &checks, const std::string &folder,
                        bool only_these)
{
    copy_suite(tree.file(std::string(suite_path)), folder);
    const std::vector<std::string> parts = parts_of(checks);
    write_new_file(folder + "/tests/outcomes.h", header_of(parts));
    for (const std::string &part : parts)
        write_new_file(fmt::format("{}/tests/outcomes_{}.c", folder, part), source_of(part, checks));
    replace_file(folder + "/main.c", main_of(read_file(folder + "/main.c"), parts, only_these));
    replace_file(folder + "/Makefile", makefile_of(read_file(folder + "/Makefile"), parts));
}

std::string suite_patch(const Side &tree, const std::string &folder)
{
    const TemporaryFolder work;
    const std::string path = '/' + std::string(suite_path);
    for (const char *side : {"a", "b"})
        fs::create_directories(fs::path(work.file(side) + path).parent_path());
    copy_suite(tree.file(std::string(suite_path)), work.file("a") + path);
    copy_suite(folder, work.file("b") + path);
    // 1: they differ.
    const ProcessResult diff =
        run_process({"git", "-C", work.path(), "diff", "--no-index", "--no-prefix", "--no-color", "a", "b"});
    if (diff.status != 1)
        throw Error(fmt::format("git cannot compare the suites: {}", first_lines(diff.errors)));
    return diff.output;
}

void link_tree_with_suite(const Side &tree, const std::string &suite, const std::string &folder)
{
    fs::create_directories(folder + "/tools/testing");
    for (const char *part : {"mm", "include", "tools/testing/selftests"})
        fs::create_directory_symlink(fs::canonical(tree.file(part)), folder + '/' + part);
    copy_suite(suite, folder + '/' + std::string(suite_path)); // it includes what is beside it: no link
}

} // namespace mblab::mutate
