// SPDX-License-Identifier: GPL-2.0-or-later
#include "apps/boot/plan.hpp"

#include <algorithm>

namespace mblab::boot {
namespace {

/// Lists that say the same of every address, whatever they say about it.
bool same_cover(Regions a, Regions b)
{
    const auto covered = [](Regions one, Regions other) {
        return std::all_of(one.begin(), one.end(),
                           [&](const Region &region) { return covers(other, interval_of(region)); });
    };
    return covered(a, b) && covered(b, a);
}

/// Lists that are cut at the same places, with the same nodes or the same flags.
bool same_cut(Regions a, Regions b, bool (*same)(const Region &, const Region &))
{
    return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(), [&](const Region &x, const Region &y) {
               return x.base == y.base && x.size == y.size && same(x, y);
           });
}

bool same_node(const Region &a, const Region &b)
{
    return is_node(a.nid) == is_node(b.nid) && (!is_node(a.nid) || a.nid == b.nid);
}

bool same_flags(const Region &a, const Region &b)
{
    return a.flags == b.flags;
}

/// Whether an item ends the setting up of nodes: it needs them, or shows them.
bool comes_after_nodes(const std::vector<Item> &items, size_t index)
{
    const Item &item = items[index];
    if (item.kind == ItemKind::allocation)
        return item.event.nid >= 0;
    if (item.kind == ItemKind::snapshot)
        return item.snapshot.file == MBLAB_TYPE_none;
    if (item.kind != ItemKind::direct)
        return false;
    return index + 1 < items.size() && items[index + 1].event.kind == EventKind::node_data;
}

} // namespace

bool agrees(const Simulation &simulation, const Snapshot &snapshot, Part part)
{
    const bool is_dump = snapshot.file == MBLAB_TYPE_none;
    const Regions memory = snapshot.regions[MBLAB_TYPE_memory], reserved = snapshot.regions[MBLAB_TYPE_reserved];
    switch (part) {
    case Part::memory_cover:
        return !snapshot.shows(MBLAB_TYPE_memory) || same_cover(simulation.memory(), memory);
    case Part::reserved_cover:
        return !snapshot.shows(MBLAB_TYPE_reserved) || same_cover(simulation.reserved(), reserved);
    case Part::nodes:
    case Part::flags: {
        // By the time of debugfs, memblock_free_all has set every node in silence: that is for the engines to show.
        const auto same = part == Part::nodes ? same_node : same_flags;
        return !is_dump ||
               (same_cut(simulation.memory(), memory, same) && same_cut(simulation.reserved(), reserved, same));
    }
    case Part::memory_size:
        return !is_dump || simulation.memory_size() == snapshot.memory_size;
    case Part::count:
        break;
    }
    return true;
}

bool agrees(const Simulation &simulation, const Snapshot &snapshot)
{
    for (uint8_t part = 0; part < static_cast<uint8_t>(Part::count); part++)
        if (!agrees(simulation, snapshot, static_cast<Part>(part)))
            return false;
    return true;
}

Op op_of(const Item &item)
{
    const Event &event = item.event;
    Op op = make_op(static_cast<mblab_op_kind>(event.op));
    const auto params = op_info(event.op).params();
    for (size_t i = 0; i < params.size(); i++) {
        const std::string_view name = params[i].name;
        if (name == "base" || name == "start" || name == "min_addr" || name == "ptr")
            op.arg[i] = event.start;
        else if (name == "end" || name == "max_addr")
            op.arg[i] = event.end;
        else if (name == "size")
            op.arg[i] = event.size;
        else if (name == "align")
            op.arg[i] = event.align;
        else if (name == "nid")
            op.arg[i] = static_cast<uint64_t>(static_cast<int64_t>(event.nid));
        else if (name == "flags")
            op.arg[i] = event.flags;
        else if (name == "exact_nid")
            op.arg[i] = event.count;
    }
    return op;
}

