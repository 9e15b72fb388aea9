// SPDX-License-Identifier: GPL-2.0-or-later
#include "history/tree_bootmem.hpp"

#include <algorithm>
#include <array>

namespace mblab::history {
namespace {

/// What the predecessors speak of. Messages, kmemleak and the counters of zones came and went with kernels.
constexpr std::array spoken_of = {MBLAB_EFFECT_zero, MBLAB_EFFECT_page_to_buddy, MBLAB_EFFECT_warn, MBLAB_EFFECT_bug,
                                  MBLAB_EFFECT_panic};

} // namespace

void TreeBootmem::reset()
{
    tree_->reset();
    refusing_.reset();
}

const Outcome &TreeBootmem::run(const Op &op)
{
    const bool is_refused = has(op.kind) && refusing_.run(op).result.exit == MBLAB_REFUSED;
    if (is_refused) {
        outcome_ = {};
        outcome_.result = {MBLAB_REFUSED, 0, {}};
        outcome_.state = tree_->state();
        return outcome_;
    }
    outcome_ = tree_->run(op);
    effects_.clear();
    for (Effect effect : outcome_.effect_list()) {
        effect.text = 0;
        if (std::ranges::find(spoken_of, effect.kind) != spoken_of.end())
            effects_.push_back(effect);
    }
    outcome_.effects = {effects_.data(), "", static_cast<uint32_t>(effects_.size()), 1};
    return outcome_;
}

} // namespace mblab::history
