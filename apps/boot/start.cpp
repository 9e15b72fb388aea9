// SPDX-License-Identifier: GPL-2.0-or-later
// What was there before the first line, and what lines that are lost must have done: read back from the next snapshot.
#include "apps/boot/planner.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace mblab::boot {
namespace {

/// One step back: what was not there before the item is taken away, what the item took away comes back.
void undo(const Item &item, Arrays &arrays)
{
    for (const Interval &array : item.doublings)
        arrays.reserved.remove(array);
    for (const Interval &array : item.left_arrays)
        arrays.reserved.fill(array, {0, nid_unset});
    if (item.answer)
        arrays.reserved.remove(*item.answer);
    if (item.reserves())
        arrays.reserved.remove(item.range());
    if (item.frees())
        arrays.reserved.fill(item.range(), {0, nid_unset});
    // What memblock_remove took away is not shown; nothing later depends on it.
    if (item.adds_memory())
        arrays.memory.remove(item.range());
}

/// What is in some regions and not in others.
RegionSet without(Regions these, Regions those)
{
    RegionSet rest;
    for (const Region &region : these)
        rest.fill(interval_of(region), {region.flags, nid_unset});
    for (const Region &region : those)
        rest.remove(interval_of(region));
    return rest;
}

} // namespace

Arrays Planner::read_back(size_t snapshot, size_t from) const
{
    Arrays arrays;
    const Snapshot &shown = items_[snapshot].snapshot;
    // When nodes are set is found separately: until then no region has one.
    for (const Region &region : shown.regions[MBLAB_TYPE_memory])
        arrays.memory.fill(interval_of(region), {region.flags, nid_unset});
    for (const Region &region : shown.regions[MBLAB_TYPE_reserved])
        arrays.reserved.fill(interval_of(region), {region.flags, nid_unset});
    uint32_t set_between = 0;
    for (size_t i = snapshot; i-- > from;) {
        undo(items_[i], arrays);
        set_between |= items_[i].event.kind == EventKind::srat && items_[i].event.flags ? flag_hotplug : 0;
        set_between |= items_[i].event.kind == EventKind::mirrored ? flag_mirror : 0;
    }
    arrays.memory.change({0, UINT64_MAX},
                         [&](Attributes old) { return Attributes{old.flags & ~set_between, old.nid}; });
    return arrays;
}

size_t Planner::insert_difference(size_t at, mblab_type type, Regions have, Regions want, const std::string &evidence,
                                  Certainty certainty)
{
    const bool is_memory = type == MBLAB_TYPE_memory;
    const RegionSet more = without(want, have), less = without(have, want);
    for (const Region &region : more.regions())
        plan_.insert(at,
                     is_memory ? Op(ops::memblock_add{region.base, region.size})
                               : reserve(interval_of(region), region.flags),
                     evidence, certainty);
    for (const Region &region : less.regions())
        plan_.insert(
            at, make_op(is_memory ? MBLAB_OP_memblock_remove : MBLAB_OP_memblock_phys_free, {region.base, region.size}),
            evidence, certainty);
    return more.regions().size() + less.regions().size();
}

/// Lines that are lost among lines that add memory have likely added memory.
size_t Planner::loss_among_adds(size_t dump) const
{
    const auto adds = [&](size_t i) { return items_[i].is_call(MBLAB_OP_memblock_add); };
    for (size_t i = 1; i + 1 < dump; i++)
        if (items_[i].kind == ItemKind::lost && (adds(i - 1) || adds(i + 1)))
            return i;
    return none;
}

void Planner::start()
{
    const size_t dump = next_dump(0);
    start_is_known_ = dump != none;
    if (!start_is_known_)
        return start_from_the_end();
    const Arrays want = read_back(dump, 0);
    const auto evidence = fmt::format("the dump at line {} has it, no line before does", items_[dump].event.line);
    const size_t loss = loss_among_adds(dump);
    insert_difference(loss == none ? 0 : loss + 1, MBLAB_TYPE_memory, {}, want.memory.regions(), evidence,
                      loss == none ? Certainty::shown : Certainty::ambiguous);
    insert_difference(0, MBLAB_TYPE_reserved, {}, want.reserved.regions(), evidence, Certainty::shown);
    for (const mblab_type type : {MBLAB_TYPE_memory, MBLAB_TYPE_reserved})
        for (const Region &region : (type == MBLAB_TYPE_memory ? want.memory : want.reserved).regions())
            for (const FlagCall &call : flag_calls)
                if (call.type == type && (region.flags & call.flag) && !call.by_reserve)
                    plan_.insert(0, make_op(call.set, {region.base, region.size}), evidence);
}

