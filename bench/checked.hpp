// SPDX-License-Identifier: GPL-2.0-or-later
// An op as the executor checks it: run on each engine, compared, and held against the laws.
#pragma once

#include "core/op/op.hpp"

#include <benchmark/benchmark.h>

#include <span>
#include <string_view>
#include <vector>

namespace mblab::bench {

struct Checks {
    std::vector<std::string_view> engines; // the first is compared with the others and checked
    bool laws;
};

/// Times rounds of `calls` on the layout. Throws Error on a finding: an op that breaks something is not the op to time.
void measure_checked(benchmark::State &state, const Checks &checks, std::string_view variant,
                     std::span<const Op> layout, std::span<const Op> calls);

} // namespace mblab::bench
