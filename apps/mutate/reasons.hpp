// SPDX-License-Identifier: GPL-2.0-or-later
// Why mutants survive, as people wrote it down: corpus/equivalent-mutants.
#pragma once

#include <map>
#include <string>
#include <vector>

namespace mblab::mutate {

struct Reason {
    std::string because;
    std::vector<std::string> worlds; // which are closed without a difference, and reach it
    std::string where;               // file and line
};

/// By title of the mutant. Each is three kinds of lines: the title; "  because ..."; "  worlds NAME..." where a world
/// proves it. Throws Error: "file:line: what was expected".
std::map<std::string, Reason> read_reasons(const std::string &folder);

} // namespace mblab::mutate
