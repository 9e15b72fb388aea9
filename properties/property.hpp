// SPDX-License-Identifier: GPL-2.0-or-later
// What a property is. It holds for each engine by itself: it compares runs of one engine, or an engine with what the
// property computes of the engine's own arrays.
#pragma once

#include "layout.hpp"
#include "subject.hpp"

#include <string_view>
#include <vector>

namespace mblab::property {

/// Where nodes are what the property is about.
inline const std::vector<std::string_view> with_nodes = {"numa-128"};
/// Where allocations can be held to scratch memory.
inline const std::vector<std::string_view> with_scratch = {"numa-kho-8"};

struct Property {
    std::string_view name;
    void (*check)(Subject &);
    Bug bug; // with which the property fails
    std::vector<std::string_view> variants = {"numa-128", "uma-128"};
    /// On which it has to hold, each by itself; the first with its bug has to be noticed. The kernel is left out where
    /// it was not built.
    std::vector<std::string_view> engines = {"port", MBLAB_KERNEL};
};

/// Adds a property to the program; use PROPERTY.
struct Registration {
    explicit Registration(Property property);
};

} // namespace mblab::property

/// PROPERTY(name, bug), PROPERTY(name, bug, variants) or PROPERTY(name, bug, variants, engines), then the body: draw a
/// case, run, judge. CMakeLists.txt finds these lines: each is a test, and one more with the bug.
#define PROPERTY(name, ...)                                                                                            \
    static void name(::mblab::property::Subject &subject);                                                             \
    static const ::mblab::property::Registration registration_of_##name({#name, name, __VA_ARGS__});                   \
    static void name(::mblab::property::Subject &subject)
