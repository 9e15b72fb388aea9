// SPDX-License-Identifier: GPL-2.0-or-later
// What was there before the first line, and what lines that are lost must have done: read back from the next snapshot.
#include "apps/boot/planner.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace mblab::boot {
namespace {

void forget_nodes(RegionSet &list)
{
    list.change({0, UINT64_MAX}, [](Attributes at) { return Attributes{at.flags, nid_unset}; });
}

void forget_flags(RegionSet &list, uint32_t flags)
{
    list.change({0, UINT64_MAX}, [=](Attributes at) { return Attributes{at.flags & ~flags, at.nid}; });
}

/// One step back: what was not there before the item is taken away, what the item took away comes back.
void undo(const Item &item, Sketch &sketch)
{
    for (const Range &array : item.doublings)
        sketch.reserved.remove(array);
    if (item.answer)
        sketch.reserved.remove(*item.answer);
    if (item.kind != ItemKind::change)
        return;
    const Range range = range_at(item.event.start, item.event.size);
    switch (item.event.op) {
    case MBLAB_OP_memblock_reserve:
        return sketch.reserved.remove(range);
    case MBLAB_OP_memblock_phys_free:
    case MBLAB_OP_memblock_free:
        return sketch.reserved.fill(range, {0, nid_unset});
    case MBLAB_OP_memblock_add:
    case MBLAB_OP_memblock_add_node:
        return sketch.memory.remove(range);
    default:
        // What memblock_remove took away is not shown; nothing later depends on it.
        return;
    }
}

} // namespace

Sketch Planner::read_back(size_t snapshot, size_t from) const
{
    Sketch sketch;
    const Snapshot &shown = items_[snapshot].snapshot;
    sketch.memory.load(shown.regions[MBLAB_TYPE_memory], 0);
    sketch.reserved.load(shown.regions[MBLAB_TYPE_reserved], 0);
    // When nodes are set is found separately: until then no region has one.
    forget_nodes(sketch.memory);
    forget_nodes(sketch.reserved);
    bool unplugged = false, mirrored = false;
    for (size_t i = snapshot; i-- > from;) {
        undo(items_[i], sketch);
        unplugged |= items_[i].event.kind == EventKind::srat && items_[i].event.flags;
        mirrored |= items_[i].event.kind == EventKind::mirrored;
    }
    forget_flags(sketch.memory, (unplugged ? 1u : 0) | (mirrored ? 2u : 0));
    return sketch;
}

size_t Planner::insert_difference(size_t at, const Sketch &have, const Sketch &want, const std::string &evidence,
                                  Certainty certainty)
{
    size_t calls = 0;
    const auto cover = [&](const RegionSet &there, const RegionSet &wanted, mblab_op_kind add, mblab_op_kind remove) {
        RegionSet more = wanted, less = there;
        forget_nodes(more);
        forget_nodes(less);
        forget_flags(more, ~0u);
        forget_flags(less, ~0u);
        for (const Region &region : there.regions())
            more.remove(interval_of(region));
        for (const Region &region : wanted.regions())
            less.remove(interval_of(region));
        for (const Region &region : more.regions())
            plan_.insert(at, {make_op(add, {region.base, region.size}), evidence, certainty});
        for (const Region &region : less.regions())
            plan_.insert(at, {make_op(remove, {region.base, region.size}), evidence, certainty});
        calls += more.regions().size() + less.regions().size();
    };
    cover(have.memory, want.memory, MBLAB_OP_memblock_add, MBLAB_OP_memblock_remove);
    cover(have.reserved, want.reserved, MBLAB_OP_memblock_reserve, MBLAB_OP_memblock_phys_free);
    return calls;
}

/// Lines that are lost among lines that add memory have likely added memory.
size_t Planner::loss_among_adds(size_t dump) const
{
    const auto adds = [&](size_t i) {
        return items_[i].kind == ItemKind::change && items_[i].event.op == MBLAB_OP_memblock_add;
    };
    for (size_t i = 1; i + 1 < dump; i++)
        if (items_[i].kind == ItemKind::lost && (adds(i - 1) || adds(i + 1)))
            return i;
    return none;
}

