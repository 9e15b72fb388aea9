// SPDX-License-Identifier: GPL-2.0-or-later
// Allocators beside one another on the same boot, as a chapter of a page.
#pragma once

#include "apps/history/contender.hpp"
#include "apps/view/view.hpp"

#include <memory>
#include <string>
#include <vector>

namespace mblab::history {

struct Beside {
    view::Chapter chapter;
    std::vector<std::unique_ptr<Contender>> contenders; // whose engines it is played on
    std::vector<Figures> figures;                       // of each
};

/// The first is what the others are compared with. One that cannot begin with the boot is told of, and left out. Throws
/// Error where none can.
Beside beside(const Boot &boot, const std::vector<std::string> &names);

} // namespace mblab::history
