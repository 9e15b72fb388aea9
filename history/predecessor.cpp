// SPDX-License-Identifier: GPL-2.0-or-later
#include "history/predecessor.hpp"

#include <algorithm>

namespace mblab::history {

bool Predecessor::has(uint16_t kind) const
{
    return kind == MBLAB_OP_world_budget || std::ranges::find(kinds_, kind) != kinds_.end();
}

void Predecessor::reset()
{
    forget();
    budget_ = 0;
    outcome_.state = {};
    outcome_.state.current_limit = ~uint64_t{0};
    change();
}

const Outcome &Predecessor::run(const Op &op)
{
    log_.begin({});
    outcome_.result = {has(op.kind) ? MBLAB_RETURNED : MBLAB_ABSENT, 0, {}};
    try {
        if (is<ops::world_budget>(op))
            budget_ = ops::world_budget::of(op).effects;
        else if (has(op.kind))
            call(op);
    } catch (const model_detail::Left &left) {
        outcome_.result = {left.exit, 0, {}};
    }
    outcome_.effects = log_.effects();
    show();
    return outcome_;
}

const mblab_state &Predecessor::state()
{
    show();
    return outcome_.state;
}

void Predecessor::give_pages(uint64_t pfn, uint64_t order, uint64_t count)
{
    if (count)
        log_.page_to_buddy(pfn, order, count);
    outcome_.state.totalram += count << order;
}

void Predecessor::show()
{
    if (is_shown_)
        return;
    is_shown_ = true;
    version_++;
    layout_ = layout();
    std::ranges::sort(layout_.maps, {}, &Region::base);
    const auto show_list = [&](mblab_type type, const std::vector<Region> &regions) {
        mblab_type_state &array = outcome_.state.type[type];
        array = {regions.size(), variant().memory_regions, 0, MBLAB_STATIC_ADDR, version_, regions.data()};
        for (const Region &region : regions)
            array.total_size += region.size;
    };
    show_list(MBLAB_TYPE_memory, layout_.memory);
    show_list(MBLAB_TYPE_reserved, layout_.reserved);
    show_list(MBLAB_TYPE_physmem, layout_.maps);
}

} // namespace mblab::history
