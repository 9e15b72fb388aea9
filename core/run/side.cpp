// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/run/side.hpp"

#include "core/base/files.hpp"
#include "core/base/text.hpp"
#include "core/run/cache.hpp"
#include "core/run/catalog.hpp"
#include "core/run/patch.hpp"
#include "core/run/process.hpp"
#include "core/run/sanitized.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <iterator>
#include <optional>
#include <sstream>
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
// clang says all that it has against the source; a variable that is read before it is written has a value all the same.
const Flags plain{"-O1 -g", "-ferror-limit=0 -ftrivial-auto-var-init=pattern"};
const Flags for_lines{"-O0 -g", "-fsanitize-coverage=inline-8bit-counters,pc-table,no-prune"};

constexpr std::string_view taken_files[] = {memblock_source, memblock_header, memblock_abi};
// The kernel's own suite, where it is wanted: folders and files.
constexpr std::string_view suite_parts[] = {"tools/testing/memblock", "tools/testing/selftests/kselftest.h"};

/// Which files are taken of a tree.
enum class Parts : uint8_t { engine, with_suite };

bool is_taken(std::string_view path, Parts parts)
{
    const auto holds = [&](std::string_view part) {
        return path == part || (path.starts_with(part) && path[part.size()] == '/');
    };
    return std::ranges::find(taken_files, path) != std::end(taken_files) ||
           (parts == Parts::with_suite && std::ranges::any_of(suite_parts, holds));
}

/// git in a repository, as a reader of objects: nothing of its configuration is run, and nothing fetched.
ProcessResult git(const std::string &repository, std::vector<std::string> words)
{
    std::vector<std::string> command = {"env"};
    for (const char *name : {"GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_COMMON_DIR",
                             "GIT_NAMESPACE", "GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_EXTERNAL_DIFF", "GIT_CONFIG"})
        command.insert(command.end(), {"-u", name});
    command.insert(command.end(), {"GIT_ALLOW_PROTOCOL=none", "GIT_NO_LAZY_FETCH=1", "GIT_TERMINAL_PROMPT=0", "git",
                                   "--no-pager", "--no-replace-objects", "-C", repository});
    for (const char *setting : {"core.fsmonitor=false", "core.hooksPath=/dev/null", "protocol.allow=never",
                                "log.showSignature=false", "core.attributesFile=/dev/null", "core.autocrlf=false",
                                "apply.whitespace=nowarn", "apply.ignoreWhitespace=no"})
        command.insert(command.end(), {"-c", setting});
    std::ranges::move(words, std::back_inserter(command));
    return run_process(command);
}

/// The commit's name; empty where there is none.
std::string commit_of(const std::string &repository, const std::string &revision)
{
    const ProcessResult named =
        git(repository, {"rev-parse", "--verify", "--quiet", "--end-of-options", revision + "^{commit}"});
    return named.status == 0 ? std::string(first_lines(named.output)) : "";
}

std::string subject_of(const std::string &repository, const std::string &commit)
{
    const std::string text = git(repository, {"cat-file", "commit", commit}).output;
    const size_t blank = text.find("\n\n");
    return blank == text.npos ? "" : std::string(first_lines(std::string_view(text).substr(blank + 2)));
}

std::optional<std::string> git_file(const Side &side, std::string_view name)
{
    const ProcessResult shown = git(side.repository, {"cat-file", "blob", fmt::format("{}:{}", side.commit, name)});
    return shown.status == 0 ? std::optional(shown.output) : std::nullopt;
}

