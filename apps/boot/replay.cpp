// SPDX-License-Identifier: GPL-2.0-or-later
#include "apps/boot/replay.hpp"

#include "apps/boot/architecture.hpp"
#include "apps/boot/planner.hpp"
#include "core/base/error.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace mblab {
namespace boot {
namespace {

// The largest budget that a trace can give to a call: this one gives all memory away, at best 4 MiB at a time.
constexpr uint64_t budget = uint64_t{1} << 22;

/// Writes the plan down as a trace.
class Writer {
  public:
    Writer(const std::vector<Item> &items, const Plan &plan, bool start_is_known, Replay &out)
        : items_(items), plan_(plan), dialect_(out.spoken.dialect), out_(out), unsure_(!start_is_known)
    {
    }

    void run()
    {
        prepare();
        const size_t free_all = find_free_all();
        for (size_t i = 0; i < items_.size(); i++) {
            write_inserted(i);
            if (i == free_all)
                write_free_all();
            write_item(i);
        }
        const auto panicked = [](const Item &item) { return item.panicked; };
        if (free_all >= items_.size() && std::none_of(items_.begin(), items_.end(), panicked))
            write_free_all();
        out_.incomplete |= unsure_;
        read_totals(free_all);
    }

  private:
    StepNote &write(const Op &op, StepKind kind, uint64_t line, std::optional<uint64_t> expected = std::nullopt)
    {
        out_.trace.steps.push_back({op, expected});
        StepNote note;
        note.kind = kind;
        note.line = line;
        return out_.notes.emplace_back(std::move(note));
    }

    /// A call that the log shows, with the doublings that it shows inside.
    void write_shown(const Op &op, const Item &item, std::optional<uint64_t> expected = std::nullopt)
    {
        StepNote &note = write(op, StepKind::shown, item.event.line, expected);
        note.doublings = unsure_ ? std::nullopt : std::optional(item.doublings.size());
    }

    void infer(const Op &op, size_t item, const std::string &evidence, Certainty certainty)
    {
        const uint64_t line = item < items_.size() ? items_[item].event.line : 0;
        // The facts of the world are no calls, and yet they were inferred.
        write(op, StepKind::inferred, line);
        out_.inferences.push_back({line, print_op(op), evidence, certainty});
    }

    void prepare()
    {
        uint64_t nodes = 1;
        Simulation last(dialect_);
        walk_on(items_, plan_, items_.size(), last);
        for (const Region &region : last.memory())
            if (is_node(region.nid))
                nodes = std::max(nodes, static_cast<uint64_t>(region.nid) + 1);
        write(ops::early_param{"memblock=debug"}, StepKind::world, 0);
        write(ops::world_online_nodes{nodes}, StepKind::world, 0);
        const uint64_t end = last.end_of_memory();
        write(ops::world_max_low_pfn{(end >> 12) + ((end & 0xfff) != 0)}, StepKind::world, 0);
    }

    void write_inserted(size_t index)
    {
        const auto calls = plan_.before.find(index);
        if (calls == plan_.before.end())
            return;
        for (const Inserted &call : calls->second)
            infer(call.op, index, call.evidence, certainty_of(call, index));
    }

    /// A limit that something was placed by is no mere custom.
    Certainty certainty_of(const Inserted &call, size_t index) const
    {
        if (call.op.kind != MBLAB_OP_memblock_set_current_limit || call.certainty != Certainty::customary)
            return call.certainty;
        for (size_t i = index; i < items_.size(); i++) {
            const auto more = plan_.before.find(i);
            const auto sets_limit = [&](const Inserted &other) {
                return other.op.kind == MBLAB_OP_memblock_set_current_limit && &other != &call;
            };
            if (more != plan_.before.end() && std::any_of(more->second.begin(), more->second.end(), sets_limit))
                break;
            if (!items_[i].doublings.empty() ||
                (items_[i].kind == ItemKind::allocation && items_[i].answer && items_[i].event.end <= 1))
                return Certainty::shown;
        }
        return call.certainty;
    }