/// The smallest range that holds every answer.
Interval Planner::handed_out() const
{
    Interval range{UINT64_MAX, 0};
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
                memory.fill(item.range(), {0, nid_unset});
                evidence = fmt::format("{} (line {})", says, item.event.line);
            }
    };
    const auto any = [](const Event &) { return true; };
    from(EventKind::early_range, any, "early memory node ranges");
    from(EventKind::iomem, [](const Event &event) { return event.text == "System RAM"; }, "/proc/iomem");
    if (memory.regions().empty()) {
        memory = firmware_memory(log_);
        if (!memory.regions().empty())
            evidence = "the firmware's map";
    }
    from(EventKind::faked_node, any, "the faked node");
    const Interval given = handed_out();
    if (!given.empty() && !covers(memory.regions(), given)) {
        // Holes among what is handed out would only be guesses.
        evidence += evidence.empty() ? "" : ", and ";
        evidence += "all from the lowest to the highest address that the log shows allocated";
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
    std::string evidence = "debugfs has it, no line before does";
    if (reserved_file != none)
        insert_difference(0, MBLAB_TYPE_reserved, {}, read_back(reserved_file, 0).reserved.regions(), evidence,
                          Certainty::ambiguous);
    // Where all memory is added in one go, a log that shows some of it begins before.
    if (first_item_by(arch_.memory_setup) != none)
        return;
    RegionSet memory = memory_file != none ? read_back(memory_file, 0).memory : memory_without_dump(evidence);
    for (const Item &item : items_)
        if (item.is_call(MBLAB_OP_memblock_add))
            memory.remove(item.range());
    insert_difference(0, MBLAB_TYPE_memory, {}, memory.regions(), evidence, Certainty::ambiguous);
    if (std::any_of(items_.begin(), items_.end(), tells_of_nodes))
        return;
    if (memory_file != none)
        for (const Region &region : items_[memory_file].snapshot.regions[MBLAB_TYPE_memory])
            if (is_node(region.nid))
                plan_.insert(0, set_node(interval_of(region), MBLAB_TYPE_memory, region.nid), evidence,
                             Certainty::ambiguous);
    size_t behind_adds = 0;
    for (size_t i = 0; i < items_.size(); i++)
        if (items_[i].adds_memory())
            behind_adds = i + 1;
    for (const Item &item : items_)
        if (item.event.kind == EventKind::early_range && !lacks_nodes(log_))
            plan_.insert(behind_adds, set_node(item.range(), MBLAB_TYPE_memory, item.event.nid),
                         fmt::format("line {} says so", item.event.line));
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
    add(ops::world_slab{MBLAB_SLAB_UP});
    add(ops::memblock_allow_resize{});
    // Regions of a byte in the first page, which is never given out; then they are gone again.
    for (uint64_t i = 0; !start_is_known_ && i <= first_size; i++)
        add(ops::memblock_reserve{2 * i, 1});
    if (!start_is_known_)
        add(ops::memblock_phys_free{0, 4 * first_size});
    calls.insert(calls.begin(), before.begin(), before.end());
    calls.push_back({ops::world_slab{MBLAB_SLAB_DOWN}, before.front().evidence, Certainty::ambiguous});
    doubt(0, "arrays had been doubled before the log begins, or may have been; the log does not show where");
    if (!start_is_known_)
        reserve_new_arrays();
}

/// The kernel's new arrays, where the replay has no need of them.
void Planner::reserve_new_arrays()
{
    for (size_t i = 0; i < items_.size(); i++)
        for (const Interval &array : items_[i].doublings)
            plan_.insert(i + 1, reserve(array, dialect_.array_marks_kern ? flag_kern : 0),
                         fmt::format("the call at line {} doubled an array", items_[i].event.line));
}

/// What lines between two items reserve by name.
std::vector<Interval> Planner::reserved_between(size_t from, size_t to) const
{
    std::vector<Interval> ranges;
    for (size_t i = from; i < to && i < items_.size(); i++)
        if (items_[i].reserves())
            ranges.push_back(items_[i].range());
    return ranges;
}

bool Planner::restore_loss(size_t at)
{
    const Item &item = items_[at];
    // What is to be explained may itself show what the lost lines did.
    const bool shows =
        item.kind == ItemKind::snapshot && item.snapshot.whole && item.snapshot.file == MBLAB_TYPE_reserved;
    const size_t dump = shows ? at : next_dump(at);
    if (dump == none)
        return false;
    for (size_t i = behind_last_dump(at); i < dump; i++) {
        if (items_[i].kind != ItemKind::lost || !restored_.insert(i).second)
            continue;
        Simulation have(dialect_);
        if (follow(plan_, i + 1, have))
            continue;
        Arrays want = read_back(dump, i + 1);
        // Of memory only what is missing by the page: a dump shows it trimmed, and removals leave no trace.
        for (const Region &region : have.memory())
            want.memory.fill(interval_of(region), {0, nid_unset});
        // Whether a range that a line reserves later was reserved before is not shown: then it is left alone.
        for (const Region &there : have.reserved())
            for (const Interval &later : reserved_between(i + 1, dump))
                if (later.overlaps(interval_of(there)))
                    want.reserved.fill({std::max(there.base, later.start), std::min(end_of(there), later.end)},
                                       {0, nid_unset});
        const auto evidence = fmt::format("lines are lost at line {}; the dump at line {} shows it",
                                          items_[i].event.line, items_[dump].event.line);
        if (insert_difference(i + 1, MBLAB_TYPE_memory, have.memory(), want.memory.regions(), evidence,
                              Certainty::ambiguous) +
                insert_difference(i + 1, MBLAB_TYPE_reserved, have.reserved(), want.reserved.regions(), evidence,
                                  Certainty::ambiguous) ==
            0)
            continue;
        reconsider(i + 1);
        return true;
    }
    return false;
}

} // namespace mblab::boot
