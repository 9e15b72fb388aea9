// SPDX-License-Identifier: GPL-2.0-or-later
// A world that is small enough to be explored whole: where it begins, and every call that is made in every state.
#pragma once

#include "core/trace/trace.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace mblab {

struct World {
    std::string name, text;
    std::string sentence; // what it is about: its first comment
    std::string variant;  // a name of variants.txt
    Trace first;          // the calls that it begins with
    /// The calls that are made in every state. After the last ones nothing is called any more.
    std::vector<Op> calls;
    size_t last_begin = 0; // calls from here on are last ones
    /// States in which an array believes to be larger are not gone on from.
    uint64_t total_size_max = ~uint64_t{0};

    bool is_last(size_t call) const { return call >= last_begin; }
    /// The calls as a trace.
    Trace trace(const std::vector<uint32_t> &path) const;
};

/// Read the text of a world (docs/closed-worlds.md). Throws Error: "file:line: what was expected".
World parse_world(std::string_view text, std::string_view file_name);

/// A name of corpus/worlds, or a file. Throws Error.
World read_world(const std::string &name_or_file);

/// The names of corpus/worlds.
std::vector<std::string> world_names();

} // namespace mblab