namespace {

/// What the item itself does, once nothing about it conflicts.
void apply_item(const Item &item, size_t index, const Plan &plan, Simulation &simulation)
{
    if (item.answer)
        simulation.take(*item.answer, item.event.nid, item.reserved_as);
    else if (item.kind == ItemKind::change || plan.unanswered.contains(index))
        simulation.run(op_of(item));
    for (const Interval &array : item.left_arrays)
        simulation.run(ops::memblock_phys_free{array.start, array.size()});
    for (const Interval &array : item.doublings)
        simulation.take_array(array);
    // Go on from what the kernel had, so that one disagreement is not taken for many.
    if (item.kind == ItemKind::snapshot && item.snapshot.whole && plan.disputed.contains(index))
        simulation.load(item.snapshot);
}

void apply_inserted(size_t index, const Plan &plan, Simulation &simulation)
{
    if (const auto calls = plan.before.find(index); calls != plan.before.end())
        for (const Inserted &call : calls->second)
            simulation.run(call.op);
}

/// What about an item does not fit the simulation.
std::optional<ConflictKind> conflict_of(const Item &item, size_t index, const Plan &plan, const Simulation &simulation)
{
    if (plan.disputed.contains(index) || plan.direct.contains(index))
        return std::nullopt;
    switch (item.kind) {
    case ItemKind::allocation: {
        const uint64_t place = simulation.place(op_of(item));
        if (item.answer)
            return place == item.answer->start ? std::nullopt : std::optional(ConflictKind::place);
        return place && !plan.unanswered.contains(index) ? std::optional(ConflictKind::unanswered) : std::nullopt;
    }
    case ItemKind::direct:
        return ConflictKind::direct;
    case ItemKind::snapshot:
        if (!item.snapshot.whole || agrees(simulation, item.snapshot))
            return std::nullopt;
        return ConflictKind::snapshot;
    default:
        return std::nullopt;
    }
}

/// Follows what the lines say of nodes: whether they are being set up.
class NodeWatch {
  public:
    NodeWatch(const std::vector<Item> &items, const Plan &plan) : items_(items), plan_(plan) {}

    /// Whether the item needs nodes, or shows them, that no call has set yet.
    bool asks(size_t index)
    {
        const Item &item = items_[index];
        // The data of a node is evidence, too; but not of nodes being set up again.
        const bool tells = tells_of_nodes(item) && (item.event.kind != EventKind::node_data || !done_);
        setting_up_ |= tells || plan_.nodes_open.contains(index);
        if (!setting_up_ || !comes_after_nodes(items_, index))
            return false;
        setting_up_ = false;
        done_ = item.kind != ItemKind::snapshot;
        return !plan_.nodes_set.contains(index);
    }

  private:
    const std::vector<Item> &items_;
    const Plan &plan_;
    bool setting_up_ = false, done_ = false;
};

} // namespace

std::optional<Conflict> walk(const std::vector<Item> &items, const Plan &plan, size_t stop, Simulation &simulation)
{
    NodeWatch nodes(items, plan);
    simulation.reset();
    for (size_t i = 0; i < items.size() && i < stop; i++) {
        if (nodes.asks(i))
            return Conflict{ConflictKind::nodes, i};
        apply_inserted(i, plan, simulation);
        if (const auto kind = conflict_of(items[i], i, plan, simulation))
            return Conflict{*kind, i};
        apply_item(items[i], i, plan, simulation);
    }
    // What comes before the stop belongs to the state that the item finds.
    if (stop < items.size())
        apply_inserted(stop, plan, simulation);
    return std::nullopt;
}

void walk_on(const std::vector<Item> &items, const Plan &plan, size_t stop, Simulation &simulation)
{
    simulation.reset();
    for (size_t i = 0; i < items.size() && i <= stop; i++) {
        apply_inserted(i, plan, simulation);
        if (i < stop)
            apply_item(items[i], i, plan, simulation);
    }
}

} // namespace mblab::boot