void Planner::start()
{
    size_t snapshot = next_dump(0);
    Sketch want;
    if (snapshot != none)
        want = read_back(snapshot, 0);
    const std::string evidence =
        snapshot == none ? ""
                         : fmt::format("the dump at line {} has it, no line before does", items_[snapshot].event.line);
    start_is_known_ = snapshot != none;
    if (!start_is_known_)
        return start_from_the_end();
    const size_t loss = loss_among_adds(snapshot);
    Sketch memory, reserved;
    memory.memory = want.memory;
    reserved.reserved = want.reserved;
    insert_difference(loss == none ? 0 : loss + 1, {}, memory, evidence,
                      loss == none ? Certainty::shown : Certainty::ambiguous);
    insert_difference(0, {}, reserved, evidence, Certainty::shown);
    for (const Region &region : want.memory.regions())
        for (const auto &[bit, kind] :
             {std::pair{1u, MBLAB_OP_memblock_mark_hotplug}, std::pair{2u, MBLAB_OP_memblock_mark_mirror},
              std::pair{4u, MBLAB_OP_memblock_mark_nomap}})
            if (region.flags & bit)
                plan_.insert(0, {make_op(kind, {region.base, region.size}), evidence, Certainty::shown});
    for (const Region &region : want.reserved.regions())
        if (region.flags & 16)
            plan_.insert(0, {make_op(MBLAB_OP_memblock_reserved_mark_noinit, {region.base, region.size}), evidence,
                             Certainty::shown});
}

/// The smallest range that holds every answer.
Range Planner::handed_out() const
{
    Range range{UINT64_MAX, 0};
    for (const Item &item : items_)
        if (item.answer && !item.answer->empty())
            range = {std::min(range.start, item.answer->start), std::max(range.end, item.answer->end)};
    return range;
}

/// Memory, where no dump shows it: the best of the weaker evidence.
RegionSet Planner::memory_without_dump(std::string &evidence) const
{
    RegionSet memory;
    const auto from = [&](EventKind kind, auto accepts, std::string_view says) {
        if (!memory.regions().empty())
            return;
        for (const Item &item : items_)
            if (item.event.kind == kind && accepts(item.event)) {
                memory.fill(range_at(item.event.start, item.event.size), {0, nid_unset});
                evidence = fmt::format("{} (line {})", says, item.event.line);
            }
    };
    const auto any = [](const Event &) { return true; };
    from(EventKind::early_range, any, "early memory node ranges");
    from(EventKind::iomem, [](const Event &event) { return event.text == "System RAM"; }, "/proc/iomem");
    from(EventKind::firmware_range, [](const Event &event) { return event.flags != 0; }, "the firmware's map");
    from(EventKind::faked_node, any, "the node that is made up");
    const Range given = handed_out();
    if (!given.empty() && !covers(memory.regions(), given)) {
        // Holes among what is handed out would only be guesses.
        evidence += evidence.empty() ? "" : ", and ";
        evidence += "all from the lowest to the highest address that the log hands out";
        if (!overlaps(memory.regions(), {given.start, given.start + 1}) ||
            !overlaps(memory.regions(), {given.end - 1, given.end}))
            memory.fill(given, {0, nid_unset});
    }
    return memory;
}

/// Without a dump: memory from what the kernel says of its nodes or what the user printed, reserved from debugfs.
void Planner::start_from_the_end()
{
    size_t reserved_file = none, memory_file = none;
    for (size_t i = 0; i < items_.size(); i++)
        if (items_[i].kind == ItemKind::snapshot && items_[i].snapshot.whole)
            (items_[i].snapshot.file == MBLAB_TYPE_reserved ? reserved_file : memory_file) = i;
    Sketch memory, reserved;
    std::string evidence = "debugfs has it, no line before does";
    if (reserved_file != none)
        reserved.reserved = read_back(reserved_file, 0).reserved;
    insert_difference(0, {}, reserved, evidence, Certainty::ambiguous);
    // x86 adds all memory in one go: a log that shows some of it begins before.
    if (first_item_by("e820__memblock_setup") != none)
        return;
    memory.memory = memory_file != none ? read_back(memory_file, 0).memory : memory_without_dump(evidence);
    for (const Item &item : items_)
        if (item.kind == ItemKind::change && item.event.op == MBLAB_OP_memblock_add)
            memory.memory.remove(range_at(item.event.start, item.event.size));
    insert_difference(0, {}, memory, evidence, Certainty::ambiguous);
    if (std::any_of(items_.begin(), items_.end(), tells_of_nodes))
        return;
    if (memory_file != none)
        for (const Region &region : items_[memory_file].snapshot.regions[MBLAB_TYPE_memory])
            if (is_node(region.nid))
                plan_.insert(0, {make_op(MBLAB_OP_memblock_set_node, {region.base, region.size, MBLAB_TYPE_memory,
                                                                      static_cast<uint64_t>(region.nid)}),
                                 evidence, Certainty::ambiguous});
    for (const Item &item : items_)
        if (const Event &event = item.event; event.kind == EventKind::early_range)
            plan_.insert(0, {make_op(MBLAB_OP_memblock_set_node,
                                     {event.start, event.size, MBLAB_TYPE_memory, static_cast<uint64_t>(event.nid)}),
                             fmt::format("line {} says so", event.line), Certainty::shown});
}