    void write_item(size_t index)
    {
        const Item &item = items_[index];
        switch (item.kind) {
        case ItemKind::allocation:
            if (plan_.direct.contains(index))
                return write_direct(index);
            return write_shown(op_of(item), item, answer_of(index));
        case ItemKind::direct:
            return write_direct(index);
        case ItemKind::change:
            return write_shown(op_of(item), item);
        case ItemKind::discard:
            return write_shown(ops::memblock_discard{}, item);
        case ItemKind::snapshot:
            return write_snapshot(item);
        case ItemKind::lost:
            // Until the next dump the number of regions is not known.
            unsure_ |= index != 0;
            return;
        case ItemKind::evidence:
            return;
        }
    }

    std::optional<uint64_t> answer_of(size_t index) const
    {
        if (plan_.unanswered.contains(index))
            return std::nullopt;
        return items_[index].answer ? items_[index].answer->start : 0;
    }

    void write_direct(size_t index)
    {
        const Item &item = items_[index];
        const auto found = plan_.direct.find(index);
        if (found == plan_.direct.end()) {
            write_shown(op_of(item), item);
            return;
        }
        const Direct &direct = found->second;
        out_.unchecked += !direct.checked;
        const auto turn = [&](bool up) {
            if (direct.turns_up)
                infer(ops::memblock_set_bottom_up{up}, index, direct.evidence, direct.certainty);
        };
        turn(true);
        write_shown(direct.op, item, direct.checked ? std::optional(item.answer->start) : std::nullopt);
        out_.inferences.push_back({item.event.line, print_op(direct.op), direct.evidence, direct.certainty});
        turn(false);
    }

    void write_snapshot(const Item &item)
    {
        const Snapshot &shown = item.snapshot;
        const bool is_dump = shown.file == MBLAB_TYPE_none;
        if (!shown.whole) {
            if (is_dump || !shown.regions[shown.file].empty())
                out_.ambiguities.push_back(fmt::format("line {}: lines of this {} are missing: it is not compared",
                                                       shown.line, is_dump ? "dump" : "debugfs file"));
            return;
        }
        const Op op = is_dump ? Op(ops::memblock_dump_all{}) : ops::debugfs_show{shown.file};
        write(op, is_dump ? StepKind::dump : StepKind::debugfs, shown.line).snapshot = shown;
        unsure_ = false;
    }

    /// memblock_free_all is silent: it comes before what needs the page allocator, and after the last allocation.
    size_t find_free_all() const
    {
        size_t first = 0;
        for (size_t i = 0; i < items_.size(); i++)
            if (items_[i].kind == ItemKind::allocation || items_[i].kind == ItemKind::direct)
                first = i + 1;
        for (size_t i = first; i < items_.size(); i++) {
            const Event &event = items_[i].event;
            if (event.kind == EventKind::slab_up || event.kind == EventKind::memory_line ||
                event.kind == EventKind::freeing || items_[i].kind == ItemKind::discard || is_late_free(items_[i]) ||
                (items_[i].kind == ItemKind::snapshot && items_[i].snapshot.file != MBLAB_TYPE_none))
                return i;
        }
        return items_.size();
    }

    /// Whether the call gives pages to the buddy allocator, if that is up.
    bool is_late_free(const Item &item) const
    {
        return item.is_call(MBLAB_OP_memblock_free_late) || (item.frees() && dialect_.late_free_to_buddy);
    }

    void write_free_all()
    {
        write(ops::world_budget{budget}, StepKind::world, 0);
        write(ops::memblock_free_all{}, StepKind::free_all, 0);
        write(ops::world_slab{MBLAB_SLAB_UP}, StepKind::world, 0);
    }

    /// What the log says of the sum: "Memory:", and what others gave away before that line.
    void read_totals(size_t free_all)
    {
        Replay::Totals totals;
        for (size_t i = 0; i < items_.size(); i++) {
            const Event &event = items_[i].event;
            if (event.kind == EventKind::freeing && i >= free_all)
                totals.freed_before += event.count;
            if (is_late_free(items_[i]) && i >= free_all)
                totals.freed_before += event.size >> 10;
            if (items_[i].reserved_as && (items_[i].reserved_as->flags & flag_hugetlb))
                totals.freed_before += event.size >> 10;
            else if (event.kind == EventKind::allocation &&
                     event.text.find("alloc_bootmem_huge_page") != event.text.npos)
                totals.huge += event.size >> 10;
            if (event.kind != EventKind::memory_line)
                continue;
            totals.line = event.line;
            totals.physical = event.end;
            totals.reserved = event.size;
            totals.cma = event.align;
            totals.highmem = event.count;
            out_.totals = totals;
            return;
        }
    }

