// SPDX-License-Identifier: GPL-2.0-or-later
// An error that a user can cause: one clear line; the program ends with exit code 2.
#pragma once

#include <stdexcept>

namespace mblab {

class Error : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

} // namespace mblab