/// Arrays that had been doubled before the log begins, or that may be doubled at another call than the kernel's because
/// the number of regions is not known, are made larger at once, from slab: no memory of the layout is taken for them.
void Planner::make_room_at_start()
{
    constexpr uint64_t first_size = 128;
    auto &calls = plan_.before[0];
    const auto count = [&](mblab_op_kind kind) {
        return static_cast<uint64_t>(
            std::count_if(calls.begin(), calls.end(), [&](const Inserted &call) { return call.op.kind == kind; }));
    };
    const bool many = std::max(count(MBLAB_OP_memblock_add), count(MBLAB_OP_memblock_reserve)) >= first_size;
    const bool doubles =
        std::any_of(items_.begin(), items_.end(), [](const Item &item) { return !item.doublings.empty(); });
    if (!many && (start_is_known_ || !doubles))
        return;
    std::vector<Inserted> before;
    const auto add = [&](const Op &op) {
        before.push_back({op, "arrays that may have been doubled before the log begins", Certainty::ambiguous});
    };
    add(make_op(MBLAB_OP_world_slab, {MBLAB_SLAB_UP}));
    add(make_op(MBLAB_OP_memblock_allow_resize));
    // Regions of a byte in the first page, which is never given out; then they are gone again.
    for (uint64_t i = 0; !start_is_known_ && i <= first_size; i++)
        add(make_op(MBLAB_OP_memblock_reserve, {2 * i, 1}));
    if (!start_is_known_)
        add(make_op(MBLAB_OP_memblock_phys_free, {0, 4 * first_size}));
    calls.insert(calls.begin(), before.begin(), before.end());
    calls.push_back({make_op(MBLAB_OP_world_slab, {MBLAB_SLAB_DOWN}), before.front().evidence, Certainty::ambiguous});
    doubt(0, "arrays had been doubled before the log begins, or might have been; where is not shown");
    if (!start_is_known_)
        reserve_new_arrays();
}

/// The kernel's new arrays, where the replay has no need of them.
void Planner::reserve_new_arrays()
{
    for (size_t i = 0; i < items_.size(); i++)
        for (const Range &array : items_[i].doublings)
            plan_.insert(i + 1,
                         {make_op(MBLAB_OP_memblock_reserve, {array.start, array.size()}),
                          fmt::format("the call at line {} doubled an array", items_[i].event.line), Certainty::shown});
}

/// What lines between two items reserve by name.
std::vector<Range> Planner::reserved_between(size_t from, size_t to) const
{
    std::vector<Range> ranges;
    for (size_t i = from; i < to && i < items_.size(); i++)
        if (items_[i].kind == ItemKind::change && items_[i].event.op == MBLAB_OP_memblock_reserve)
            ranges.push_back(range_at(items_[i].event.start, items_[i].event.size));
    return ranges;
}

bool Planner::restore_loss(size_t at)
{
    const Item &item = items_[at];
    // What is to be explained may itself show what the lost lines did.
    const bool shows =
        item.kind == ItemKind::snapshot && item.snapshot.whole && item.snapshot.file == MBLAB_TYPE_reserved;
    const size_t dump = shows ? at : next_dump(at);
    const size_t since = last_dump_before(at);
    if (dump == none)
        return false;
    for (size_t i = since == none ? 0 : since; i < dump; i++) {
        if (items_[i].kind != ItemKind::lost || restored_.contains(i))
            continue;
        restored_.insert(i);
        Sketch have;
        if (follow(plan_, i + 1, have))
            continue;
        Sketch want = read_back(dump, i + 1);
        // Of memory only what is missing by the page: a dump shows it trimmed, and removals leave no trace.
        RegionSet memory = have.memory;
        for (const Region &region : want.memory.regions())
            memory.fill(interval_of(region), {0, nid_unset});
        want.memory = memory;
        // Whether a range that a line reserves later was reserved before is not shown: then it is left alone.
        for (const Region &there : have.reserved.regions())
            for (const Range &later : reserved_between(i + 1, dump))
                want.reserved.fill({std::max(there.base, later.start), std::min(end_of(there), later.end)},
                                   {0, nid_unset});
        if (!insert_difference(i + 1, have, want,
                               fmt::format("lines are lost at line {}; the dump at line {} shows it",
                                           items_[i].event.line, items_[dump].event.line),
                               Certainty::ambiguous))
            continue;
        reconsider(i + 1);
        return true;
    }
    return false;
}

} // namespace mblab::boot