/// Only what the patch does to the files that are taken matters here, and only that is applied.
void apply_patch(const std::string &folder, const std::string &patch, Side &side, Parts parts)
{
    bool any = false;
    std::string others;
    for (const FilePatch &part : read_patch(read_file(patch), patch, taken_files)) {
        side.patched.push_back(part.path);
        if (!is_taken(part.path, parts)) {
            others += (others.empty() ? "" : ", ") + part.path;
            continue;
        }
        if (part.hunks.empty() || part.removes)
            throw SideError(fmt::format("{}: it removes or renames {}, or changes no line of it", patch, part.path));
        any = true;
        const NamelessFile text(print_patch(part));
        // Not to be taken for a part of whatever repository the cache may lie in.
        const std::string ceiling = "GIT_CEILING_DIRECTORIES=" + fs::path(folder).parent_path().string();
        const NamelessFile errors;
        Child child(Command{.words = {"git", "-C", folder, "apply", "--whitespace=nowarn", text.path()},
                            .settings = {ceiling},
                            .inherited = {text.fd()},
                            .errors = errors.fd()});
        child.wait();
        if (child.status() != 0)
            throw SideError(fmt::format("{}: it does not apply: {}", patch, first_lines(read_file(errors.path()))));
    }
    if (!any)
        throw SideError(fmt::format("{}: it changes no file that the lab runs ({}); it changes {}", patch,
                                    fmt::join(taken_files, ", "), others));
}

/// "A+B": files, of which each may have a plus in its name. Nothing where some are not there.
std::vector<std::string> split_patches(const std::string &text)
{
    for (size_t end = text.size(); end != text.npos && end > 0; end = text.rfind('+', end - 1)) {
        const std::string first = text.substr(0, end);
        if (!fs::is_regular_file(first))
            continue;
        std::vector<std::string> all = {first};
        if (end == text.size())
            return all;
        const std::vector<std::string> rest = split_patches(text.substr(end + 1));
        all.insert(all.end(), rest.begin(), rest.end());
        if (!rest.empty())
            return all;
    }
    return {};
}

/// "REPO@REV+PATCH..." split: a revision may have @ and + in its name, a folder as well. What exists decides.
Side parse_git(const std::string &spec)
{
    const std::string rest = spec.substr(4);
    Side side{.spec = spec};
    size_t at = rest.find('@');
    while (at != rest.npos && !fs::is_directory(rest.substr(0, at)))
        at = rest.find('@', at + 1);
    if (at == rest.npos && rest.find('@', 1) != rest.npos && !rest.ends_with('@'))
        throw SideError(fmt::format("{}: no such folder: {}", spec, rest.substr(0, rest.find('@'))));
    if (at == rest.npos || at + 1 == rest.size())
        throw SideError(fmt::format("{}: expected git:REPO@REV or git:REPO@REV+PATCH", spec));
    side.repository = rest.substr(0, at);
    const std::string all = rest.substr(at + 1);
    if (git(side.repository, {"rev-parse", "--git-dir"}).status != 0)
        throw SideError(fmt::format("{}: {} is no git repository (or not yours)", spec, side.repository));
    side.commit = commit_of(side.repository, all);
    std::string missing = all;
    for (size_t plus = all.find('+'); side.commit.empty() && plus != all.npos; plus = all.find('+', plus + 1)) {
        const std::string commit = commit_of(side.repository, all.substr(0, plus));
        if (commit.empty())
            continue;
        side.patches = split_patches(all.substr(plus + 1));
        if (side.patches.empty())
            throw SideError(fmt::format("{}: no such patch: {}", spec, all.substr(plus + 1)));
        side.commit = commit;
    }
    if (side.commit.empty())
        throw SideError(fmt::format("{}: {} has no revision {}", spec, side.repository, missing));
    side.subject = subject_of(side.repository, side.commit);
    return side;
}

/// The names of the files of the tree's suite.
std::vector<std::string> suite_files(const Side &side)
{
    std::vector<std::string> words = {"ls-tree", "-r", "--name-only", "--full-tree", side.commit, "--"};
    words.insert(words.end(), std::begin(suite_parts), std::end(suite_parts));
    std::vector<std::string> names;
    each_line(git(side.repository, words).output, [&](std::string_view line) { names.emplace_back(line); });
    return names;
}

