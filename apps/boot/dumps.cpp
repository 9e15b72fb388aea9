// SPDX-License-Identifier: GPL-2.0-or-later
// A dump that shows something else than the lines before it add up to: which silent call was made in between?
#include "apps/boot/pattern.hpp"
#include "apps/boot/planner.hpp"

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

bool Planner::explain_snapshot(size_t at, const Simulation &simulation)
{
    const Snapshot &dump = items_[at].snapshot;
    if (dump.file != MBLAB_TYPE_none)
        return restore_loss(at);
    if (!agrees(simulation, dump, Part::memory_cover) && (try_trim(at, simulation) || try_cap(at)))
        return true;
    if (!agrees(simulation, dump, Part::memory_size) && try_untrimmed_start(at, simulation))
        return true;
    if ((!agrees(simulation, dump, Part::memory_cover) || !agrees(simulation, dump, Part::reserved_cover)) &&
        restore_loss(at))
        return true;
    if (!agrees(simulation, dump, Part::flags) && try_flags(at))
        return true;
    return !agrees(simulation, dump, Part::nodes) && open_nodes(at);
}

/// A dump with nodes that no line before told of: they were set since the last one, or before the log begins.
bool Planner::open_nodes(size_t at)
{
    const size_t from = behind_last_dump(at);
    if (!plan_.nodes_open.insert(from).second)
        return false;
    reconsider(from);
    return true;
}

/// Memory that ends within a page is cut to whole pages. The sum that memblock keeps is not lowered by it: that gives
/// it away.
bool Planner::try_trim(size_t at, const Simulation &simulation)
{
    std::vector<uint64_t> fitting;
    for (const uint64_t align : page_sizes) {
        const Simulation trimmed = simulation.after(ops::memblock_trim_memory{align});
        if (agrees(trimmed, items_[at].snapshot, Part::memory_cover))
            fitting.push_back(align);
    }
    if (fitting.empty())
        return false;
    plan_.insert(at, ops::memblock_trim_memory{fitting.front()},
                 seen_at(items_[at]) + " has memory trimmed to pages, and its size is unchanged");
    if (fitting.size() > 1)
        doubt(at, fmt::format("line {}: memory trimmed to {:#x} gives the same dump as to {:#x}", items_[at].event.line,
                              fitting.front(), fitting[1]));
    return true;
}

/// mem= on a machine without a firmware map that it could be taken out of: in silence, and sparing what is not mapped.
bool Planner::try_cap(size_t at)
{
    uint64_t limit = 0;
    const std::string parameter(log_.parameter("mem").value_or(""));
    if (!parse_size(parameter, limit) || !limit || settles(plan_, at, Part::memory_cover))
        return false;
    const Plan flagged = with_flags(at);
    const size_t first = behind_last_dump(at);
    std::optional<Plan> found;
    size_t places = 0;
    for (size_t i = first; i <= at; i++) {
        Plan plan = flagged;
        plan.insert(i, ops::memblock_mem_limit_remove_map{limit & ~(page_sizes[0] - 1)},
                    "mem=" + parameter + " on the command line, and " + seen_at(items_[at]));
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

/// The item behind the one that added memory in the range: flags that are set there count from then on.
size_t Planner::behind_add(Interval range, size_t at) const
{
    size_t behind = behind_last_dump(at);
    for (size_t i = behind; i < at; i++) {
        const Item &item = items_[i];
        if ((item.adds_memory() && item.range().overlaps(range)) || item.event.kind == EventKind::mirrored)
            behind = i + 1;
    }
    return behind;
}

/// The plan with the calls that set the flags of a dump. KHO's are set once memory is as it will be, cut to pages.
Plan Planner::with_flags(size_t at) const
{
    Simulation simulation(dialect_);
    follow_on(plan_, at, simulation);
    Plan plan = plan_;
    const Snapshot &dump = items_[at].snapshot;
    for (const FlagCall &call : flag_calls)
        for (const Region &region : dump.regions[call.type]) {
            const bool is_memory = call.type == MBLAB_TYPE_memory;
            const Region *ours = region_at(is_memory ? simulation.memory() : simulation.reserved(), region.base);
            if ((region.flags & call.flag) && ours && !(ours->flags & call.flag))
                plan.insert(is_memory && call.flag != flag_kho_scratch ? behind_add(interval_of(region), at) : at,
                            make_op(call.set, {region.base, region.size}), seen_at(items_[at]) + " has the flag");
        }
    for (const FlagCall &call : clear_calls)
        for (const Region &region : simulation.memory()) {
            const Region *shown = region_at(dump.regions[MBLAB_TYPE_memory], region.base);
            if ((region.flags & call.flag) && shown && !(shown->flags & call.flag))
                plan.insert(at, make_op(call.set, {region.base, region.size}), seen_at(items_[at]) + " lacks the flag");
        }
    return plan;
}

bool Planner::try_flags(size_t at)
{
    Plan plan = with_flags(at);
    if (!settles(plan, at, Part::flags))
        return false;
    plan_ = std::move(plan);
    reconsider(behind_last_dump(at));
    return true;
}

/// When the adds themselves are not in the log, only the size that memblock keeps shows that memory was trimmed.
bool Planner::try_untrimmed_start(size_t at, const Simulation &simulation)
{
    const Snapshot &dump = items_[at].snapshot;
    const uint64_t extra = dump.memory_size - simulation.memory_size();
    if (dump.memory_size <= simulation.memory_size() || last_dump_before(at) != none)
        return false;
    Plan plan = plan_;
    uint64_t left = extra;
    const auto widen = [&](uint64_t end, uint64_t by, const std::string &evidence, Certainty certainty) {
        // Before nodes are set: what is added must become one region with what it follows.
        auto &calls = plan.before[0];
        calls.insert(calls.begin(), {ops::memblock_add{end, by}, evidence, certainty});
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
                  fmt::format("the dump at line {} counts more than it shows; it does not show where", dump.line),
                  Certainty::ambiguous);
    }
    plan.insert(at, ops::memblock_trim_memory{page_sizes[0]},
                seen_at(items_[at]) + " counts more memory than it shows");
    if (left || !settles(plan, at, Part::memory_size))
        return false;
    plan_ = std::move(plan);
    return true;
}

} // namespace mblab::boot
