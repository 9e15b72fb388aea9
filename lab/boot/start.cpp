// SPDX-License-Identifier: GPL-2.0-or-later
// What was there before the first line, and what lines that are lost must have done: read back from the next snapshot.
#include "lab/boot/planner.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace mblab::boot {
namespace {

void forget_nodes(contract::RegionList &list)
{
    list.change({0, UINT64_MAX}, [](Region &region) { region.nid = nid_unset; });
}

void forget_flags(contract::RegionList &list, uint32_t flags)
{
    list.change({0, UINT64_MAX}, [=](Region &region) { region.flags &= ~flags; });
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
        return sketch.reserved.add(range, 0, nid_unset);
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
    sketch.memory.assign(shown.regions[MBLAB_TYPE_memory]);
    sketch.reserved.assign(shown.regions[MBLAB_TYPE_reserved]);
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
    const auto cover = [&](const contract::RegionList &there, const contract::RegionList &wanted, mblab_op_kind add,
                           mblab_op_kind remove) {
        contract::RegionList more = wanted, less = there;
        forget_nodes(more);
        forget_nodes(less);
        forget_flags(more, ~0u);
        forget_flags(less, ~0u);
        for (const Region &region : there.regions())
            more.remove(contract::range_of(region));
        for (const Region &region : wanted.regions())
            less.remove(contract::range_of(region));
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

void Planner::start()
{
    size_t snapshot = next_dump(0);
    Sketch want;
    if (snapshot != none)
        want = read_back(snapshot, 0);
    const std::string evidence =
        snapshot == none ? "" : fmt::format("the dump at line {} has it, no line before does", items_[snapshot].event.line);
    start_is_known_ = snapshot != none;
    if (start_is_known_) {
        insert_difference(0, {}, want, evidence, Certainty::shown);
    } else {
        start_from_the_end();
        return;
    }
    for (const Region &region : want.memory.regions())
        for (const auto &[bit, kind] : {std::pair{1u, MBLAB_OP_memblock_mark_hotplug},
                                        std::pair{2u, MBLAB_OP_memblock_mark_mirror},
                                        std::pair{4u, MBLAB_OP_memblock_mark_nomap}})
            if (region.flags & bit)
                plan_.insert(0, {make_op(kind, {region.base, region.size}), evidence, Certainty::shown});
    for (const Region &region : want.reserved.regions())
        if (region.flags & 16)
            plan_.insert(0, {make_op(MBLAB_OP_memblock_reserved_mark_noinit, {region.base, region.size}), evidence,
                             Certainty::shown});
}

/// Without a dump: memory from what the kernel says of its nodes or what the user printed, reserved from debugfs.
void Planner::start_from_the_end()
{
    Sketch want;
    std::string memory_evidence;
    const auto add_memory = [&](EventKind kind, auto accepts, std::string_view says) {
        if (!want.memory.regions().empty())
            return;
        for (const Item &item : items_)
            if (item.event.kind == kind && accepts(item.event)) {
                want.memory.add(range_at(item.event.start, item.event.size), 0, nid_unset);
                memory_evidence = fmt::format("{} (line {})", says, item.event.line);
            }
    };
    size_t reserved_file = none, memory_file = none;
    for (size_t i = 0; i < items_.size(); i++)
        if (items_[i].kind == ItemKind::snapshot && items_[i].snapshot.whole)
            (items_[i].snapshot.file == MBLAB_TYPE_reserved ? reserved_file : memory_file) = i;
    if (memory_file != none)
        want.memory = read_back(memory_file, 0).memory;
    if (reserved_file != none)
        want.reserved = read_back(reserved_file, 0).reserved;
    add_memory(EventKind::early_range, [](const Event &) { return true; }, "early memory node ranges");
    add_memory(EventKind::iomem, [](const Event &e) { return e.text == "System RAM"; }, "/proc/iomem");
    add_memory(EventKind::firmware_range, [](const Event &e) { return e.flags != 0; }, "the firmware's map");
    for (const Item &item : items_)
        if (item.kind == ItemKind::change && item.event.op == MBLAB_OP_memblock_add)
            want.memory.remove(range_at(item.event.start, item.event.size));
    for (contract::RegionList *list : {&want.memory, &want.reserved})
        forget_nodes(*list);
    Sketch memory_only;
    memory_only.memory = want.memory;
    insert_difference(0, {}, memory_only, memory_file == none ? memory_evidence : "debugfs", Certainty::ambiguous);
    want.memory = {};
    insert_difference(0, {}, want, "debugfs has it, no line before does", Certainty::ambiguous);
    doubt(0, "the log has no whole dump: what was there before its first line is taken from weaker evidence");
}

bool Planner::restore_loss(size_t at)
{
    const Item &item = items_[at];
    // What is to be explained may itself show what the lost lines did.
    const bool shows = item.kind == ItemKind::snapshot && item.snapshot.whole && item.snapshot.file == MBLAB_TYPE_reserved;
    const size_t dump = shows ? at : next_dump(at);
    const size_t since = last_dump_before(at);
    if (dump == none)
        return false;
    for (size_t i = since == none ? 0 : since; i < dump; i++) {
        if (items_[i].kind != ItemKind::lost || restored_.contains(i))
            continue;
        restored_.insert(i);
        Sketch have;
        if (walk(items_, plan_, i + 1, have))
            continue;
        Sketch want = read_back(dump, i + 1);
        // Of memory only what is missing by the page: a dump shows it trimmed, and removals leave no trace.
        contract::RegionList memory = have.memory;
        for (const Region &region : want.memory.regions())
            memory.add(contract::range_of(region), 0, nid_unset);
        want.memory = memory;
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