    const std::vector<Item> &items_;
    const Plan &plan_;
    const Dialect &dialect_;
    Replay &out_;
    bool unsure_; // of the number of regions
};

/// What could be checked, if it could be read.
uint64_t count_to_check(const std::vector<Item> &items, const Log &log)
{
    const auto counts = [](const Item &item) {
        return item.kind == ItemKind::allocation || item.kind == ItemKind::direct ||
               (item.kind == ItemKind::snapshot &&
                (item.snapshot.file == MBLAB_TYPE_none || !item.snapshot.regions[item.snapshot.file].empty()));
    };
    return static_cast<uint64_t>(std::count_if(items.begin(), items.end(), counts)) + log.unreadable;
}

std::string unreadable_lines(const Log &log)
{
    if (!log.unreadable)
        return "";
    return fmt::format(", {} unreadable, the first is line {}: {}", log.unreadable, log.first_unreadable,
                       log.unreadable_text);
}

} // namespace
} // namespace boot

Replay build_replay(const Log &log)
{
    return build_replay(log, dialect_shown_by(log));
}

Replay build_replay(const Log &log, const LogDialect &spoken)
{
    if (log.memblock_lines == 0)
        throw Error(
            fmt::format("{}: no line of memblock in {} lines; {}", log.name, log.lines,
                        log.foreign_call.empty()
                            ? "was the kernel booted with memblock=debug?"
                            : "its calls have the names of a kernel that the lab does not know: " + log.foreign_call));
    Replay replay;
    replay.log_name = log.name;
    replay.kernel = log.kernel;
    replay.arch = log.arch;
    replay.lines = log.lines;
    replay.memblock_lines = log.memblock_lines;
    replay.unreadable = log.unreadable;
    const boot::Choice choice = boot::variant_of(log);
    replay.trace.variant = choice.variant;
    replay.stand_in = choice.remark;
    replay.spoken = spoken;
    std::vector<boot::Item> items = boot::group(log);
    replay.to_check = boot::count_to_check(items, log);
    // Without NUMA a request for a node is one for any.
    if (boot::lacks_nodes(log))
        for (boot::Item &item : items)
            if (item.kind == boot::ItemKind::allocation)
                item.event.nid = boot::nid_none;
    boot::Planner planner(log, items, spoken.dialect);
    const boot::Plan plan = planner.run();
    for (const auto &[item, doubt] : planner.doubts())
        replay.ambiguities.push_back(doubt);
    for (size_t i = 0; i < items.size(); i++)
        if (items[i].event.kind == EventKind::panic && (i == 0 || !items[i - 1].panicked))
            replay.ambiguities.push_back(
                fmt::format("line {}: the kernel ran out of memory and panicked; the log does not show the request: {}",
                            items[i].event.line, items[i].event.text));
    replay.incomplete = !planner.start_is_known();
    boot::Writer(items, plan, planner.start_is_known(), replay).run();
    normalize(replay.trace);
    return replay;
}

uint64_t checks_of(const Replay &replay)
{
    uint64_t checks = 0;
    for (size_t i = 0; i < replay.notes.size(); i++)
        checks += replay.trace.steps[i].expected || replay.notes[i].kind == StepKind::dump ||
                  replay.notes[i].kind == StepKind::debugfs;
    return checks;
}

void require_checks(const Replay &replay, const Log &log)
{
    if (!checks_of(replay))
        throw Error(fmt::format("{}: nothing of this log could be checked: {} lines of memblock, no allocation with "
                                "its place and no complete dump{}",
                                log.name, log.memblock_lines, boot::unreadable_lines(log)));
}

} // namespace mblab
