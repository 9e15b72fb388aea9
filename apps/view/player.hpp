// SPDX-License-Identifier: GPL-2.0-or-later
// One engine on its way through a trace, watched: what a call did, between which states, and where it looked for room.
#pragma once

#include "core/engine/engine.hpp"
#include "core/engine/fold.hpp"
#include "core/oracle/model/model.hpp"
#include "core/oracle/rules.hpp"

#include <string>
#include <vector>

namespace mblab::view {

class Player {
  public:
    /// The engine goes back to the first moment of boot.
    explicit Player(Engine &engine);
    Player(const Player &) = delete; // the model knows where its searches go
    Player &operator=(const Player &) = delete;

    /// The next call. first is what another engine made of it, or null. False where the call is not made: the engine
    /// has no such function, a rule refuses it, or an earlier call ended the trace.
    bool play(const Op &op, const Outcome *first = nullptr);

    const Engine &engine() const { return engine_; }
    const State &before() const { return before_; }
    /// The state after the call; the one before it where arrays lie on one another: they are no lists of regions.
    const State &after() const { return after_; }
    /// Of the last call that was made. Valid until the next.
    const Outcome &outcome() const { return *outcome_; }
    const std::vector<Doubling> &doublings() const { return doublings_; }
    /// The searches for room that the model makes of the call, in the engine's dialect.
    const std::vector<Search> &searches() const { return searches_; }
    /// Why the last call was not made, or ended the trace; null where there is no more to say than what it did.
    const Rule *rule() const { return rule_; }
    bool over() const { return over_; }
    bool corrupted() const { return over_ && rule_ && rule_->kind == RuleKind::corrupted; }

  private:
    void search_again(const Op &op);

    Engine &engine_;
    Model model_;
    State before_, after_;
    const Outcome *outcome_ = nullptr;
    std::vector<Doubling> doublings_;
    std::vector<Search> searches_;
    const Rule *rule_ = nullptr;
    bool over_ = false;
};

/// A search for room in words: where it looked, and a line for each free range that it passed over, with the reason.
/// Empty where there is none.
std::string search_text(const Search &search, const State &before);

} // namespace mblab::view
