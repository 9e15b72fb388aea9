// SPDX-License-Identifier: GPL-2.0-or-later
// The engine under test as a property sees it: what calls give and leave, as values. Each run is kept, so that a
// failure prints all of them as traces for `mblab run`.
#pragma once

#include "mutant.hpp"

#include "core/trace/trace.hpp"

#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace mblab::property {

using Ops = std::vector<Op>;
using Regions = std::vector<Region>;

/// What the arrays hold, by value. Where the arrays themselves lie is not part of it.
struct Snapshot {
    Regions memory, reserved, physmem;
    uint64_t limit = 0;
    bool bottom_up = false;

    const Regions &of(mblab_type type) const;
    bool operator==(const Snapshot &other) const;
};

/// A part of memory, as iterators give it: addresses or page frames, end exclusive.
struct Step {
    uint64_t start = 0, end = 0;
    int32_t nid = 0;
    bool operator==(const Step &) const = default;
};
using Walk = std::vector<Step>;

std::string show(const Snapshot &snapshot);
std::string show(const Walk &walk);
std::string show(uint64_t number);

/// Thrown when a kernel has no such function: it is not held to the property.
struct Absent {
    uint16_t kind;
};

class Subject {
  public:
    /// An engine by name, which may have a planted bug. Throws Error when it is not built.
    Subject(std::string name, std::string variant, const Bug *bug);

    // ---- running: BUG, panic and faults are failures here, unless attempt() asked for them ----

    /// What these calls (ops, lists of them, layouts) leave, from the first moment of boot.
    template <typename... Calls> Snapshot after(const Calls &...calls)
    {
        start();
        (make(calls), ...);
        return reached();
    }
    /// One more call, which has to return.
    Answer call(const Op &op);
    /// The first result of one more call.
    uint64_t value(const Op &op) { return call(op).result.value[0]; }
    /// The steps of one more call, which is a walk.
    Walk walk(const Op &op);
    /// One more call, however it ends.
    Answer attempt(const Op &op);
    Snapshot snapshot();
    /// Runs that start from now on are on another variant of the engine, until the case ends.
    void use(std::string_view variant);
    const Variant &variant() const { return engine_->variant(); }

    // ---- judging ----

    /// Whether the case is in a situation; at least so many percent of all cases have to be.
    void cover(unsigned percent, std::string_view situation, bool met);
    /// Fails unless the two are equal.
    template <typename Value> void same(const Value &a, const Value &b, std::string_view what = "the two runs agree")
    {
        if (!(a == b))
            fail(what, "one:\n" + show(a) + "the other:\n" + show(b));
    }
    void check(bool holds, std::string_view what)
    {
        if (!holds)
            fail(what, "");
    }

    // ---- for the program that runs all properties ----

    void begin_case();
    /// The kernel is not held to the property, for this is missing.
    void set_absent(const Absent &absent) { absent_ = absent.kind; }
    uint64_t cases() const { return cases_; }
    /// Whether a property failed, rather than something beneath it.
    bool failed() const { return failed_; }
    /// Prints the situations and how many different states the cases began with; whether all were met often enough.
    bool well_covered() const;

  private:
    struct Situation {
        unsigned percent;
        uint64_t met = 0;
    };

    void start();
    Snapshot reached();
    void make(const Op &op);
    void make(const Ops &ops);
    [[noreturn]] void fail(std::string_view what, const std::string &detail) const;

    std::string name_, home_, current_;
    const Bug *bug_;
    std::map<std::string, std::unique_ptr<Engine>, std::less<>> engines_; // by variant
    Engine *engine_ = nullptr;
    std::vector<Trace> runs_; // of this case
    std::map<std::string, Situation, std::less<>> situations_;
    std::set<uint64_t> distinct_; // hashes of what the first run of each case left
    uint64_t cases_ = 0;
    uint16_t absent_ = MBLAB_OP_COUNT;
    mutable bool failed_ = false;
};

} // namespace mblab::property
