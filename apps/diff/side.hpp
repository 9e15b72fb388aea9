// SPDX-License-Identifier: GPL-2.0-or-later
// One side of a comparison: where its memblock.c comes from, and the engine that is built of it.
#pragma once

#include "core/base/error.hpp"

#include <string>

namespace mblab {

/// A side that cannot be built: what git bisect is to skip.
class SideError : public Error {
  public:
    using Error::Error;
};

/// A tree's two files, or the port.
struct Side {
    std::string spec;   // as the user gave it
    std::string folder; // with mm/memblock.c and include/linux/memblock.h; empty for the port

    bool is_port() const { return folder.empty(); }
    /// The path of one of its files.
    std::string file(const std::string &name) const { return folder + '/' + name; }
};

inline constexpr char memblock_source[] = "mm/memblock.c";
inline constexpr char memblock_header[] = "include/linux/memblock.h";

/// spec is "port", the path of a tree, "git:REPO@REV" or "git:REPO@REV+PATCH". Only the files that are needed are taken
/// out of a repository, into the cache. Throws SideError with one line.
Side resolve_side(const std::string &spec);

/// The side's engine in a variant of variants.txt, instrumented for fuzzing, under the name "base" or "head". It is
/// taken from the cache when all that goes into it is the same. Throws SideError: the reason, and the compiler's first
/// error below it.
std::string build_side(const Side &side, const std::string &name, const std::string &variant);

/// The same, not optimised and with a counter in every block, so that each line is code of its own.
std::string build_covered(const Side &side, const std::string &name, const std::string &variant);

} // namespace mblab
