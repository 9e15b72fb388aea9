// SPDX-License-Identifier: GPL-2.0-or-later
#include "apps/boot/planner.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace mblab::boot {
Planner::Planner(const Log &log, const std::vector<Item> &items, const Dialect &dialect)
    : log_(log), items_(items), dialect_(dialect), arch_(architecture(log.arch))
{
}

Plan Planner::run()
{
    customary();
    start();
    allow_resize();
    // Each round explains or disputes one item for good, or inserts a call; a log cannot need more rounds than this.
    for (size_t round = 0; round < 4 * items_.size() + 64; round++) {
        if (is_spent()) {
            dispute_all();
            break;
        }
        Simulation simulation(dialect_);
        const auto conflict = follow(plan_, none, simulation);
        if (!conflict)
            break;
        if (!explain(*conflict, simulation))
            plan_.disputed.insert(conflict->item);
    }
    if (!start_is_known_)
        doubt(0, "the log has no complete dump: the state before its first line is inferred from weaker evidence");
    make_room_at_start();
    return std::move(plan_);
}

void Planner::count_cost(size_t followed, const Simulation &simulation) const
{
    const size_t regions = simulation.memory().size() + simulation.reserved().size();
    cost_ += std::min(followed, items_.size()) * (1 + regions / 16);
}

std::optional<Conflict> Planner::follow(const Plan &plan, size_t stop, Simulation &simulation) const
{
    const auto conflict = walk(items_, plan, stop, simulation);
    count_cost(conflict ? conflict->item : stop, simulation);
    return conflict;
}

void Planner::follow_on(const Plan &plan, size_t stop, Simulation &simulation) const
{
    walk_on(items_, plan, stop, simulation);
    count_cost(stop, simulation);
}

/// Take what the log says for every item that is left: the engines will show where it does not follow.
void Planner::dispute_all()
{
    for (size_t i = 0; i < items_.size(); i++)
        plan_.disputed.insert(i);
    doubt(0, "the log is too long and too contradictory to be explained: only some silent calls were inferred");
}

bool Planner::explain(const Conflict &conflict, const Simulation &simulation)
{
    switch (conflict.kind) {
    case ConflictKind::place:
        return explain_place(conflict.item, simulation);
    case ConflictKind::unanswered:
        return explain_unanswered(conflict.item);
    case ConflictKind::direct:
        return explain_direct(conflict.item, simulation);
    case ConflictKind::nodes:
        return explain_nodes(conflict.item);
    case ConflictKind::snapshot:
        return explain_snapshot(conflict.item, simulation);
    }
    return false;
}

/// What the kernel is known to do silently, where the log shows its conditions.
void Planner::customary()
{
    for (const SilentCall &call : silent_calls()) {
        const size_t line = call.caller.empty() ? 0 : first_item_by(call.caller);
        const auto value = log_.parameter(call.parameter);
        if (line != none && (call.parameter.empty() || (value && (call.value.empty() || *value == call.value))))
            plan_.insert(call.at_caller ? line : 0, make_op(call.op, {call.argument}), std::string(call.evidence),
                         call.certainty);
    }
    for (const Item &item : items_)
        if (item.event.kind == EventKind::high_zone && arch_.limit == LimitHabit::unknown)
            plan_.insert(0, ops::memblock_set_current_limit{item.event.start},
                         fmt::format("line {}: memory from there on is HighMem, which is not mapped", item.event.line),
                         Certainty::customary);
    for (size_t i = 0; i < items_.size(); i++)
        if (const Event &event = items_[i].event; event.kind == EventKind::srat && event.flags)
            plan_.insert(i, ops::memblock_mark_hotplug{event.start, event.size},
                         fmt::format("line {} calls the range hotplug", event.line));
}

size_t Planner::first_item_by(std::string_view caller) const
{
    for (size_t i = 0; i < items_.size() && !caller.empty(); i++)
        if (items_[i].kind == ItemKind::change && items_[i].event.text.starts_with(caller))
            return i;
    return none;
}

/// A doubling shows that arrays may grow by then.
void Planner::allow_resize()
{
    const auto doubles = [](const Item &item) { return !item.doublings.empty(); };
    const auto first = std::find_if(items_.begin(), items_.end(), doubles);
    if (first == items_.end())
        return;
    const auto at = static_cast<size_t>(first - items_.begin());
    plan_.insert(std::min(at, first_item_by(arch_.memory_setup)), ops::memblock_allow_resize{},
                 fmt::format("line {} doubles an array", first->event.line));
}

void Planner::reconsider(size_t from)
{
    const auto forget = [&](auto &decisions) { decisions.erase(decisions.lower_bound(from), decisions.end()); };
    forget(plan_.direct);
    forget(plan_.disputed);
    forget(plan_.unanswered);
    forget(doubts_);
}

size_t Planner::next_dump(size_t from) const
{
    for (size_t i = from; i < items_.size(); i++)
        if (items_[i].is_dump())
            return i;
    return none;
}

size_t Planner::last_dump_before(size_t at) const
{
    while (at-- > 0)
        if (items_[at].is_dump())
            return at;
    return none;
}

size_t Planner::behind_last_dump(size_t at) const
{
    return last_dump_before(at) + 1; // none is the number before 0
}

size_t Planner::support(const Plan &plan, size_t from) const
{
    if (is_spent())
        return 0;
    Simulation simulation(dialect_);
    const auto conflict = follow(plan, none, simulation);
    const size_t end = conflict ? conflict->item : items_.size();
    size_t allocations = 0;
    for (size_t i = from; i < end; i++)
        allocations += items_[i].kind == ItemKind::allocation && items_[i].answer;
    return allocations;
}

bool Planner::settles(const Plan &plan, size_t at, Part part) const
{
    if (is_spent())
        return false;
    Simulation simulation(dialect_);
    follow_on(plan, at, simulation);
    return agrees(simulation, items_[at].snapshot, part);
}

} // namespace mblab::boot
