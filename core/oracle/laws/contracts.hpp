// SPDX-License-Identifier: GPL-2.0-or-later
// What memblock promises, as a table, and the checker that holds every outcome of one engine against it.
#pragma once

#include "core/engine/engine.hpp"
#include "core/op/op.hpp"
#include "core/state/outcome.hpp"

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace mblab {

namespace contract {
class Context;
enum class Verdict : uint8_t;
} // namespace contract

/// When there is something to hold against a promise.
enum class Occasion : uint8_t {
    call,     // after every call that it speaks of
    effect,   // only when the call did something to the world around memblock, a message included
    change,   // only when the call changed an array or its size: what held before it then holds still
    doubling, // only when the call copied an array to a new one
};

/// One promise.
struct Contract {
    std::string_view id;        // family.name
    std::string_view statement; // one or two sentences, in the lab's own words
    std::string_view source;    // the kernel documentation, kernel-doc or commit that promises it
    /// Whether the promise says something of this kind of op.
    bool (*applies)(uint16_t kind);
    /// Holds what one call did against the promise.
    contract::Verdict (*check)(contract::Context &context);
    Occasion occasion = Occasion::call;
    /// Speaks of calls that stopped the machine as well; all others speak of calls that returned.
    bool of_exits = false;

    /// The part of the id before the dot.
    std::string_view family() const { return id.substr(0, id.find('.')); }
};

/// All promises, family by family, in the order in which they are checked.
std::span<const Contract> contracts();

/// A case in which the kernel itself is known not to keep a promise: the promise stays, exactly this case is let pass.
struct Excuse {
    std::string_view id;
    std::string_view contracts; // ids, with a space between them; a family followed by ".*" is all of it
    std::string_view why;
    std::string_view since; // the kernel that it was seen in; docs/findings.md has the trace
    /// Whether this is that case.
    bool (*applies)(const contract::Context &context);
    /// Nothing can be said of the arrays after it: the checker is silent until the next reset.
    bool ends_trace;
};

std::span<const Excuse> excuses();

/// A promise that an outcome breaks.
struct Breach {
    std::string_view contract;
    std::string explanation; // one line, with the numbers
};

/// Follows one engine through a trace. Each engine needs its own.
class Checker {
  public:
    explicit Checker(const Variant &variant);
    Checker(Checker &&) noexcept;
    Checker &operator=(Checker &&) noexcept;
    ~Checker();

    /// Back to the first moment of boot, as Engine::reset.
    void reset();

    /// Check what op did. The first promise broken, if any is that no excuse covers.
    std::optional<Breach> after(const Op &op, const Outcome &outcome);

    /// Per contract, in the order of contracts(): how often its condition was met. Not cleared by reset.
    std::span<const uint64_t> evaluations() const;
    /// Per excuse, in the order of excuses(): how often it was used. Not cleared by reset.
    std::span<const uint64_t> excused() const;

  private:
    struct State;
    std::unique_ptr<State> state_;
};

/// The table of contracts and the excuses, as docs/contracts.md shows them.
std::string markdown();

} // namespace mblab
