// SPDX-License-Identifier: GPL-2.0-or-later
#include "apps/history/contender.hpp"

#include "core/state/flags.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <utility>

namespace mblab::history {
namespace {

constexpr uint64_t page = 4096;

Interval common(Interval a, Interval b)
{
    return {std::max(a.start, b.start), std::min(a.end, b.end)};
}

} // namespace

Figures Contender::run()
{
    engine_->reset();
    const std::vector<Step> &steps = boot_.trace().steps;
    made_.calls.resize(steps.size() + 1);
    made_.unmet.resize(steps.size() + 1);
    auto demand = boot_.demands.begin();
    for (step_ = 0; step_ < steps.size() && figures_.impossible.empty(); step_++) {
        if (demand == boot_.demands.end() || demand->step != step_)
            pass(steps[step_].op);
        for (; demand != boot_.demands.end() && demand->step == step_ && figures_.impossible.empty(); ++demand)
            meet(*demand);
    }
    begin();
    if (figures_.impossible.empty())
        finish();
    return figures_;
}

Trace Contender::trace() const
{
    Trace trace;
    trace.variant = boot_.trace().variant;
    for (const std::vector<Op> &calls : made_.calls)
        for (const Op &op : calls)
            trace.add(op);
    return trace;
}

void Contender::begin()
{
    if (std::exchange(is_set_up_, true))
        return;
    figures_.impossible = set_up();
}

void Contender::meet(const Demand &demand)
{
    if (demand.kind == DemandKind::block)
        begin();
    is_timed_ = true;
    switch (demand.kind) {
    case DemandKind::keep:
        meet_keep(demand);
        break;
    case DemandKind::block:
        if (const uint64_t at = figures_.impossible.empty() ? find(demand) : 0)
            blocks_.push_back({{at, at + demand.size}, demand.range});
        break;
    case DemandKind::back:
        give_back(demand.range);
        break;
    }
    is_timed_ = false;
}

/// A range that is only reserved when a block lies there already is the danger of every allocator that gives memory
/// away before all is known. Where the kernel's own block was inside the range, it is meant to be.
void Contender::meet_keep(const Demand &demand)
{
    for (const Block &block : blocks_)
        if (const Interval twice = common(block.own, demand.range);
            !twice.empty() && !block.kernels.overlaps(demand.range))
            note("given already, reserved later", twice.size());
    for (const Interval &own : own_ranges())
        if (const Interval twice = common(own, demand.range); !twice.empty())
            note("holds its own data, reserved later", twice.size());
    kept_.fill(demand.range, {});
    keep(demand);
}

/// What the kernel gave back of a block is the same part of this allocator's. What was no block was kept.
void Contender::give_back(Interval range)
{
    std::vector<Block> left;
    bool found = false;
    for (const Block &block : blocks_) {
        const Interval part = common(block.kernels, range);
        if (part.empty()) {
            left.push_back(block);
            continue;
        }
        found = true;
        const uint64_t offset = block.own.start - block.kernels.start;
        const Interval own{part.start + offset, part.end + offset};
        if (!release(own)) {
            note("cannot free", own.size());
            left.push_back(block);
            continue;
        }
        for (const Interval rest : {Interval{block.kernels.start, part.start}, Interval{part.end, block.kernels.end}})
            if (!rest.empty())
                left.push_back({{rest.start + offset, rest.end + offset}, rest});
    }
    blocks_ = std::move(left);
    if (found)
        return;
    if (release(range))
        kept_.remove(range);
    else
        note("cannot free", range.size());
}

const Outcome &Contender::make(const Op &op)
{
    made_.calls[step_].push_back(op);
    const auto start = std::chrono::steady_clock::now();
    const Outcome &outcome = engine_->run(op);
    if (is_timed_) {
        const auto spent = std::chrono::steady_clock::now() - start;
        figures_.nanoseconds += static_cast<uint64_t>(std::chrono::nanoseconds(spent).count());
        figures_.calls++;
    }
    return outcome;
}

void Contender::note(std::string_view reason, uint64_t bytes)
{
    Unmet &unmet = figures_.unmet[std::string(reason)];
    unmet.times++;
    unmet.bytes += bytes;
    std::string &said = made_.unmet[step_];
    said += fmt::format("{}{}", said.empty() ? "" : "; ", reason);
}

void Contender::note_block(std::string_view reason, const Demand &demand)
{
    if (!demand.range.empty())
        note(reason, demand.size);
}

Regions Contender::regions(mblab_type type)
{
    const mblab_type_state &array = engine_->state().type[type];
    return {array.regions, array.cnt};
}

std::vector<Region> Contender::free_ranges()
{
    RegionSet reserved;
    reserved.load(regions(MBLAB_TYPE_reserved), 0);
    std::vector<Region> free;
    for (const Region &known : regions(MBLAB_TYPE_memory))
        for (const Region &memory : boot_.memory) {
            const Interval part = common(interval_of(known), interval_of(memory));
            if (!part.empty() && !(known.flags & flag_nomap))
                reserved.each_gap(part.start, part.end, [&](uint64_t start, uint64_t end, const Region *) {
                    free.push_back({start, end - start, 0, memory.nid});
                });
        }
    return free;
}

uint64_t Contender::managed_bytes()
{
    uint64_t bytes = 0;
    for (const Region &known : regions(MBLAB_TYPE_memory))
        for (const Region &memory : boot_.memory)
            bytes += common(interval_of(known), interval_of(memory)).size();
    return bytes;
}

/// Of the memory that it knows: what is kept, in use, or the allocator's own for good.
uint64_t Contender::asked_bytes()
{
    RegionSet asked = kept_;
    for (const Block &block : blocks_)
        asked.fill(block.own, {});
    for (const Interval &own : own_stays() ? own_ranges() : std::vector<Interval>())
        asked.fill(own, {});
    uint64_t bytes = 0;
    for (const Region &known : regions(MBLAB_TYPE_memory))
        for (const Region &memory : boot_.memory)
            for (const Region &part : asked.regions())
                bytes += common(common(interval_of(known), interval_of(memory)), interval_of(part)).size();
    return bytes;
}

void Contender::finish()
{
    for (const Region &range : free_ranges())
        figures_.largest = std::max(figures_.largest, range.size);
    const uint64_t managed = managed_bytes(), asked = asked_bytes();
    figures_.own = own_bytes();
    figures_.beyond = boot_.memory_bytes() - managed;
    for (const Effect &effect : make(last_call()).effect_list())
        if (effect.kind == MBLAB_EFFECT_page_to_buddy) {
            figures_.blocks.at(effect.b) += effect.c;
            figures_.pages += effect.c << effect.b;
            for (const Region &kept : kept_.regions())
                if (const Interval both =
                        common(interval_of(kept), {effect.a * page, (effect.a + (effect.c << effect.b)) * page});
                    !both.empty())
                    note("reserved, given to the buddy allocator", both.size());
        }
    const uint64_t kept_back = managed - std::min(managed, figures_.pages * page);
    figures_.waste = kept_back - std::min(kept_back, asked);
}

} // namespace mblab::history
