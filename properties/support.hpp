// SPDX-License-Identifier: GPL-2.0-or-later
// What a property is, what its inputs must have reached, and how it runs: port, model and kernel side by side, every
// outcome held against the laws.
#pragma once

#include "inputs.hpp"

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace mblab {
class Executor;
}

namespace mblab::property {

/// What the inputs of one property, on one variant, came to.
struct Run {
    const Executor &executor;
    uint64_t drawn = 0;            // calls in all traces
    uint64_t deepest_doubling = 0; // how often the array that grew most doubled in one trace
};

/// A figure of the distribution, and the bounds that it must keep.
struct Reach {
    std::string what;
    std::function<uint64_t(const Run &)> measure;
    uint64_t least = 1, most = ~uint64_t{0};
};

/// How often the law's condition was met; "family.*" is the least evaluated law of the family.
Reach evaluated(std::string law, uint64_t least);
/// How often the call was made.
Reach called(mblab_op_kind kind, uint64_t least);
/// Which part, in percent, of a family's calls gave something that is not 0: an allocation's address, a query's yes.
Reach answered(Family family, uint64_t least_percent, uint64_t most_percent);
/// How many arrays grew, and how often the one that grew most did in one trace.
Reach doubled(uint64_t least);
Reach doubled_deep(uint64_t least);
/// How many calls ended the machine.
Reach stopped(uint64_t least);

struct Plan {
    Inputs input;
    std::vector<Reach> reaches;
    std::vector<std::string_view> variants = {"numa-4", "uma-4"};
    /// Calls drawn but not made, in percent: refused, absent, or after one that ended the trace. These are all the
    /// discards there are.
    uint64_t most_unmade_percent = 15;
};

using MakePlan = Plan (*)();

/// Adds a property to the program; use PROPERTY.
struct Registration {
    Registration(std::string_view family, std::string_view name, MakePlan make);
};

} // namespace mblab::property

/// A property: CMakeLists.txt finds these lines, and registers property.family.name.
#define PROPERTY(family, name)                                                                                         \
    static ::mblab::property::Plan name();                                                                             \
    static const ::mblab::property::Registration registration_of_##name(#family, #name, name);                         \
    static ::mblab::property::Plan name()
