// SPDX-License-Identifier: GPL-2.0-or-later
// What a kernel tree comes to when it is really built, variant by variant.
#pragma once

#include "core/op/op.hpp"

#include <bitset>
#include <string>
#include <vector>

namespace mblab::tree {

/// An engine of the tree in one variant.
struct Build {
    std::string variant;
    std::string error; // in one line, why there is none
    std::bitset<MBLAB_OP_COUNT> has;
};

/// Build the tree in all variants of variants.txt, as many at a time as there are processors. The tree is only read,
/// and what is made is removed.
std::vector<Build> build_everywhere(const std::string &folder);

} // namespace mblab::tree
