// SPDX-License-Identifier: GPL-2.0-or-later
#include "apps/diff/side.hpp"

#include "core/base/files.hpp"
#include "core/base/text.hpp"
#include "core/run/catalog.hpp"
#include "core/run/process.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <utility>
#include <vector>

namespace mblab {
namespace {

namespace fs = std::filesystem;

// What an engine is compiled with besides its variant; the instrumentation is for the kernel's code (or the port's)
// alone.
struct Flags {
    std::string all, subject;
};
const Flags for_search{"-O1 -g", "-fsanitize=fuzzer-no-link"};
const Flags for_lines{"-O0 -g", "-fsanitize-coverage=inline-8bit-counters,pc-table,no-prune"};

std::string git_file(const std::string &repository, const std::string &revision, const std::string &name,
                     const std::string &spec)
{
    const ProcessResult shown = run_process({"git", "-C", repository, "show", revision + ":" + name});
    if (shown.status != 0)
        throw SideError(fmt::format("{}: {}", spec, first_lines(shown.errors)));
    return shown.output;
}

/// Only what the patch does to the two files matters here, and only that is applied.
void apply_patch(const std::string &folder, const std::string &patch, const std::string &spec)
{
    // Not to be taken for a part of whatever repository the cache may lie in.
    const std::string ceiling = "GIT_CEILING_DIRECTORIES=" + fs::path(folder).parent_path().string();
    const ProcessResult applied =
        run_process({"env", ceiling, "git", "-C", folder, "apply", fmt::format("--include={}", memblock_source),
                     fmt::format("--include={}", memblock_header), fs::absolute(patch).string()});
    if (applied.status != 0)
        throw SideError(fmt::format("{}: {}", spec, first_lines(applied.errors)));
}

Side git_side(const std::string &spec)
{
    const std::string rest = spec.substr(4);
    const size_t at = rest.rfind('@'), plus = at == rest.npos ? at : rest.find('+', at);
    if (at == rest.npos || at == 0 || at + 1 == rest.size())
        throw SideError(fmt::format("{}: expected git:REPO@REV or git:REPO@REV+PATCH", spec));
    const std::string repository = rest.substr(0, at), revision = rest.substr(at + 1, plus - at - 1);
    const std::string patch = plus == rest.npos ? "" : rest.substr(plus + 1);
    const std::string source = git_file(repository, revision, memblock_source, spec);
    const std::string header = git_file(repository, revision, memblock_header, spec);
    const std::string diff = patch.empty() ? "" : read_file(patch);
    const std::string folder = fmt::format("{}/trees/{:016x}", cache_folder(),
                                           content_hash(fmt::format("{}\n\n{}\n\n{}", source, header, diff)));
    if (!fs::exists(folder)) { // It gets its name only when it is whole.
        const TemporaryFolder half(fs::path(folder).parent_path());
        for (const auto &[name, text] : {std::pair{memblock_source, &source}, std::pair{memblock_header, &header}}) {
            fs::create_directories(fs::path(half.file(name)).parent_path());
            write_new_file(half.file(name), *text);
        }
        if (!patch.empty())
            apply_patch(half.path(), patch, spec);
        std::error_code ignored; // another process may have been first, with the same content
        fs::rename(half.path(), folder, ignored);
    }
    return {spec, folder};
}

std::string compiler()
{
    const char *named = std::getenv("MBLAB_CLANG");
    for (const std::string &name : {std::string(named ? named : "clang-19"), std::string("clang")})
        if (run_process({"sh", "-c", "command -v " + name}).status == 0)
            return name;
    throw Error("no clang to build engines with: install clang-19 (ci/bootstrap does), or name another by MBLAB_CLANG");
}

/// All that goes into an engine, as one text.
std::string ingredients(const Side &side, const std::vector<std::string> &command, const std::string &clang)
{
    std::vector<fs::path> files;
    const fs::path root = source_folder();
    const auto add_folder = [&](const fs::path &folder) {
        for (const fs::directory_entry &entry : fs::recursive_directory_iterator(folder))
            if (entry.is_regular_file())
                files.push_back(entry.path());
    };
    for (const char *folder : {"shim", "core/engine", "core/op"})
        add_folder(root / folder);
    files.push_back(root / "core/state/state.h");
    if (side.is_port())
        add_folder(root / "memblock");
    else
        files.insert(files.end(), {side.file(memblock_source), side.file(memblock_header)});
    std::sort(files.begin(), files.end());
    std::string text = run_process({clang, "--version"}).output;
    for (const std::string &word : command)
        text += word + '\n';
    for (const fs::path &file : files)
        text += read_file(file.string());
    return text;
}

} // namespace

Side resolve_side(const std::string &spec)
{
    if (spec == "port")
        return {spec, {}};
    if (spec.starts_with("git:"))
        return git_side(spec);
    const Side side{spec, fs::absolute(spec).string()};
    for (const char *name : {memblock_source, memblock_header})
        if (!fs::exists(side.file(name)))
            throw SideError(fmt::format("{} has no {}", spec, name));
    return side;
}

namespace {

std::string build(const Side &side, const std::string &name, const std::string &variant, const Flags &flags)
{
    const std::string clang = compiler();
    const std::string cxx = clang.starts_with("clang") ? "clang++" + clang.substr(5) : clang;
    std::vector<std::string> command = {"--name",  name,      "--variant",       variant_options(variant),
                                        "--cc",    clang,     "--cxx",           cxx,
                                        "--flags", flags.all, "--subject-flags", flags.subject};
    const std::string path = fmt::format("{}/engines/{}-{:016x}@{}.so", cache_folder(), name,
                                         content_hash(ingredients(side, command, clang)), variant);
    if (fs::exists(path))
        return path;
    command.insert(command.begin(),
                   {source_folder() + "/core/engine/build-engine", "--subject", side.is_port() ? "port" : side.folder,
                    "--out", path, "--worlds", cache_folder() + "/worlds"});
    const ProcessResult built = run_process(command);
    if (built.status != 0)
        throw SideError(fmt::format("{}: {}", side.spec, first_lines(built.errors, 2)));
    return path;
}

} // namespace

std::string build_side(const Side &side, const std::string &name, const std::string &variant)
{
    return build(side, name, variant, for_search);
}

std::string build_covered(const Side &side, const std::string &name, const std::string &variant)
{
    return build(side, name, variant, for_lines);
}

} // namespace mblab
