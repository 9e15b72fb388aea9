// SPDX-License-Identifier: GPL-2.0-or-later
// One side of a comparison: where its memblock.c comes from, and the engine that is built of it.
#pragma once

#include "core/base/error.hpp"

#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mblab {

/// A side that cannot be built: what git bisect is to skip.
class SideError : public Error {
  public:
    using Error::Error;
};

/// A tree's files, or the port.
struct Side {
    std::string spec;     // as the user gave it
    std::string folder{}; // with mm/memblock.c and include/linux/memblock.h; empty for the port
    // Of a git revision:
    std::string repository{}, commit{}, subject{};
    std::vector<std::string> patches{}; // put on it
    std::vector<std::string> patched{}; // files of the tree that they change
    bool is_of_bootmem = false;         // its bootmem is meant, and not its memblock

    bool is_port() const { return folder.empty(); }
    /// The path of one of its files.
    std::string file(const std::string &name) const { return folder + '/' + name; }
    /// As people name it: with the revision and its subject.
    std::string title() const;
    /// The same for whoever has another machine: of a revision the commit and its subject.
    std::string revision() const;
};

inline constexpr char memblock_source[] = "mm/memblock.c";
inline constexpr char memblock_header[] = "include/linux/memblock.h";
inline constexpr char bootmem_source[] = "mm/bootmem.c"; // of an old tree
inline constexpr char bootmem_header[] = "include/linux/bootmem.h";
inline constexpr char memblock_abi[] = "include/linux/kho/abi/memblock.h"; // where the tree has it

/// Whether open_engine takes it for a tree: it names a folder or a git revision.
bool is_tree(std::string_view spec);

/// spec is "port", the path of a tree, "git:REPO@REV" or "git:REPO@REV+PATCH...". Only the files that are needed are
/// taken out of a repository, into the cache. Throws SideError with one line.
Side resolve_side(const std::string &spec);
/// The same, with the tree's own suite, tools/testing/memblock.
Side resolve_side_with_suite(const std::string &spec);

/// One argument for both: "git:REPO@A..B", or "git:REPO@REV+PATCH..." for the revision without and with the patches.
/// Throws SideError.
std::pair<Side, Side> resolve_sides(const std::string &spec);

/// The clang that engines are built with. Throws Error where there is none.
std::string compiler();

/// Which lines of its files, by name, a variant compiles: not those that an #if leaves out, no comments, no directives.
/// Nothing of the port. Throws SideError.
std::set<std::pair<std::string, unsigned>> compiled_lines(const Side &side, const std::string &variant);

/// The commits that lead from the base to the head and touch what the lab runs, with subjects, newest first; nothing
/// where they are not revisions of one repository.
std::vector<std::string> commits_between(const Side &base, const Side &head);

/// When a revision was committed: YEAR-MONTH-DAY, in the committer's time zone.
std::string commit_date(const Side &side);

/// The kernel's own suite as the revision has it: the name of git's object, empty where there is none.
std::string suite_of(const Side &side);

/// Put the revision's files that mblab suite compiles into a folder. Whether it has them.
bool take_suite(const Side &side, const std::string &folder);

/// Files that the head changes and the lab does not run, where revisions or patches tell.
std::vector<std::string> changed_elsewhere(const Side &base, const Side &head);

/// The side's engine in a variant of variants.txt, instrumented for fuzzing, under the name "base" or "head". It is
/// taken from the cache when all that goes into it is the same. Throws SideError: the reason, and the compiler's first
/// error below it.
std::string build_side(const Side &side, const std::string &name, const std::string &variant);

/// The same, under the side's own name: for whoever opens one engine and names it in what it says.
std::string build_named(const Side &side, const std::string &variant);

/// Whether a folder is a tree of which only bootmem can be run: v2.6.34 and older have no memblock.
bool has_only_bootmem(std::string_view folder);

/// The engine of the mm/bootmem.c of the tree in a folder, as build_named builds that of a memblock. Throws SideError,
/// also where the tree has none: v4.19 was the last.
std::string build_bootmem(std::string_view folder);

/// The same, not optimised and with a counter in every block, so that each line is code of its own.
std::string build_covered(const Side &side, const std::string &name, const std::string &variant);

/// The same, not instrumented. What the compiler has against the source is in the file "errors" of the folder, which is
/// made for it.
std::string build_plain(const Side &side, const std::string &name, const std::string &variant,
                        const std::string &folder);

} // namespace mblab
