// SPDX-License-Identifier: GPL-2.0-or-later
// Random traces that are the same on any machine: a generator of our own, since the standard library's differ.
#pragma once

#include "core/trace/trace.hpp"

#include <array>
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

/// Draws ops and numbers for one input: few distinct places, so that ranges meet; now and then a number nobody expects.
/// Each generator has weights of its own for the families of ops (swarm), and a size of its own for its small world.
class Generator {
  public:
    /// Draws kinds of op from these, which must outlive it.
    explicit Generator(Random &random, std::span<const uint16_t> kinds = memblock_ops());

    /// An op for a trace that goes on after it: calls after which little can happen are rare.
    Op next_op() { return draw(pick_kind(4)); }

    /// An op for a mutation, which is asked for one and not for each: what ends much is as welcome there.
    Op any_op() { return draw(pick_kind(60)); }

    Op draw(uint16_t kind);
    uint64_t number(ParameterKind kind);

    /// A few nodes of small spans, of which each map's first page and page 0 are taken.
    void set_up_bootmem(Trace &trace);

  private:
    uint16_t pick_kind(unsigned ends_much_percent);
    bool hostile() { return random_.below(100) < hostile_percent_; }
    uint64_t wild();
    uint64_t address();
    void draw_text(Op &op);
    void draw_sensibly(Op &op);

    Random &random_;
    std::span<const uint16_t> kinds_;
    std::array<unsigned, family_count> weights_{};
    uint64_t unit_; // bytes
    unsigned hostile_percent_;
    std::vector<Op> spans_, reservations_; // of bootmem
};

/// A trace of up to steps ops that resembles a boot gone astray: some memory first, then anything, each input with its
/// own weights for the families of ops (swarm), numbers drawn near what the trace has used so far.
Trace random_trace(Random &random, size_t steps, std::span<const uint16_t> kinds = memblock_ops());

} // namespace mblab
