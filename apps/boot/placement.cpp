// SPDX-License-Identifier: GPL-2.0-or-later
// An allocation that went elsewhere than the layout says: which silent call was made before it?
#include "apps/boot/planner.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>

namespace mblab::boot {
namespace {

constexpr uint64_t anywhere = UINT64_MAX;

/// Whether the current limit, when it is this, bounds where the allocation looks.
bool depends_on_limit(const Event &allocation, uint64_t limit)
{
    const bool is_virtual = op_info(allocation.op).outs()[0].kind == ParameterKind::virt;
    return allocation.end <= 1 || (is_virtual && allocation.end > limit);
}

Op set_limit(uint64_t limit)
{
    return ops::memblock_set_current_limit{limit};
}

/// The number in [low, high] with the most zero bits at its end: limits are round.
uint64_t roundest(uint64_t low, uint64_t high)
{
    for (int bit = 63; bit >= 0; bit--) {
        const uint64_t rounded = high & ~((uint64_t{1} << bit) - 1);
        if (rounded >= low && rounded != 0)
            return rounded;
    }
    return low;
}

/// The limits with which memblock puts the request at place: an interval, since a higher limit never puts it lower.
std::optional<std::pair<uint64_t, uint64_t>> limits_for(Simulation simulation, const Op &request, uint64_t place)
{
    const auto placed_at = [&](uint64_t limit) {
        simulation.run(set_limit(limit));
        return simulation.place(request);
    };
    // The smallest limit for which above(place at limit) holds, or anywhere.
    const auto first = [&](auto above) {
        uint64_t low = place, high = anywhere;
        while (low < high) {
            const uint64_t middle = low + (high - low) / 2;
            above(placed_at(middle)) ? high = middle : low = middle + 1;
        }
        return low;
    };
    const uint64_t low = first([&](uint64_t at) { return at >= place; });
    if (placed_at(low) != place)
        return std::nullopt;
    const uint64_t above = first([&](uint64_t at) { return at > place; });
    return std::pair{low, placed_at(above) == place ? above : above - 1};
}

} // namespace

bool Planner::explain_place(size_t at, const Simulation &simulation)
{
    const size_t dump = next_dump(at);
    const int32_t nid = items_[at].event.nid;
    const auto on_node = [&](const Region &region) { return region.nid == nid; };
    const Regions memory = simulation.memory();
    const bool unknown_node = is_node(nid) && std::none_of(memory.begin(), memory.end(), on_node);
    if (unknown_node && open_nodes(at))
        return true;
    if (unknown_node && (!start_is_known_ || last_loss(at) != none)) {
        plan_.direct.emplace(at, pinned(items_[at], fmt::format("the log does not show what is on node {}", nid)));
        return true;
    }
    // Where it is not known what was there, what turns the search must explain more than one place.
    const bool blind = !start_is_known_ && last_loss(at) == none;
    return raise_limit(at, simulation) || restore_loss(at) || (dump != none && try_cap(dump)) ||
           (blind && try_direction(at, simulation)) || block_better_places(at, simulation) ||
           free_place(at, simulation) || try_direction(at, simulation) || try_limit(at, simulation);
}

/// x86 raises the limit to all that it has mapped, some time after it has mapped it.
bool Planner::raise_limit(size_t at, const Simulation &simulation)
{
    const Item &item = items_[at];
    if (arch_.limit != LimitHabit::mapped || simulation.limit() == anywhere || item.answer->end <= simulation.limit() ||
        !depends_on_limit(item.event, simulation.limit()))
        return false;
    uint64_t mapped = simulation.end_of_memory();
    std::string evidence =
        fmt::format("line {} is given {:#x}, above the limit of before; x86 sets it to what is mapped", item.event.line,
                    item.answer->start);
    for (const Item &other : items_)
        if (other.event.kind == EventKind::last_pfn) {
            mapped = other.event.count << 12;
            evidence += fmt::format(": last_pfn at line {}", other.event.line);
            break;
        }
    for (const Item &other : items_)
        if (other.event.kind == EventKind::high_zone)
            mapped = std::min(mapped, other.event.start);
    if (simulation.after(set_limit(mapped)).place(op_of(item)) != item.answer->start)
        return false;
    plan_.insert(at, set_limit(mapped), evidence);
    return true;
}

bool Planner::try_direction(size_t at, const Simulation &simulation)
{
    const Item &item = items_[at];
    const bool up = !simulation.bottom_up();
    const auto turn = [](bool bottom_up) { return ops::memblock_set_bottom_up{bottom_up}; };
    if (simulation.after(turn(up)).place(op_of(item)) != item.answer->start)
        return false;
    const std::string_view place = up ? "lowest" : "highest";
    if (turns_search_for_one_call(item.event.text)) {
        const auto evidence = fmt::format("line {} is given the {} place; its caller turns the search for one call",
                                          item.event.line, place);
        plan_.insert(at, turn(up), evidence);
        plan_.insert(at + 1, turn(!up), evidence);
        return true;
    }
    Plan plan = plan_;
    plan.insert(at, turn(up),
                fmt::format("line {} and those that follow are given the {} place", item.event.line, place));
    return arch_.may_turn_search && adopt_if_supported(std::move(plan), at);
}

/// One line that was misread must not be explained by a call of its own: an inference has to carry three allocations.
bool Planner::adopt_if_supported(Plan plan, size_t at)
{
    constexpr size_t support_min = 3;
    if (support(plan, at) < support_min)
        return false;
    plan_ = std::move(plan);
    return true;
}

bool Planner::try_limit(size_t at, const Simulation &simulation)
{
    const Item &item = items_[at];
    // With a limit of its own the call's place says nothing of ours.
    if (!depends_on_limit(item.event, 0) || !simulation.is_free(*item.answer) || arch_.limit != LimitHabit::unknown)
        return false;
    const auto limits = limits_for(simulation, op_of(item), item.answer->start);
    if (!limits)
        return false;
    const uint64_t limit =
        limits->second >= simulation.end_of_memory() ? anywhere : roundest(limits->first, limits->second);
    Plan plan = plan_;
    plan.insert(at, set_limit(limit),
                fmt::format("line {} is given {:#x}, which limits of {:#x} to {:#x} lead to", item.event.line,
                            item.answer->start, limits->first, limits->second),
                limit == anywhere ? Certainty::shown : Certainty::ambiguous);
    return adopt_if_supported(std::move(plan), at);
}

/// The last item before that stands for lines which no dump makes up for; none when there is no such loss.
size_t Planner::last_loss(size_t at) const
{
    if (next_dump(at) == none)
        for (size_t i = at; i-- > behind_last_dump(at);)
            if (items_[i].kind == ItemKind::lost)
                return i;
    return none;
}

/// What a line before the first dump reserves by name may have been reserved, in part, before the log begins.
bool Planner::may_be_reserved(uint64_t place, size_t at) const
{
    const size_t dump = next_dump(at);
    if (dump == none || last_dump_before(at) != none)
        return false;
    const std::vector<Interval> later = reserved_between(at, dump);
    return std::any_of(later.begin(), later.end(), [&](const Interval &range) { return range.contains(place); });
}

/// Better places that the kernel passed over were taken by lines that the log lacks, when it lacks some.
bool Planner::block_better_places(size_t at, const Simulation &simulation)
{
    const Item &item = items_[at];
    const size_t loss = last_loss(at);
    const Op request = op_of(item);
    const bool blind = !start_is_known_ || loss != none || may_be_reserved(simulation.place(request), at);
    if (!blind || !simulation.is_free(*item.answer))
        return false;
    const size_t from = loss == none ? 0 : loss + 1;
    // What lines from there on hand out was free then, unless they freed it first.
    RegionSet later;
    for (size_t i = items_.size(); i-- > from;) {
        if (items_[i].answer)
            later.fill(*items_[i].answer, {0, nid_unset});
        else if (items_[i].frees())
            later.remove(items_[i].range());
    }
    Simulation blocked = simulation;
    std::vector<Op> calls;
    for (uint64_t place = blocked.place(request); place != item.answer->start; place = blocked.place(request)) {
        cost_ += 1 + blocked.reserved().size() / 16;
        RegionSet taken;
        // Only what is free can be taken: else nothing would change, and the search would go on for ever.
        if (place && blocked.is_free({place, place + 1}))
            taken.fill(blocked.hole_around(place, *item.answer), {0, nid_unset});
        for (const Region &region : later.regions())
            taken.remove(interval_of(region));
        if (depends_on_limit(item.event, blocked.limit()) && blocked.limit() > place)
            taken.remove({blocked.limit(), UINT64_MAX});
        if (!overlaps(taken.regions(), range_at(place, item.event.size)) || is_spent())
            return false;
        for (const Region &region : taken.regions()) {
            calls.push_back(ops::memblock_reserve{region.base, region.size});
            blocked.run(calls.back());
        }
    }
    for (const Op &call : calls)
        plan_.insert(from, call,
                     fmt::format("line {} was not given it; the log does not show what was there", item.event.line),
                     Certainty::ambiguous);
    reconsider(from);
    return true;
}

/// What is handed out again was freed by lines that the log lacks, when it lacks some.
bool Planner::free_place(size_t at, const Simulation &simulation)
{
    const Item &item = items_[at];
    const size_t loss = last_loss(at);
    if (loss == none || !covers(simulation.memory(), *item.answer) || simulation.is_free(*item.answer))
        return false;
    plan_.insert(
        loss + 1, ops::memblock_phys_free{item.answer->start, item.answer->size()},
        fmt::format("line {} is given it; lines are lost at line {}", item.event.line, items_[loss].event.line),
        Certainty::ambiguous);
    reconsider(loss + 1);
    return true;
}

bool Planner::explain_unanswered(size_t at)
{
    // Either the call failed, or the line with its answer is lost. Failure is silent, so only a loss can be seen.
    if (!items_[at].followed_by_loss)
        return false;
    plan_.unanswered.insert(at);
    doubt(at, fmt::format(
                  "line {}: the line that says what this allocation was given is missing; taken to be where memblock "
                  "puts it",
                  items_[at].event.line));
    return true;
}

} // namespace mblab::boot
