// SPDX-License-Identifier: GPL-2.0-or-later
#include "apps/boot/plan.hpp"
#include "apps/boot/scan.hpp"

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
template <typename Same> bool same_cut(Regions a, Regions b, Same same)
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

bool agrees_on(Regions ours, Regions shown, Part part)
{
    return part == Part::nodes ? same_cut(ours, shown, same_node) : same_cut(ours, shown, same_flags);
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

bool agrees(const Sketch &sketch, const Snapshot &snapshot, Part part)
{
    const bool has_memory = snapshot.file == MBLAB_TYPE_none || snapshot.file == MBLAB_TYPE_memory;
    const bool has_reserved = snapshot.file == MBLAB_TYPE_none || snapshot.file == MBLAB_TYPE_reserved;
    const Regions memory = snapshot.regions[MBLAB_TYPE_memory], reserved = snapshot.regions[MBLAB_TYPE_reserved];
    switch (part) {
    case Part::memory_cover:
        return !has_memory || same_cover(sketch.memory.regions(), memory);
    case Part::reserved_cover:
        return !has_reserved || same_cover(sketch.reserved.regions(), reserved);
    case Part::nodes:
    case Part::flags:
        // By the time of debugfs, memblock_free_all has set every node in silence: that is for the engines to show.
        if (snapshot.file != MBLAB_TYPE_none)
            return true;
        return agrees_on(sketch.memory.regions(), memory, part) && agrees_on(sketch.reserved.regions(), reserved, part);
    case Part::memory_size:
        return snapshot.file != MBLAB_TYPE_none || sketch.memory_size == snapshot.memory_size;
    case Part::count:
        break;
    }
    return true;
}

bool agrees(const Sketch &sketch, const Snapshot &snapshot)
{
    for (uint8_t part = 0; part < static_cast<uint8_t>(Part::count); part++)
        if (!agrees(sketch, snapshot, static_cast<Part>(part)))
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
    }
    return op;
}

void apply_item(const Item &item, size_t index, const Plan &plan, Sketch &sketch)
{
    const auto reserve = [&](Range range) { sketch.reserved.fill(range, {0, nid_unset}); };
    switch (item.kind) {
    case ItemKind::allocation:
        if (item.answer)
            reserve(*item.answer);
        else if (plan.unanswered.contains(index))
            if (const uint64_t base = sketch.place(*request_of(op_of(item))))
                reserve(range_at(base, item.event.size));
        break;
    case ItemKind::direct:
        reserve(*item.answer);
        break;
    case ItemKind::change:
        sketch.apply(op_of(item));
        break;
    default:
        break;
    }
    for (const Range &array : item.doublings)
        reserve(array);
    if (item.kind == ItemKind::snapshot && item.snapshot.whole && plan.disputed.contains(index)) {
        // Go on from what the kernel had, so that one disagreement is not taken for many.
        sketch.memory.load(item.snapshot.regions[MBLAB_TYPE_memory], 0);
        sketch.reserved.load(item.snapshot.regions[MBLAB_TYPE_reserved], 0);
        sketch.memory_size = item.snapshot.memory_size;
    }
}

/// What about an item does not fit the sketch.
static std::optional<SurpriseKind> surprise_of(const Item &item, size_t index, const Plan &plan, const Sketch &sketch)
{
    if (plan.disputed.contains(index) || plan.direct.contains(index))
        return std::nullopt;
    switch (item.kind) {
    case ItemKind::allocation: {
        const uint64_t place = sketch.place(*request_of(op_of(item)));
        if (item.answer)
            return place == item.answer->start ? std::nullopt : std::optional(SurpriseKind::place);
        return place && !plan.unanswered.contains(index) ? std::optional(SurpriseKind::unanswered) : std::nullopt;
    }
    case ItemKind::direct:
        return SurpriseKind::direct;
    case ItemKind::snapshot:
        if (!item.snapshot.whole || agrees(sketch, item.snapshot))
            return std::nullopt;
        return SurpriseKind::snapshot;
    default:
        return std::nullopt;
    }
}

namespace {

/// Follows what the lines say of nodes: whether they are being set up.
class NodeWatch {
  public:
    NodeWatch(const std::vector<Item> &items, const Plan &plan) : items_(items), plan_(plan) {}

    /// Whether the item needs nodes, or shows them, that no call has set yet.
    bool asks(size_t index)
    {
        const Item &item = items_[index];
        // The data of a node is evidence, too; but not of nodes being set up anew.
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

std::optional<Surprise> walk(const std::vector<Item> &items, const Plan &plan, size_t stop, Sketch &sketch)
{
    NodeWatch nodes(items, plan);
    sketch = {};
    for (size_t i = 0; i < items.size() && i < stop; i++) {
        if (nodes.asks(i))
            return Surprise{SurpriseKind::nodes, i};
        if (const auto calls = plan.before.find(i); calls != plan.before.end())
            for (const Inserted &call : calls->second)
                sketch.apply(call.op);
        if (const auto kind = surprise_of(items[i], i, plan, sketch))
            return Surprise{*kind, i};
        apply_item(items[i], i, plan, sketch);
    }
    // What comes before the stop belongs to the state that the item finds.
    if (const auto calls = plan.before.find(stop); stop < items.size() && calls != plan.before.end())
        for (const Inserted &call : calls->second)
            sketch.apply(call.op);
    return std::nullopt;
}

void walk_on(const std::vector<Item> &items, const Plan &plan, size_t stop, Sketch &sketch)
{
    sketch = {};
    for (size_t i = 0; i < items.size() && i <= stop; i++) {
        if (const auto calls = plan.before.find(i); calls != plan.before.end())
            for (const Inserted &call : calls->second)
                sketch.apply(call.op);
        if (i < stop)
            apply_item(items[i], i, plan, sketch);
    }
}

unsigned version_of(const std::string &kernel)
{
    Scan scan(kernel);
    uint64_t major = 0, minor = 0;
    if (!scan.decimal(major) || !scan.literal(".") || !scan.decimal(minor) || major > 100 || minor > 99)
        return 0;
    return static_cast<unsigned>(major * 100 + minor);
}

} // namespace mblab::boot
