// SPDX-License-Identifier: GPL-2.0-or-later
// A copy of a tree's tools/testing/memblock with more checks in it.
#pragma once

#include "apps/export/export.hpp"
#include "core/run/side.hpp"

#include <string>
#include <vector>

namespace mblab::mutate {

struct NamedCheck {
    std::string name; // of the function, unlike all others
    exporting::SuiteCheck check;
};

/// Names in the order in which they stand in the files.
std::vector<NamedCheck> named(std::vector<exporting::SuiteCheck> checks);

/// Copies the tree's suite into a folder that does not exist and adds the checks: tests/outcomes*, lines of main.c and
/// of the Makefile. only_these: main.c calls no others. Throws Error.
void write_suite_folder(const Side &tree, const std::vector<NamedCheck> &checks, const std::string &folder,
                        bool only_these = false);

/// What is to be done to the tree to have the suite of that folder, as a patch.
std::string suite_patch(const Side &tree, const std::string &folder);

/// Links to the files of a tree, changed or not, with a copy of the suite of a folder for its own.
void link_tree_with_suite(const Side &tree, const std::string &suite, const std::string &folder);

} // namespace mblab::mutate