void take_files(Side &side, Parts parts)
{
    std::vector<std::string> names(std::begin(taken_files), std::end(taken_files));
    if (parts == Parts::with_suite)
        std::ranges::move(suite_files(side), std::back_inserter(names));
    std::vector<std::pair<std::string, std::string>> files;
    std::string all;
    for (const std::string &name : names)
        if (std::optional<std::string> text = git_file(side, name)) {
            all += fmt::format("{}\n\n{}\n\n", name, *text);
            files.emplace_back(name, std::move(*text));
        } else if (name != memblock_abi) {
            throw SideError(fmt::format("{}: the revision has no {} (or its objects are elsewhere)", side.spec, name));
        }
    const fs::path trees = cache_folder() + "/trees";
    const TemporaryFolder half(trees);
    for (const auto &[name, text] : files) {
        fs::create_directories(fs::path(half.file(name)).parent_path());
        write_new_file(half.file(name), text);
    }
    for (const std::string &patch : side.patches) {
        all += read_file(patch);
        apply_patch(half.path(), patch, side, parts);
    }
    side.folder = fmt::format("{}/{:016x}", trees.string(), content_hash(all));
    std::error_code ignored; // another process may have been first, with the same content
    if (!fs::exists(side.folder))
        fs::rename(half.path(), side.folder, ignored); // it gets its name only when it is whole
    note_cache_use(side.folder);
}

Side git_side(const std::string &spec, Parts parts = Parts::engine)
{
    Side side = parse_git(spec);
    take_files(side, parts);
    return side;
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
    else if (side.is_of_bootmem)
        files.insert(files.end(), {side.file(bootmem_source), side.file(bootmem_header)});
    else
        for (const std::string_view name : taken_files)
            if (fs::exists(side.file(std::string(name))))
                files.emplace_back(side.file(std::string(name)));
    std::sort(files.begin(), files.end());
    std::string text = run_process({clang, "--version"}).output;
    for (const std::string &word : command)
        text += word + '\n';
    for (const fs::path &file : files)
        text += read_file(file.string());
    return text;
}

} // namespace

std::string compiler()
{
    const char *named = std::getenv("MBLAB_CLANG");
    for (const std::string &name : {std::string(named ? named : "clang-19"), std::string("clang")})
        if (run_process({"sh", "-c", "command -v -- \"$1\"", "sh", name}).status == 0)
            return name;
    throw Error("no clang to build engines with: install clang-19 (ci/bootstrap does), or set MBLAB_CLANG to another");
}

std::string Side::title() const
{
    return commit.empty() ? spec : fmt::format("{} ({})", spec, revision());
}

std::string Side::revision() const
{
    if (commit.empty())
        return spec;
    std::string text = fmt::format("{} \"{}\"", commit.substr(0, 12), subject);
    for (const std::string &patch : patches)
        text += fmt::format(", with {}", fs::path(patch).filename().string());
    return text;
}

bool is_tree(std::string_view spec)
{
    return spec.starts_with("git:") || (spec.find('/') != spec.npos && !spec.ends_with(".so")) ||
           (!spec.empty() && spec.find_first_not_of('.') == spec.npos);
}

namespace {

/// A folder, or the name of a tree among those that "mblab tree get" keeps.
std::string folder_of_tree(const std::string &spec)
{
    std::error_code error;
    for (const fs::path &folder :
         {fs::path(spec), fs::path(source_folder()) / "build/trees" / spec, fs::path(cache_folder()) / "trees" / spec})
        if (!spec.empty() && fs::is_directory(folder, error))
            return fs::absolute(folder).string();
    throw SideError(fmt::format("{}: no such folder", spec));
}

Side resolve(const std::string &spec, Parts parts)
{
    if (spec == "port")
        return {.spec = spec};
    if (spec.starts_with("git:"))
        return git_side(spec, parts);
    const Side side{.spec = spec, .folder = folder_of_tree(spec)};
    for (const char *name : {memblock_source, memblock_header})
        if (!fs::is_regular_file(side.file(name)))
            throw SideError(fmt::format("{} has no {}", spec, name));
    return side;
}

} // namespace

