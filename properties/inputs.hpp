// SPDX-License-Identifier: GPL-2.0-or-later
// What properties draw: numbers, calls made of them, traces made of those. Every draw, and every subsequence of one, is
// a valid trace, so that nothing is ever thrown away and shrinking may take out any call.
#pragma once

#include "core/trace/trace.hpp"

#include <rapidcheck/Gen.h>

#include <array>
#include <cstdint>
#include <initializer_list>
#include <iosfwd>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mblab::property {

inline constexpr uint64_t page_bytes = 4096;

/// A number of a call. It becomes known when the calls before it are: shrinking those away changes what it is near to.
struct Number {
    enum class Kind : uint8_t {
        literal, // the value
        units,   // so many units of the trace
        near,    // a boundary that an earlier call of the trace used, unless it was a literal
        until,   // the size that reaches from the address before it to such a boundary
    };
    Kind kind = Kind::literal;
    uint64_t value = 0;
    int64_t delta = 0; // bytes added to it
};

/// A call whose numbers are not known yet.
struct Draft {
    uint16_t kind = 0;
    std::string text;
    std::array<Number, MBLAB_MAX_ARGS> numbers{};
};

/// What a property is given.
struct Input {
    Trace trace;
};
std::ostream &operator<<(std::ostream &out, const Input &input);

using Numbers = rc::Gen<Number>;
using Calls = rc::Gen<Draft>;
using Drafts = rc::Gen<std::vector<Draft>>;
using Inputs = rc::Gen<Input>;

// ---- numbers ----

/// One of these, each as likely; the first is the simplest.
Numbers one_of(std::vector<uint64_t> values);
/// first to last, both included.
Numbers between(uint64_t first, uint64_t last);
/// first to last units of the trace.
Numbers units(uint64_t first, uint64_t last);
/// A place in the first `count` units, often at, just below or just above a boundary in use.
Numbers place(uint64_t count = 64);
/// A size of 1 to `count` units, sometimes one that reaches a boundary in use, sometimes an odd number of bytes.
Numbers length(uint64_t count = 12);
/// Numbers that nobody expects: around powers of two, and at the end of the address space.
Numbers hostile();
/// A node of the first four, or one of the ways to say "no node".
Numbers node();

// ---- calls ----

/// Numbers of a parameter, by its name in ops.def.
using Named = std::pair<std::string_view, Numbers>;

/// A call. Parameters that are not named get numbers that suit their kind.
Calls call(mblab_op_kind kind, std::vector<Named> numbers = {});
/// early_param or reserve_mem_find_by_name with one of these texts.
Calls call_text(mblab_op_kind kind, std::vector<std::string> texts);
/// One of several calls, by weight.
Calls weighted(std::initializer_list<std::pair<size_t, Calls>> calls);
/// Any of these kinds, each as likely.
Calls any_of(std::vector<mblab_op_kind> kinds);

// ---- traces ----

/// Exactly these calls: the start of a boot, say.
Drafts first(std::vector<Op> calls);
/// Up to `most` calls.
Drafts some(size_t most, Calls calls);
/// One part after the other, in units (powers of two) from 4 KiB to `largest_unit`.
Inputs in_order(std::vector<Drafts> parts, uint64_t largest_unit = uint64_t{1} << 30);

// ---- what many properties begin with ----

/// Arrays may grow, and no memory is high memory.
Drafts boot();
/// Memory far above any place, for arrays to grow into: no call that is drawn frees or removes it there.
Drafts room();
/// Memory with nodes, some of it touching, some of it hotpluggable or mirrored when those flags are among `flags`.
Calls add_memory(std::vector<uint64_t> flags = {0});
/// Any of the functions that allocate.
Calls allocate();

} // namespace mblab::property
