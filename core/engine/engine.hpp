// SPDX-License-Identifier: GPL-2.0-or-later
// Anything that turns ops into outcomes: the port, a kernel tree's memblock.c, the model.
#pragma once

#include "core/engine/abi.h"
#include "core/op/op.hpp"
#include "core/state/difference.hpp"
#include "core/state/outcome.hpp"
#include "core/state/state.hpp"

#include <memory>
#include <string>
#include <string_view>

namespace mblab {

class Engine {
  public:
    virtual ~Engine() = default;

    virtual std::string_view name() const = 0;
    virtual const Variant &variant() const = 0;
    /// What it means by its calls; who opens an engine asks it (core/oracle/traits.hpp) and says so here.
    const Dialect &dialect() const { return dialect_; }
    void set_dialect(const Dialect &dialect) { dialect_ = dialect; }
    /// Called with the engine that it is to be compared with: who can be of any variant and dialect is of those then.
    virtual void stand_beside(const Engine & /*other*/) {}
    /// Whether this engine has the function that the op names.
    virtual bool has(uint16_t kind) const = 0;
    /// Back to the first moment of boot.
    virtual void reset() = 0;
    /// Go on from this state, which is of the same variant, and none that cannot_load() has something against. Throws
    /// Error where the engine cannot. Comparers of this engine must be reset.
    virtual void load(const State &state);
    /// One call. The outcome is valid until the next call of run or reset on this engine.
    virtual const Outcome &run(const Op &op) = 0;
    /// Why the last call faulted, in words; empty where nothing is known.
    virtual std::string_view fault() const { return {}; }
    /// The state as it is now, without a call.
    virtual const mblab_state &state() = 0;
    /// Called before run(): what another engine made of the same op, or null. For an engine that says which outcomes
    /// are lawful where more than one is.
    virtual void follow(const Outcome * /*first*/) {}
    /// The kinds of effects that its outcomes hold.
    virtual EffectMask predicted_effects() const { return all_effects; }
    /// Whether regions live in arrays that could come to lie on one another; false for one that has no arrays.
    virtual bool arrays_are_in_memory() const { return true; }
    /// Coverage counters of the engine's code; empty when it was built without.
    virtual mblab_coverage coverage() const { return {}; }

  private:
    Dialect dialect_;
};

/// Why no engine can be put into this state, as a word or two; nothing where one can. What a state does not hold is not
/// loaded: the contents of memory but for the arrays, what arrays hold past their last region, and how much of the slab
/// is used up, which becomes what lies before the end of the last array in it.
std::string_view cannot_load(const State &state);

/// Load an engine's shared object. Throws Error with one line saying what is wrong with it.
std::unique_ptr<Engine> load_engine(const std::string &path);

/// A fault inside an engine is an outcome from now on; elsewhere it goes to whoever handled it before.
void catch_faults();

} // namespace mblab
