// SPDX-License-Identifier: GPL-2.0-or-later
// Random traces that are the same on any machine: a generator of our own, since the standard library's differ.
#pragma once

#include "lab/trace/trace.hpp"

#include <cstdint>

namespace mblab {

/// splitmix64 by Sebastiano Vigna (public domain), written from its description.
class Random {
  public:
    explicit Random(uint64_t seed) : state_(seed) {}

    uint64_t next()
    {
        state_ += 0x9e3779b97f4a7c15;
        uint64_t value = state_;
        value = (value ^ value >> 30) * 0xbf58476d1ce4e5b9;
        value = (value ^ value >> 27) * 0x94d049bb133111eb;
        return value ^ value >> 31;
    }

    /// A number below bound, which is not 0.
    uint64_t below(uint64_t bound) { return next() % bound; }
    bool chance(unsigned percent) { return below(100) < percent; }

  private:
    uint64_t state_;
};

/// A trace of up to steps ops that resembles a boot gone astray: some memory first, then anything, each input with its
/// own weights for the families of ops (swarm), numbers drawn near what the trace has used so far.
Trace random_trace(Random &random, size_t steps);

/// A number as random_op() draws it for a parameter of that kind.
uint64_t random_number(Random &random, ParameterKind kind);

/// One op of any kind, numbers drawn from a small world of pages and edges.
Op random_op(Random &random);

} // namespace mblab