Side resolve_side(const std::string &spec)
{
    return resolve(spec, Parts::engine);
}

Side resolve_side_with_suite(const std::string &spec)
{
    return resolve(spec, Parts::with_suite);
}

std::pair<Side, Side> resolve_sides(const std::string &spec)
{
    const size_t dots = spec.starts_with("git:") ? spec.rfind("..") : spec.npos;
    if (dots != spec.npos && spec.find('/', dots) == spec.npos) {
        const size_t third = spec[dots - 1] == '.'; // "...", as git has it: from where they parted
        const size_t at = spec.find('@');
        const std::string before = spec.substr(0, dots - third), after = spec.substr(dots + 2);
        if (at != spec.npos && at < dots)
            return {git_side(before), git_side(spec.substr(0, at + 1) + (after.empty() ? "HEAD" : after))};
    }
    const Side head = spec.starts_with("git:") ? git_side(spec) : Side{.spec = spec};
    if (head.patches.empty())
        throw SideError(
            fmt::format("{}: only one side: name the other, or git:REPO@A..B, or git:REPO@REV+PATCH", spec));
    return {git_side(fmt::format("git:{}@{}", head.repository, head.commit)), head};
}

std::set<std::pair<std::string, unsigned>> compiled_lines(const Side &side, const std::string &variant)
{
    std::set<std::pair<std::string, unsigned>> lines;
    if (side.is_port())
        return lines;
    const ProcessResult listed =
        run_process({source_folder() + "/core/engine/build-engine", "--lines", "yes", "--subject", side.folder,
                     "--name", "lines", "--variant", variant_options(variant), "--out", "none", "--cc", compiler()});
    if (listed.status != 0)
        throw SideError(fmt::format("{}: {}", side.spec, first_lines(listed.errors, 2)));
    std::istringstream in(listed.output);
    std::string file;
    for (unsigned line = 0; in >> file >> line;)
        lines.emplace(file, line);
    return lines;
}

std::vector<std::string> commits_between(const Side &base, const Side &head)
{
    std::vector<std::string> commits;
    if (base.commit.empty() || base.repository != head.repository)
        return commits;
    std::vector<std::string> words = {"log", "--format=%h %s", "-n", "1000", base.commit + ".." + head.commit, "--"};
    words.insert(words.end(), std::begin(taken_files), std::end(taken_files));
    each_line(git(head.repository, words).output, [&](std::string_view line) { commits.emplace_back(line); });
    return commits;
}

std::string commit_date(const Side &side)
{
    return std::string(first_lines(git(side.repository, {"show", "-s", "--format=%cs", side.commit}).output));
}

std::string suite_of(const Side &side)
{
    return std::string(first_lines(
        git(side.repository, {"rev-parse", "--verify", "--quiet", side.commit + ":tools/testing/memblock"}).output));
}

bool take_suite(const Side &side, const std::string &folder)
{
    const ProcessResult names =
        git(side.repository, {"ls-tree", "-r", "--name-only", side.commit, "--", "tools/testing/memblock",
                              "tools/testing/selftests/kselftest.h", "lib/cmdline.c", "include/linux/kho",
                              "mm/memblock.c", "include/linux/memblock.h", "include/linux/kexec_handover.h"});
    bool any = false;
    each_line(names.output, [&](std::string_view line) {
        const fs::path path(line), into = folder / path;
        const std::optional<std::string> text = git_file(side, line);
        // A name of the tree's choice is a path below it, or none.
        if (!text || path.is_absolute() || std::ranges::find(path, fs::path("..")) != path.end())
            return;
        fs::create_directories(into.parent_path());
        write_new_file(into.string(), *text);
        any = any || line.starts_with("tools/testing/memblock/");
    });
    return any;
}

