// SPDX-License-Identifier: GPL-2.0-or-later
// What the last call of a trace does there, in words: for the name of a check, and for what it expects.
#pragma once

#include "apps/export/play.hpp"

#include <string>

namespace mblab::exporting {

struct Deed {
    std::string name;     // "splits_memory"
    std::string expected; // "to return 0, and a region of memory to be split"
};

Deed deed_of(const Play &play);

} // namespace mblab::exporting
