// SPDX-License-Identifier: GPL-2.0-or-later
#include "apps/view/player.hpp"

namespace mblab::view {

Player::Player(Engine &engine)
    : engine_(engine), model_(engine.variant(), engine.dialect()), before_(engine.variant(), engine.dialect()),
      after_(before_)
{
    engine_.reset();
    model_.watch(&searches_);
}

bool Player::play(const Op &op, const Outcome *first)
{
    searches_.clear();
    doublings_.clear();
    if (over_)
        return false;
    before_ = after_;
    rule_ = refuses(before_, op);
    if (rule_ || !engine_.has(op.kind))
        return false;
    engine_.follow(first);
    outcome_ = &engine_.run(op);
    doublings_ = doublings_of(before_, *outcome_);
    const Rule *bad = mblab::corrupted(before_, op, *outcome_);
    rule_ = bad ? bad : ends_after(before_, op, *outcome_);
    over_ = rule_;
    search_again(op);
    if (!bad)
        fold(after_, op, *outcome_, doublings_);
    return true;
}

/// What the model makes of the call, which follows the engine's own choice of where arrays go.
void Player::search_again(const Op &op)
{
    const Family family = op_info(op.kind).family;
    if (family != Family::alloc && family != Family::params && doublings_.empty())
        return;
    model_.load(before_);
    model_.follow(outcome_);
    model_.run(op);
}

} // namespace mblab::view
