// SPDX-License-Identifier: GPL-2.0-or-later
// A dump that shows something else than the lines before it add up to: which silent call was made in between?
#include "apps/boot/planner.hpp"
#include "apps/boot/record.hpp"

#include <fmt/format.h>

#include <array>

namespace mblab::boot {
namespace {

constexpr std::array<uint64_t, 3> page_sizes = {4096, 16384, 65536};

std::string seen_at(const Item &dump)
{
    return fmt::format("the dump at line {}", dump.event.line);
}

} // namespace

bool Planner::explain_snapshot(size_t at, const Sketch &sketch)
{
    const Snapshot &dump = items_[at].snapshot;
    if (dump.file != MBLAB_TYPE_none)
        return restore_loss(at);
    if (!agrees(sketch, dump, Part::memory_cover) && (try_trim(at, sketch) || try_cap(at)))
        return true;
    if (!agrees(sketch, dump, Part::memory_size) && try_untrimmed_start(at, sketch))
        return true;
    if ((!agrees(sketch, dump, Part::memory_cover) || !agrees(sketch, dump, Part::reserved_cover)) && restore_loss(at))
        return true;
    if (!agrees(sketch, dump, Part::flags) && try_flags(at))
        return true;
    return !agrees(sketch, dump, Part::nodes) && open_nodes(at);
}

/// A dump with nodes that no line before told of: they were set since the last one, or before the log begins.
bool Planner::open_nodes(size_t at)
{
    const size_t since = last_dump_before(at);
    const size_t from = since == none ? 0 : since + 1;
    if (!plan_.nodes_open.insert(from).second)
        return false;
    reconsider(from);
    return true;
}

/// Memory that ends within a page is cut to whole pages. The sum that memblock keeps is not lowered by it: that gives
/// it away.
bool Planner::try_trim(size_t at, const Sketch &sketch)
{
    std::vector<uint64_t> fitting;
    for (const uint64_t align : page_sizes) {
        Sketch trimmed = sketch;
        trimmed.apply(make_op(MBLAB_OP_memblock_trim_memory, {align}));
        if (agrees(trimmed, items_[at].snapshot, Part::memory_cover))
            fitting.push_back(align);
    }
    if (fitting.empty())
        return false;
    plan_.insert(at, {make_op(MBLAB_OP_memblock_trim_memory, {fitting.front()}),
                      seen_at(items_[at]) + " has memory cut to pages, and its size is still that of before",
                      Certainty::shown});
    if (fitting.size() > 1)
        doubt(at, fmt::format("line {}: memory trimmed to {:#x} gives the same dump as to {:#x}", items_[at].event.line,
                              fitting.front(), fitting[1]));
    return true;
}

/// mem= on a machine without a firmware map that it could be taken out of: in silence, and sparing what is not mapped.
bool Planner::try_cap(size_t at)
{
    uint64_t limit = 0;
    if (!parse_size(log_.value_of("mem"), limit) || !limit || settles(plan_, at, Part::memory_cover))
        return false;
    const Plan flagged = with_flags(at);
    const size_t since = last_dump_before(at);
    const size_t first = since == none ? 0 : since + 1;
    std::optional<Plan> found;
    size_t places = 0;
    for (size_t i = first; i <= at; i++) {
        Plan plan = flagged;
        plan.insert(i, {make_op(MBLAB_OP_memblock_mem_limit_remove_map, {limit & ~(page_sizes[0] - 1)}),
                        "mem=" + log_.value_of("mem") + " on the command line, and " + seen_at(items_[at]),
                        Certainty::shown});
        if (!settles(plan, at, Part::memory_cover) || !settles(plan, at, Part::reserved_cover))
            continue;
        places++;
        if (!found)
            found = std::move(plan);
    }
    if (!found)
        return false;
    plan_ = std::move(*found);
    reconsider(first);
    if (places > 1)
        doubt(at,
              fmt::format("line {}: mem= could have been applied at {} places before", items_[at].event.line, places));
    return true;
}

/// The item behind the one that added memory in the range: flags that are set there are minded from then on.
size_t Planner::behind_add(Range range, size_t at) const
{
    const size_t since = last_dump_before(at);
    size_t behind = since == none ? 0 : since + 1;
    for (size_t i = behind; i < at; i++) {
        const Event &event = items_[i].event;
        const bool adds = items_[i].kind == ItemKind::change &&
                          (event.op == MBLAB_OP_memblock_add || event.op == MBLAB_OP_memblock_add_node);
        if ((adds && range_at(event.start, event.size).overlaps(range)) || event.kind == EventKind::mirrored)
            behind = i + 1;
    }
    return behind;
}

/// The plan with the calls that set the flags of a dump.
Plan Planner::with_flags(size_t at) const
{
    constexpr std::array<mblab_op_kind, 3> setters = {MBLAB_OP_memblock_mark_hotplug, MBLAB_OP_memblock_mark_mirror,
                                                      MBLAB_OP_memblock_mark_nomap};
    Sketch sketch;
    follow_on(plan_, at, sketch);
    Plan plan = plan_;
    const Snapshot &dump = items_[at].snapshot;
    for (const Region &region : dump.regions[MBLAB_TYPE_memory])
        for (uint32_t bit = 0; bit < setters.size(); bit++) {
            const Region *ours = region_at(sketch.memory.regions(), region.base);
            if ((region.flags & 1u << bit) && ours && !(ours->flags & 1u << bit))
                plan.insert(behind_add(interval_of(region), at),
                            {make_op(setters[bit], {region.base, region.size}), seen_at(items_[at]) + " has the flag",
                             Certainty::shown});
        }
    for (const Region &region : sketch.memory.regions()) {
        const Region *shown = region_at(dump.regions[MBLAB_TYPE_memory], region.base);
        if ((region.flags & 4) && shown && !(shown->flags & 4))
            plan.insert(at, {make_op(MBLAB_OP_memblock_clear_nomap, {region.base, region.size}),
                             seen_at(items_[at]) + " lacks the flag", Certainty::shown});
    }
    for (const Region &region : dump.regions[MBLAB_TYPE_reserved])
        if (region.flags & 16)
            plan.insert(at, {make_op(MBLAB_OP_memblock_reserved_mark_noinit, {region.base, region.size}),
                             seen_at(items_[at]) + " has the flag", Certainty::shown});
    return plan;
}

bool Planner::try_flags(size_t at)
{
    Plan plan = with_flags(at);
    if (!settles(plan, at, Part::flags))
        return false;
    plan_ = std::move(plan);
    const size_t since = last_dump_before(at);
    reconsider(since == none ? 0 : since + 1);
    return true;
}

/// When the adds themselves are not in the log, only the size that memblock keeps shows that memory was trimmed.
bool Planner::try_untrimmed_start(size_t at, const Sketch &sketch)
{
    const Snapshot &dump = items_[at].snapshot;
    const uint64_t extra = dump.memory_size - sketch.memory_size;
    if (dump.memory_size <= sketch.memory_size || last_dump_before(at) != none)
        return false;
    Plan plan = plan_;
    uint64_t left = extra;
    const auto widen = [&](uint64_t end, uint64_t by, const std::string &evidence, Certainty certainty) {
        // Before nodes are set: what is added must become one region with what it follows.
        auto &calls = plan.before[0];
        calls.insert(calls.begin(), {make_op(MBLAB_OP_memblock_add, {end, by}), evidence, certainty});
        left -= by;
    };
    for (const Region &region : dump.regions[MBLAB_TYPE_memory])
        for (const Item &item : items_) {
            const Event &event = item.event;
            const uint64_t by = event.start + event.size - end_of(region);
            if (event.kind == EventKind::firmware_range && event.flags && by && by < page_sizes[0] && by <= left &&
                event.start < end_of(region)) {
                widen(end_of(region), by,
                      fmt::format("the firmware's map, line {}, ends there; the dump at line {} counts it", event.line,
                                  dump.line),
                      Certainty::shown);
                break;
            }
        }
    const Regions memory = dump.regions[MBLAB_TYPE_memory];
    for (size_t i = 0; i < memory.size() && left; i++) {
        const uint64_t hole = i + 1 < memory.size() ? memory[i + 1].base - end_of(memory[i]) : page_sizes[0];
        const uint64_t by = std::min({left, page_sizes[0] - 1, hole - (hole ? 1 : 0)});
        if (by)
            widen(end_of(memory[i]), by,
                  fmt::format("the dump at line {} counts more than it shows; where is not shown", dump.line),
                  Certainty::ambiguous);
    }
    if (left)
        return false;
    plan.insert(at, {make_op(MBLAB_OP_memblock_trim_memory, {page_sizes[0]}),
                     seen_at(items_[at]) + " counts more memory than it shows", Certainty::shown});
    plan_ = std::move(plan);
    return true;
}

} // namespace mblab::boot
