// SPDX-License-Identifier: GPL-2.0-or-later
// What one call does to the world, in order, and what it takes from the outcome that it follows.
#pragma once

#include "core/state/difference.hpp"
#include "core/state/region_set.hpp"

#include <algorithm>
#include <optional>
#include <span>
#include <vector>

namespace mblab::model_detail {

/// Thrown by a call that does not return.
struct Left {
    mblab_exit exit;
};

/// One search for room: what was asked for, the free ranges that were looked at, in their order, and the address that
/// came of it; 0 for none.
struct Search {
    uint64_t size, align;
    Interval within;
    std::optional<int32_t> nid; // nothing: any node
    uint32_t flags;
    bool up;
    std::vector<Interval> seen;
    uint64_t found = 0;
};

class Log {
  public:
    /// Where searches are written down; null: nowhere.
    std::vector<Search> *searches = nullptr;

    /// The kinds of effect that are texts. The port and the kernel are compared by them, the model is not.
    static constexpr EffectMask texts = EffectMask{1} << MBLAB_EFFECT_print | EffectMask{1} << MBLAB_EFFECT_seq;

    void begin(std::span<const Effect> followed)
    {
        followed_ = followed;
        effects_.clear();
    }

    mblab_effects effects() const { return {effects_.data(), "", static_cast<uint32_t>(effects_.size()), 1}; }

    void record(uint32_t kind, uint64_t a = 0, uint64_t b = 0, uint64_t c = 0)
    {
        effects_.push_back({kind, 0, a, b, c});
    }
    void warn_if(bool condition) { condition ? record(MBLAB_EFFECT_warn) : void(); }

    [[noreturn]] void leave(mblab_effect_kind kind, mblab_exit exit)
    {
        record(kind);
        throw Left{exit};
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

    /// The address in the next effect of the kind of what is followed; where there is none, the one given.
    uint64_t next_address(mblab_effect_kind kind, uint64_t otherwise)
    {
        while (!followed_.empty()) {
            const Effect &next = followed_.front();
            followed_ = followed_.subspan(1);
            if (next.kind == kind)
                return next.a;
        }
        return otherwise;
    }

  private:
    std::span<const Effect> followed_; // what is left of it
    std::vector<Effect> effects_;
};

} // namespace mblab::model_detail
