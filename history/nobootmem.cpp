// SPDX-License-Identifier: GPL-2.0-or-later
#include "history/nobootmem.hpp"

#include "core/op/bootmem.hpp"
#include "core/op/typed.hpp"
#include "history/pages.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace mblab::history {
namespace {

/// What has no meaning without a map is not there.
constexpr uint16_t kinds[] = {
    MBLAB_OP_free_bootmem,
    MBLAB_OP_free_bootmem_node,
    MBLAB_OP_free_bootmem_late,
    MBLAB_OP___alloc_bootmem,
    MBLAB_OP___alloc_bootmem_nopanic,
    MBLAB_OP___alloc_bootmem_low,
    MBLAB_OP___alloc_bootmem_node,
    MBLAB_OP___alloc_bootmem_node_nopanic,
    MBLAB_OP___alloc_bootmem_low_node,
    MBLAB_OP___alloc_bootmem_core,
    MBLAB_OP_free_all_bootmem,
};

} // namespace

NoBootmem::NoBootmem(std::unique_ptr<Engine> memblock) : memblock_(std::move(memblock))
{
    set_dialect(memblock_->dialect());
}

bool NoBootmem::has(uint16_t kind) const
{
    return memblock_->has(kind) || std::ranges::find(kinds, kind) != std::end(kinds);
}

const Outcome &NoBootmem::run(const Op &op)
{
    if (is<ops::world_budget>(op))
        budget_ = ops::world_budget::of(op).effects;
    if (!is_of_history(op.kind)) {
        outcome_ = memblock_->run(op);
        outcome_.state.totalram += late_pages_;
        return outcome_;
    }
    effects_.clear();
    texts_.assign(1, '\0'); // offset 0 is no text
    outcome_.result = {has(op.kind) ? MBLAB_RETURNED : MBLAB_ABSENT, 0, {}};
    try {
        if (has(op.kind))
            call(op);
    } catch (const Ended &ended) {
        outcome_.result = {ended.exit, 0, {}};
    }
    outcome_.effects = {effects_.data(), texts_.data(), static_cast<uint32_t>(effects_.size()),
                        static_cast<uint32_t>(texts_.size())};
    state();
    return outcome_;
}

void NoBootmem::call(const Op &op)
{
    const auto give = [&](uint64_t value) { outcome_.result = {MBLAB_RETURNED, 1, {value}}; };
    switch (op.kind) {
    case MBLAB_OP_free_bootmem:
        make(ops::memblock_phys_free{ops::free_bootmem::of(op).addr, ops::free_bootmem::of(op).size});
        break;
    case MBLAB_OP_free_bootmem_node:
        make(ops::memblock_phys_free{ops::free_bootmem_node::of(op).addr, ops::free_bootmem_node::of(op).size});
        break;
    case MBLAB_OP_free_bootmem_late:
        free_late(ops::free_bootmem_late::of(op).addr, ops::free_bootmem_late::of(op).size);
        break;
    case MBLAB_OP_free_all_bootmem: {
        const uint64_t before = memblock_->state().totalram;
        make(ops::memblock_free_all{});
        give(memblock_->state().totalram - before);
        break;
    }
    default:
        give(allocate(op));
    }
}

/// Past memblock, which is over: whole pages to the buddy allocator, one by one.
void NoBootmem::free_late(uint64_t address, uint64_t size)
{
    const Interval pages = whole_pages(address, size);
    if (reaches_top(address, size) || (budget_ && pages.size() > budget_ * 64)) {
        outcome_.result = {MBLAB_REFUSED, 0, {}};
        return;
    }
    record(MBLAB_EFFECT_kmemleak_free_part_phys, address, size);
    if (!pages.empty())
        record(MBLAB_EFFECT_page_to_buddy, pages.start, 0, pages.size());
    late_pages_ += pages.size();
}

/// From the node if one is named, then from any; once more without the goal.
uint64_t NoBootmem::allocate(const Op &op)
{
    const BootmemRequest request = *bootmem_request(op);
    for (uint64_t goal = request.goal;; goal = 0) {
        uint64_t at = find(goal, request.nid, op);
        if (!at && request.nid >= 0 && !request.exact_nid)
            at = find(goal, -1, op);
        if (at)
            return at;
        if (!goal || request.keeps_goal)
            break;
    }
    if (request.panics) {
        record(MBLAB_EFFECT_panic);
        throw Ended{MBLAB_PANIC};
    }
    return 0;
}

/// One search, on one node or on all, never above memblock's own limit. The block is cleared.
uint64_t NoBootmem::find(uint64_t goal, int32_t nid, const Op &op)
{
    const BootmemRequest request = *bootmem_request(op);
    const uint64_t top = memblock_->state().current_limit;
    const uint64_t limit = request.limit ? std::min(request.limit, top) : top;
    if (limit <= 1) // to memblock these are names: accessible memory, and memory that kmemleak need not know
        return 0;
    const uint64_t at = make(ops::memblock_alloc_range_nid{request.size, request.align, goal, limit, nid, true});
    if (at)
        record(MBLAB_EFFECT_zero, at, request.size);
    return at;
}

uint64_t NoBootmem::make(const Op &op)
{
    const Outcome &made = memblock_->run(op);
    for (Effect effect : made.effect_list()) {
        const std::string_view text = made.text_of(effect);
        if (effect.text) {
            effect.text = static_cast<uint32_t>(texts_.size());
            texts_.append(text).push_back('\0');
        }
        effects_.push_back(effect);
    }
    if (made.result.exit != MBLAB_RETURNED)
        throw Ended{made.result.exit};
    return made.result.value[0];
}

void NoBootmem::record(mblab_effect_kind kind, uint64_t a, uint64_t b, uint64_t c)
{
    effects_.push_back({static_cast<uint32_t>(kind), 0, a, b, c});
}

} // namespace mblab::history