std::vector<std::string> changed_elsewhere(const Side &base, const Side &head)
{
    std::vector<std::string> files = head.patched;
    if (!base.commit.empty() && !head.commit.empty() && fs::equivalent(base.repository, head.repository))
        each_line(git(head.repository,
                      {"diff-tree", "-r", "--name-only", "--no-renames", "--no-ext-diff", base.commit, head.commit})
                      .output,
                  [&](std::string_view line) { files.emplace_back(line); });
    std::ranges::sort(files);
    files.erase(std::unique(files.begin(), files.end()), files.end());
    std::erase_if(
        files, [](const std::string &name) { return std::ranges::find(taken_files, name) != std::end(taken_files); });
    return files;
}

namespace {

std::string build(const Side &side, const std::string &name, const std::string &variant, const Flags &flags,
                  const std::string &folder = "")
{
    const std::string clang = compiler();
    const std::string cxx = clang.starts_with("clang") ? "clang++" + clang.substr(5) : clang;
    std::vector<std::string> command = {"--name",  name,      "--variant",       variant_options(variant),
                                        "--cc",    clang,     "--cxx",           cxx,
                                        "--flags", flags.all, "--subject-flags", flags.subject};
    if (is_sanitized())
        *std::ranges::find(command, flags.all) += sanitizer_flags;
    const std::string path = fmt::format("{}/engines/{}-{:016x}@{}.so", cache_folder(), name,
                                         content_hash(ingredients(side, command, clang)), variant);
    if (fs::exists(path)) {
        note_cache_use(path);
        return path;
    }
    const std::string subject = side.is_port() ? "port" : (side.is_of_bootmem ? "bootmem:" : "") + side.folder;
    command.insert(command.begin(), {source_folder() + "/core/engine/build-engine", "--subject", subject, "--out", path,
                                     "--worlds", cache_folder() + "/worlds"});
    if (!folder.empty())
        command.insert(command.end(), {"--work", folder});
    const ProcessResult built = run_process(command);
    if (built.status != 0)
        throw SideError(fmt::format("{}: {}", side.spec, first_lines(built.errors, 2)));
    bound_cache(cache_bytes_usual);
    return path;
}

} // namespace

std::string build_side(const Side &side, const std::string &name, const std::string &variant)
{
    return build(side, name, variant, for_search);
}

bool has_only_bootmem(std::string_view folder)
{
    const Side side{.spec = "", .folder = std::string(folder)};
    return fs::is_regular_file(side.file(bootmem_source)) && !fs::exists(side.file(memblock_source));
}

std::string build_bootmem(std::string_view folder)
{
    Side side{.spec = std::string(folder), .folder = fs::absolute(folder).lexically_normal().string()};
    side.is_of_bootmem = true;
    for (const char *name : {bootmem_source, bootmem_header})
        if (!fs::is_regular_file(side.file(name)))
            throw SideError(fmt::format("{} has no {}: v4.19 was the last kernel with bootmem", folder, name));
    return build_named(side, "numa-4");
}

std::string build_named(const Side &side, const std::string &variant)
{
    std::string name = side.commit.empty() ? fs::path(side.folder).filename().string() : side.commit.substr(0, 12);
    for (const std::string &patch : side.patches)
        name += '+' + fs::path(patch).stem().string();
    std::ranges::replace_if(
        name,
        [](char letter) { return !std::isalnum(static_cast<unsigned char>(letter)) && !std::strchr("+-._", letter); },
        '_');
    return build(side, side.is_port() ? "port" : name, variant, for_search);
}

std::string build_covered(const Side &side, const std::string &name, const std::string &variant)
{
    return build(side, name, variant, for_lines);
}

std::string build_plain(const Side &side, const std::string &name, const std::string &variant,
                        const std::string &folder)
{
    return build(side, name, variant, plain, folder);
}

} // namespace mblab
