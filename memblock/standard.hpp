// SPDX-License-Identifier: GPL-2.0-or-later
// The parts of the standard library that the port uses, all of them header-only and free of allocation.
// Every file includes this before anything of the kernel's: __init and __ref are macros there, and
// ordinary names inside the standard headers.
#pragma once

#include <algorithm>
#include <bit>
#include <concepts>
#include <cstddef>
#include <limits>
#include <optional>
#include <span>
#include <utility>
