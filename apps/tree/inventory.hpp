// SPDX-License-Identifier: GPL-2.0-or-later
// What a kernel tree's memblock has, read from its text alone: nothing is compiled.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mblab::tree {

struct Flag {
    std::string name, value;
    /// Whether traces know the name with this value.
    bool known = false;
};

struct Option {
    std::string name;
    /// How build-engine is told; nothing where no variant sets it.
    std::optional<std::string> variant;
};

struct Include {
    std::string name;
    bool in_quotes = false;
};

struct Inventory {
    /// Ops of ops.def that the tree's text names, and those that it does not. world_* is the lab's own and in neither.
    std::vector<std::string_view> ops, missing_ops;
    /// Functions and macros of the header (memblock_*, reserve_mem*, __next_*, for_each_*), and functions that the
    /// source defines for others, that no op calls.
    std::vector<std::string> without_op;
    std::vector<Flag> flags;
    std::vector<Option> options;
    std::vector<Include> includes;
};

/// header is include/linux/memblock.h, source is mm/memblock.c. Total: any text gives an answer.
Inventory read_inventory(std::string_view header, std::string_view source);

/// C text without its comments; each leaves a space, and the lines stay.
std::string without_comments(std::string_view text);

/// The folder of the shim that has the header: noop, instep, recorded, world; "tree" for what the tree brings itself;
/// nothing where neither does. shim is the path of the shim.
std::optional<std::string> provider_of(const Include &include, const std::string &shim);

/// All options that a variant can set or leave out, each with the word of a variant (core/engine/options.txt).
const std::map<std::string, std::string, std::less<>> &known_options();

} // namespace mblab::tree
