// SPDX-License-Identifier: GPL-2.0-or-later
// The chapters of the tour: traces in corpus/tour, whose comments are the prose.
#pragma once

#include "apps/view/view.hpp"

#include <string>
#include <vector>

namespace mblab::tour {

struct Chapter {
    std::string path, name; // name: 03-first-allocation.trace
    view::Story story;      // the title is its first comment
};

/// In their order. Throws Error when there are none.
std::vector<Chapter> chapters();

/// One chapter: a number from 1, or a file of one's own. Throws Error.
Chapter chapter(const std::string &number_or_path);

/// A chapter for the terminal: its prose, and each call with what it did as a picture.
std::string in_text(const Chapter &chapter, Engine &engine);

} // namespace mblab::tour
