// SPDX-License-Identifier: GPL-2.0-or-later
#include "apps/boot/planner.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace mblab::boot {
namespace {

// x86 lets memblock allocate below 1 MiB only, until all memory is mapped.
constexpr uint64_t isa_end = 0x100000;

} // namespace

std::string place_of(const Item &item)
{
    return fmt::format("line {}", item.event.line);
}

Planner::Planner(const Log &log, const std::vector<Item> &items)
    : log_(log), items_(items), version_(version_of(log.kernel))
{
}

Plan Planner::run()
{
    customary();
    start();
    allow_resize();
    // Each round explains or disputes one item for good, or inserts a call; a log cannot need more rounds than this.
    for (size_t round = 0; round < 4 * items_.size() + 64; round++) {
        if (cost_ > cost_max) {
            dispute_all();
            break;
        }
        Sketch sketch;
        const auto surprise = follow(plan_, none, sketch);
        if (!surprise)
            break;
        if (!explain(*surprise, sketch))
            plan_.disputed.insert(surprise->item);
    }
    if (!start_is_known_)
        doubt(0, "the log has no whole dump: what was there before its first line is taken from weaker evidence");
    make_room_at_start();
    return std::move(plan_);
}

std::optional<Surprise> Planner::follow(const Plan &plan, size_t stop, Sketch &sketch) const
{
    const auto surprise = walk(items_, plan, stop, sketch);
    const size_t regions = sketch.memory.regions().size() + sketch.reserved.regions().size();
    cost_ += (surprise ? surprise->item : std::min(stop, items_.size())) * (1 + regions / 16);
    return surprise;
}

void Planner::follow_on(const Plan &plan, size_t stop, Sketch &sketch) const
{
    walk_on(items_, plan, stop, sketch);
    const size_t regions = sketch.memory.regions().size() + sketch.reserved.regions().size();
    cost_ += std::min(stop, items_.size()) * (1 + regions / 16);
}

/// Take what the log says for every item that is left: the engines will show where it does not follow.
void Planner::dispute_all()
{
    for (size_t i = 0; i < items_.size(); i++)
        plan_.disputed.insert(i);
    doubt(0, "the log is too long and too contradictory to be explained: only some silent calls were inferred");
}

bool Planner::explain(const Surprise &surprise, const Sketch &sketch)
{
    switch (surprise.kind) {
    case SurpriseKind::place:
        return explain_place(surprise.item, sketch);
    case SurpriseKind::unanswered:
        return explain_unanswered(surprise.item);
    case SurpriseKind::direct:
        return explain_direct(surprise.item, sketch);
    case SurpriseKind::nodes:
        return explain_nodes(surprise.item);
    case SurpriseKind::snapshot:
        return explain_snapshot(surprise.item, sketch);
    }
    return false;
}

/// What the kernel is known to do without a word, where the log shows that it came by.
void Planner::customary()
{
    if (log_.has("movable_node")) {
        plan_.insert(0,
                     {make_op(MBLAB_OP_world_movable_node, {1}), "movable_node on the command line", Certainty::shown});
        // A log that begins later begins when nodes have been set up and the direction has been turned back.
        if (log_.arch == Arch::x86_64 && first_item_by("e820__memblock_setup") != none)
            plan_.insert(0, {make_op(MBLAB_OP_memblock_set_bottom_up, {1}),
                             "movable_node on the command line: x86 stays near the kernel until it has read the SRAT",
                             Certainty::customary});
    }
    if (log_.value_of("kernelcore") == "mirror")
        plan_.insert(0, {make_op(MBLAB_OP_world_mirrored_kernelcore, {1}), "kernelcore=mirror on the command line",
                         Certainty::shown});
    if (const size_t setup = first_item_by("e820__memblock_setup"); setup != none)
        plan_.insert(setup, {make_op(MBLAB_OP_memblock_set_current_limit, {isa_end}),
                             "x86 does so before e820__memblock_setup, the caller of this line", Certainty::customary});
    for (size_t i = 0; i < items_.size(); i++)
        if (const Event &event = items_[i].event; event.kind == EventKind::srat && event.flags)
            plan_.insert(i, {make_op(MBLAB_OP_memblock_mark_hotplug, {event.start, event.size}),
                             fmt::format("line {} calls the range hotplug", event.line), Certainty::shown});
}

size_t Planner::first_item_by(std::string_view caller) const
{
    for (size_t i = 0; i < items_.size(); i++)
        if (items_[i].kind == ItemKind::change && items_[i].event.text.starts_with(caller))
            return i;
    return none;
}

/// A doubling shows that arrays may grow by then.
bool Planner::allow_resize()
{
    for (size_t i = 0; i < items_.size(); i++) {
        if (items_[i].doublings.empty())
            continue;
        const size_t setup = first_item_by("e820__memblock_setup");
        const size_t at = setup < i ? setup : i;
        auto &calls = plan_.before[at];
        calls.insert(calls.end(), {make_op(MBLAB_OP_memblock_allow_resize),
                                   fmt::format("line {} doubles an array", items_[i].event.line), Certainty::shown});
        return true;
    }
    return false;
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
        if (items_[i].kind == ItemKind::snapshot && items_[i].snapshot.whole &&
            items_[i].snapshot.file == MBLAB_TYPE_none)
            return i;
    return none;
}

size_t Planner::last_dump_before(size_t at) const
{
    size_t last = none;
    for (size_t i = 0; i < at; i++)
        if (items_[i].kind == ItemKind::snapshot && items_[i].snapshot.whole &&
            items_[i].snapshot.file == MBLAB_TYPE_none)
            last = i;
    return last;
}

size_t Planner::support(const Plan &plan, size_t from) const
{
    Sketch sketch;
    const auto surprise = follow(plan, none, sketch);
    const size_t end = surprise ? surprise->item : items_.size();
    size_t allocations = 0;
    for (size_t i = from; i < end; i++)
        allocations += items_[i].kind == ItemKind::allocation && items_[i].answer;
    return allocations;
}

bool Planner::settles(const Plan &plan, size_t at, Part part) const
{
    Sketch sketch;
    follow_on(plan, at, sketch);
    return agrees(sketch, items_[at].snapshot, part);
}

} // namespace mblab::boot
