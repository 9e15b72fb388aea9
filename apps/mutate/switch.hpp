// SPDX-License-Identifier: GPL-2.0-or-later
// Which of its mutants a changed tree is in the processes that this one starts, and which of them are reached there.
#pragma once

#include "core/base/files.hpp"

#include <cstddef>
#include <set>
#include <string>

namespace mblab::mutate {

class Switch {
  public:
    explicit Switch(size_t mutants);

    /// From now on it is this one, 0 for none; nothing has been reached yet. Throws Error.
    void choose(size_t number) const;
    /// The mutants whose places were reached since, by number.
    std::set<size_t> reached() const;

  private:
    size_t mutants_;
    TemporaryFolder folder_;
    std::string file_; // of a byte for each
};

} // namespace mblab::mutate
