// SPDX-License-Identifier: GPL-2.0-or-later
// What memblock guarantees, as a table, and the checker that holds every outcome of one engine against it.
#pragma once

#include "core/engine/fold.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace mblab {

namespace law {
class Call;
struct Verdict;
} // namespace law

/// When there is something to hold against a law.
enum class Occasion : uint8_t {
    call,     // after every call that it speaks of
    effect,   // only when the call did something to the world around memblock, a message included
    change,   // only when the call changed an array or its size: what held before it then holds still
    doubling, // only when the call copied an array to a new one
};

/// One law.
struct Law {
    std::string_view id;        // family.name
    std::string_view statement; // one or two sentences, in the lab's own words
    std::string_view source;    // the kernel documentation, kernel-doc or commit that says so
    /// Whether the law says something of this kind of op.
    bool (*applies)(uint16_t kind);
    /// Holds one call, with the state before it and its outcome, against the law.
    law::Verdict (*check)(const law::Call &call);
    Occasion occasion = Occasion::call;
    /// Speaks of calls that stopped the machine as well; all others speak of calls that returned.
    bool of_exits = false;

    /// The part of the id before the dot.
    std::string_view family() const { return id.substr(0, id.find('.')); }
};

/// All laws, family by family, in the order in which they are checked.
std::span<const Law> laws();

/// A case in which the kernel is known to violate a law: the law stays, exactly this case passes.
struct KnownIssue {
    std::string_view id;
    std::string_view laws;   // ids, with a space between them; a family followed by ".*" is all of it
    std::string_view reason; // docs/findings.md has a trace, and which kernels show it
    /// Whether this call is that case.
    bool (*applies)(const law::Call &call);
    /// Nothing can be said of the arrays after it: the checker is silent until the next reset.
    bool ends_trace;

    /// Whether it is an issue of that law.
    bool is_of(const Law &law) const;
};

std::span<const KnownIssue> known_issues();

/// A law that an outcome violates.
struct Violation {
    std::string_view law;
    std::string explanation;         // one line, with the numbers
    std::string_view issue{};        // the known issue by which it is, or empty
    std::optional<uint64_t> right{}; // the first result that the law asks for, where it asks for one
};

/// The shape of an array: one pass over it answers what the structure laws ask.
struct Shape {
    bool sorted = true, disjoint = true, filled = true, bounded = true, minimal = true;
    uint64_t sum = 0;
};

/// Follows one engine through a trace. Each engine needs its own.
class Checker {
  public:
    explicit Checker(const Variant &variant, const Dialect &dialect = {});

    /// Back to the first moment of boot, as Engine::reset.
    void reset();
    /// Go on from this state, as Engine::load.
    void load(const State &state);

    /// The outcomes that follow are of another engine, in the same state.
    void change_engine(const Dialect &dialect)
    {
        versions_ = {};
        state_.dialect = dialect;
    }

    /// The state before the next call.
    const State &state() const { return state_; }
    /// Nothing can be said any more until the next reset.
    bool is_silent() const { return silent_; }

    /// Check what op did. The first law violated, if any is by no known issue.
    std::optional<Violation> check(const Op &op, const Outcome &outcome);
    /// Whether known issues pass, as they do unless somebody says otherwise.
    void let_known_issues_pass(bool pass) { known_pass_ = pass; }
    /// Keep the state, with or without a check before. Once for each call.
    void fold(const Op &op, const Outcome &outcome);
    /// Both.
    std::optional<Violation> after(const Op &op, const Outcome &outcome);

    /// Per law, in the order of laws(): how often its condition was met. Not cleared by reset.
    std::span<const uint64_t> evaluations() const { return evaluations_; }
    /// Per known issue, in the order of known_issues(): how often it was met. Not cleared by reset.
    std::span<const uint64_t> known() const { return known_; }

  private:
    std::optional<Violation> check(const law::Call &call);

    State state_;
    std::array<Shape, 3> shapes_;         // of the arrays of state_
    std::array<uint64_t, 3> versions_{};  // under which the engine has them
    std::array<Shape, 3> shapes_after_{}; // what the last check found, until it is folded
    std::vector<Doubling> doublings_;
    Changed changed_{};
    bool measured_ = false; // shapes_ are of state_ as it is
    bool checked_ = false;  // shapes_after_, doublings_ and changed_ are of the call to fold
    bool silent_ = false;   // nothing can be said until the next reset
    bool known_pass_ = true;
    std::vector<uint64_t> evaluations_, known_;
};

/// What is to be said of one call by itself.
struct Judgement {
    std::vector<Violation> violations;   // by no known issue, in the order of laws()
    std::vector<std::string_view> known; // ids of known issues by which laws are violated
};

/// All laws that are violated, also by known issues; nothing behind one that ends a trace.
std::vector<Violation> violations(const State &before, const Op &op, const Outcome &outcome);

Judgement check(const State &before, const Op &op, const Outcome &outcome);

/// The table of laws and the known issues, as docs/laws.md shows them.
std::string markdown();

} // namespace mblab
