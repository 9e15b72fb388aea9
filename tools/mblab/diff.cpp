// SPDX-License-Identifier: GPL-2.0-or-later
#include "command.hpp"
namespace mblab { void add_diff(CLI::App &, int &) {} }
