// SPDX-License-Identifier: GPL-2.0-or-later
// Judgements in a file that only grows, a line each: a killed run is gone on with where it ends.
#pragma once

#include "apps/mutate/judge.hpp"
#include "core/base/files.hpp"

#include <map>
#include <string>
#include <vector>

namespace mblab::mutate {

class Results {
  public:
    /// A file that goes with the object where there is no path; else one that is gone on with where it exists. Throws
    /// Error where it is of something else, as the title says, or another process has it open.
    Results(const std::string &path, const std::string &title);

    /// One line, whole or not at all. Also called in copies of this process.
    void add(const WorldReach &reach) const;
    void add(const Judgement &judgement) const;

    /// What the file holds by now.
    struct All {
        std::vector<WorldReach> worlds;
        std::map<size_t, Judgement> judgements; // by number; the last of each
    };
    All read() const;

  private:
    void append(const std::string &line) const;

    std::string path_;
    UniqueFd file_;
};

} // namespace mblab::mutate
