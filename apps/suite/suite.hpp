// SPDX-License-Identifier: GPL-2.0-or-later
// A kernel tree's own tools/testing/memblock as a program, and what it says.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

namespace mblab {

struct SuiteConfig {
    std::string variant; // numa or uma
    bool movable_node;
};

/// Compile it against the port, the tree's own memblock.c ("tree"), or another tree's. go_on: behind a check that
/// fails. Throws Error.
void build_suite(const std::string &tree, std::string_view subject, const std::string &variant,
                 const std::string &program, bool go_on = false);

struct Checks {
    int passed = 0;
    std::vector<std::string> failed; // names, once each
    std::string lines;
    bool finished = false;
    std::string end; // how the program ended where it did not finish
    std::chrono::milliseconds processor{0};

    int count() const { return passed + static_cast<int>(failed.size()); }
};

/// Run it verbosely. More processor time than that many seconds ends it; 0 for no limit.
Checks run_suite(const std::string &program, const SuiteConfig &config, unsigned seconds = 0);

} // namespace mblab
