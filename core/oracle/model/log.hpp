// SPDX-License-Identifier: GPL-2.0-or-later
// What one call does to the world, in order, and what it takes from the outcome that it follows.
#pragma once

#include "core/state/outcome.hpp"

#include <algorithm>
#include <span>
#include <vector>

namespace mblab::model_detail {

/// Thrown by a call that does not return.
struct Left {
    mblab_exit exit;
};

class Log {
  public:
    /// Kinds of effect that are texts: the port and the kernel are compared by them, the model is not.
    static constexpr uint64_t texts = uint64_t{1} << MBLAB_EFFECT_print | uint64_t{1} << MBLAB_EFFECT_seq;

    void begin(std::span<const Effect> followed)
    {
        followed_ = followed;
        effects_.clear();
    }

    void record(mblab_effect_kind kind, uint64_t a = 0, uint64_t b = 0, uint64_t c = 0)
    {
        effects_.push_back({kind, 0, a, b, c});
    }

    void warn_if(bool condition)
    {
        if (condition)
            record(MBLAB_EFFECT_warn);
    }

    /// Blocks of 2^order pages to the buddy allocator; blocks of one order that follow each other are one effect.
    void page_to_buddy(uint64_t pfn, uint64_t order, uint64_t count)
    {
        Effect *last = effects_.empty() ? nullptr : &effects_.back();
        const bool alike = last && last->kind == MBLAB_EFFECT_page_to_buddy && last->b == order;
        if (alike && last->a + (last->c << order) == pfn)
            last->c += count;
        else
            record(MBLAB_EFFECT_page_to_buddy, pfn, order, count);
    }

    [[noreturn]] void leave(mblab_effect_kind kind, mblab_exit exit)
    {
        record(kind);
        throw Left{exit};
    }

    /// The address in the next effect of the kind of what is followed; where there is none, the one given.
    uint64_t next_address(mblab_effect_kind kind, uint64_t otherwise)
    {
        const auto next = std::find_if(followed_.begin(), followed_.end(), [=](auto &e) { return e.kind == kind; });
        if (next == followed_.end())
            return otherwise;
        followed_ = followed_.subspan(static_cast<size_t>(next - followed_.begin()) + 1);
        return next->a;
    }

    /// The lab's budget ended the call after these effects: what is predicted must begin with them.
    void cut_after(std::span<const Effect> done)
    {
        const Effect *last = nullptr;
        size_t count = 0;
        for (const Effect &effect : done)
            if (!(texts >> effect.kind & 1))
                last = &effect, count++;
        effects_.resize(std::min(count, effects_.size()));
        if (count && count == effects_.size() && last->kind == MBLAB_EFFECT_page_to_buddy)
            effects_.back().c = std::min(effects_.back().c, last->c);
    }

    mblab_effects effects() const { return {effects_.data(), "", static_cast<uint32_t>(effects_.size()), 1}; }

  private:
    std::span<const Effect> followed_; // what is left of it
    std::vector<Effect> effects_;
};

} // namespace mblab::model_detail
