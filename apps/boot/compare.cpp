// SPDX-License-Identifier: GPL-2.0-or-later
#include "apps/boot/compare.hpp"

#include "apps/boot/architecture.hpp"
#include "apps/boot/items.hpp"
#include "core/oracle/laws/laws.hpp"
#include "core/state/picture.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace mblab {
namespace {

/// What a dump or a debugfs file would show of an engine's arrays.
Snapshot snapshot_of(const Outcome &outcome, const Snapshot &like, const Variant &variant)
{
    const auto shows_node = [&](int32_t nid) {
        const bool says_nodes = like.file == MBLAB_TYPE_none ? variant.has(MBLAB_CONFIG_numa) : like.has_nodes;
        return says_nodes && nid >= 0 && nid < static_cast<int32_t>(variant.max_nodes);
    };
    Snapshot ours;
    ours.file = like.file;
    ours.has_nodes = like.has_nodes;
    ours.memory_size = outcome.state.type[MBLAB_TYPE_memory].total_size;
    ours.reserved_size = outcome.state.type[MBLAB_TYPE_reserved].total_size;
    for (const mblab_type type : {MBLAB_TYPE_memory, MBLAB_TYPE_reserved, MBLAB_TYPE_physmem})
        for (Region region : outcome.regions(type)) {
            if (!ours.shows(type))
                break;
            ours.has_empty_region |= region.size == 0;
            region.nid = shows_node(region.nid) ? region.nid : boot::nid_none;
            region.flags = like.has_nodes ? region.flags : 0;
            if (region.size)
                ours.regions[type].push_back(region);
        }
    return ours;
}

bool same_regions(const Snapshot &a, const Snapshot &b)
{
    return std::equal(std::begin(a.regions), std::end(a.regions), std::begin(b.regions));
}

bool same_sizes(const Snapshot &a, const Snapshot &b)
{
    return a.file != MBLAB_TYPE_none || (a.memory_size == b.memory_size && a.reserved_size == b.reserved_size);
}

/// What another dialect calls by another name, or lacks: then what comes nearest, if anything does.
std::optional<Op> translated(const Op &op, const Engine &engine)
{
    if (engine.has(op.kind))
        return op;
    switch (op.kind) {
    case MBLAB_OP___memblock_reserve:
    case MBLAB_OP_memblock_reserve_kern:
        return ops::memblock_reserve{op.arg[0], op.arg[1]};
    case MBLAB_OP_memblock_reserve:
        return ops::__memblock_reserve{op.arg[0], op.arg[1], boot::nid_none, 0};
    case MBLAB_OP_memblock_free_late:
        return ops::memblock_phys_free{op.arg[0], op.arg[1]};
    case MBLAB_OP_memblock_alloc_hugetlb:
        return ops::memblock_alloc_try_nid_raw{op.arg[0], op.arg[0], 0, 0, static_cast<int32_t>(op.arg[1])};
    default:
        return std::nullopt;
    }
}

/// In what two regions differ, by the names that a dump has for it.
std::string differing_fields(const Region &a, const Region &b)
{
    std::string fields;
    const auto note = [&](bool differs, std::string_view name) {
        if (differs)
            fields += std::string(fields.empty() ? "" : ", ") + std::string(name);
    };
    note(a.base != b.base, "start");
    note(a.size != b.size, "size");
    note(a.nid != b.nid, "node");
    note(a.flags != b.flags, "flags");
    return fields;
}

/// The first difference as the kernel would print it, for each of the two, and what it is in.
std::array<std::string, 3> first_difference(const Snapshot &a, const Snapshot &b)
{
    for (const mblab_type type : {MBLAB_TYPE_memory, MBLAB_TYPE_reserved, MBLAB_TYPE_physmem}) {
        const std::vector<Region> &ours = a.regions[type], &theirs = b.regions[type];
        const auto differ = std::ranges::mismatch(ours, theirs);
        if (differ.in1 == ours.end() && differ.in2 == theirs.end())
            continue;
        const auto line = [&](const std::vector<Region> &regions, auto at) {
            return at == regions.end() ? "(nothing)"
                                       : dump_line(type, static_cast<uint64_t>(at - regions.begin()), *at);
        };
        const bool both = differ.in1 != ours.end() && differ.in2 != theirs.end();
        return {line(ours, differ.in1), line(theirs, differ.in2),
                both ? differing_fields(*differ.in1, *differ.in2) : "number of regions"};
    }
    const auto sizes = [](const Snapshot &one) {
        return fmt::format("memory size = {:#018x} reserved size = {:#018x}", one.memory_size, one.reserved_size);
    };
    const bool empty = a.has_empty_region != b.has_empty_region;
    return {sizes(a), sizes(b), empty ? "an empty region" : "total size"};
}

class Comparison {
  public:
    Comparison(const Replay &replay, Engine &engine)
        : replay_(replay), engine_(engine), checker_(engine.variant(), engine.dialect())
    {
        report_.engine = engine.name();
        report_.speaks_as_log = engine.dialect().means_the_same_as(replay.spoken.dialect);
        report_.to_check = replay.to_check;
    }

    BootReport run()
    {
        engine_.reset();
        for (size_t i = 0; i < replay_.trace.steps.size(); i++)
            if (!run_step(replay_.trace.steps[i], replay_.notes[i]))
                break;
        return std::move(report_);
    }

  private:
    /// False when the machine is dead.
    bool run_step(const Step &step, const StepNote &note)
    {
        keep_layout();
        const std::optional<Op> op = report_.speaks_as_log ? step.op : translated(step.op, engine_);
        if (!op)
            return true;
        const Outcome &outcome = engine_.run(*op);
        if (outcome.result.exit != MBLAB_RETURNED) {
            disagree(note, fmt::format("{} ended in {}", print_op(step.op), exit_name(outcome.result.exit)));
            return outcome.result.exit == MBLAB_ABSENT || outcome.result.exit == MBLAB_REFUSED;
        }
        // The other laws are the executor's business.
        const auto violation = checker_.after(*op, outcome);
        if (violation && predicts_texts_ && op_info(step.op.kind).family == Family::buddy)
            disagree(note, fmt::format("{} violates the law {}: {}", print_op(step.op), violation->law,
                                       violation->explanation));
        judge(step, note, outcome);
        return true;
    }

    void judge(const Step &step, const StepNote &note, const Outcome &outcome)
    {
        if (step.expected)
            judge_place(step, note, outcome);
        if (!report_.speaks_as_log)
            return;
        if (note.kind == StepKind::dump || note.kind == StepKind::debugfs)
            judge_snapshot(note, outcome);
        else if (note.kind == StepKind::free_all)
            judge_pages(outcome);
        else if (note.kind == StepKind::shown)
            judge_doublings(step, note, outcome);
    }

    void judge_place(const Step &step, const StepNote &note, const Outcome &outcome)
    {
        const uint64_t place = outcome.result.value[0], wanted = *step.expected;
        report_.allocations.count(place == wanted);
        if (place == wanted)
            return;
        const uint64_t size = step.op.arg[0];
        if (report_.disagreements++ == 0)
            explain_place(step, note, place, size);
        follow(place, wanted, size);
    }

    /// The layout before the call, and where each put what was asked for.
    void explain_place(const Step &step, const StepNote &note, uint64_t place, uint64_t size)
    {
        const View nowhere = view({});
        const auto given = [&](uint64_t start) {
            return Region{start, boot::range_at(start, start ? size : 0).size(), 0, nowhere.no_node};
        };
        const Region kernel = given(*step.expected), ours = given(place);
        const Bar bars[] = {
            {"memory", memory_}, {"reserved", reserved_}, {"the kernel", {&kernel, 1}}, {report_.engine, {&ours, 1}}};
        const std::string what =
            *step.expected
                ? fmt::format("was given {:#x} by the kernel, {:#x} by {}", *step.expected, place, report_.engine)
                : fmt::format("the kernel found nothing where {} gives {:#x}: a limit or a region that the "
                              "log does not show",
                              report_.engine, place);
        report_.disagreement = fmt::format("{}:{}: {}{} {}\n", replay_.log_name, note.line, print_op(step.op),
                                           *step.expected ? "" : ":", what) +
                               picture(bars, view(hull(interval_of(kernel), interval_of(ours))));
    }

    View view(Interval focus) const { return {focus, static_cast<int32_t>(engine_.variant().max_nodes)}; }

    /// Put the range where the kernel put it, so that one misplacement is not counted for all that follow.
    void follow(uint64_t place, uint64_t wanted, uint64_t size)
    {
        const auto run = [&](const Op &op) { checker_.after(op, engine_.run(op)); };
        if (place)
            run(ops::memblock_phys_free{place, size});
        if (wanted)
            run(boot::reserve(boot::range_at(wanted, size), engine_.dialect().alloc_marks_kern ? flag_kern : 0));
    }

    void judge_doublings(const Step &step, const StepNote &note, const Outcome &outcome)
    {
        if (!note.doublings)
            return;
        uint64_t ours = 0;
        for (size_t type = 0; type < room_.size(); type++)
            for (uint64_t room = room_[type]; room && room < outcome.state.type[type].max; room *= 2)
                ours++;
        const uint64_t shown = *note.doublings;
        for (uint64_t i = 0; i < std::max(ours, shown); i++)
            report_.doublings.count(i < std::min(ours, shown));
        if (ours != shown)
            disagree(note, fmt::format("{} doubled {} arrays in the kernel, {} in {}", print_op(step.op), shown, ours,
                                       report_.engine));
    }

    void judge_snapshot(const StepNote &note, const Outcome &outcome)
    {
        const Snapshot ours = snapshot_of(outcome, note.snapshot, engine_.variant());
        const bool equal = ours.has_empty_region == note.snapshot.has_empty_region &&
                           same_regions(ours, note.snapshot) && same_sizes(ours, note.snapshot);
        (note.kind == StepKind::dump ? report_.dumps : report_.debugfs).count(equal);
        if (!equal && report_.disagreements++ == 0)
            explain_snapshot(note, ours);
    }

    void explain_snapshot(const StepNote &note, const Snapshot &ours)
    {
        const auto [shown, found, fields] = first_difference(note.snapshot, ours);
        report_.disagreement = fmt::format("{}:{}: what was printed differs in: {}\n  the kernel   {}\n  {:<12} {}\n",
                                           replay_.log_name, note.line, fields, shown, report_.engine, found);
        for (const mblab_type type : {MBLAB_TYPE_memory, MBLAB_TYPE_reserved}) {
            const Regions kernels = note.snapshot.regions[type], engines = ours.regions[type];
            const Bar bars[] = {{"the kernel", kernels}, {report_.engine, engines}};
            if (const Interval differs = changed(kernels, engines); !differs.empty())
                report_.disagreement += fmt::format("{}\n{}", type_name(type), picture(bars, {.focus = differs}));
        }
    }

    /// That each page is given once, and no other, is the laws' business; the sum is the log's.
    void judge_pages(const Outcome &outcome)
    {
        report_.buddy_ran = true;
        report_.buddy_pages = outcome.state.totalram;
        if (!replay_.totals)
            return;
        const Replay::Totals &totals = *replay_.totals;
        uint64_t pages = 0;
        for (const Region &region : outcome.regions(MBLAB_TYPE_memory))
            pages += (end_of(region) >> 12) - ((region.base + 4095) >> 12);
        const uint64_t given = totals.physical - totals.reserved - totals.cma;
        const uint64_t ours = report_.buddy_pages * 4 + totals.freed_before;
        report_.totals =
            fmt::format("{}K of {}K; line {}: {}K of {}K", ours, pages * 4, totals.line, given, totals.physical);
        const bool is_sum = given == ours || given == ours + totals.huge || given + zero_pages() == ours;
        if (pages * 4 != totals.physical || !is_sum)
            judge_sums(totals.line, static_cast<int64_t>(given - ours),
                       static_cast<int64_t>(totals.physical - pages * 4));
    }

    /// What the architecture takes back before the line with the sums, in K: less on small machines.
    uint64_t zero_pages() const
    {
        unsigned order = boot::architecture(replay_.arch).zero_page_order;
        while (order > 2 && (report_.buddy_pages >> 10) < (1u << order))
            order--;
        return order ? uint64_t{4} << order : 0;
    }

    /// The sums are those of all that was reserved: of a log that lacks lines they say nothing, and of high memory and
    /// of larger pages memblock_free_all does not give away the same.
    void judge_sums(uint64_t line, int64_t given, int64_t physical)
    {
        report_.buddy_trouble = fmt::format("the sums differ by {}K and {}K", given, physical);
        if (replay_.incomplete || replay_.totals->highmem || !replay_.stand_in.empty())
            report_.buddy_trouble += ", which this log cannot explain";
        else if (report_.disagreements++ == 0)
            report_.disagreement = fmt::format("{}:{}: {}\n", replay_.log_name, line, report_.buddy_trouble);
    }

    void disagree(const StepNote &note, const std::string &what)
    {
        const Bar bars[] = {{"memory", memory_}, {"reserved", reserved_}};
        if (report_.disagreements++ == 0)
            report_.disagreement =
                fmt::format("{}:{}: {}\n", replay_.log_name, note.line, what) + picture(bars, view({}));
    }

    void keep_layout()
    {
        const mblab_state &state = engine_.state();
        const auto keep = [](std::vector<Region> &list, const mblab_type_state &type) {
            list.assign(type.regions, type.regions + std::min(type.cnt, type.max));
        };
        keep(memory_, state.type[MBLAB_TYPE_memory]);
        keep(reserved_, state.type[MBLAB_TYPE_reserved]);
        for (size_t type = 0; type < room_.size(); type++)
            room_[type] = state.type[type].max;
    }

    const Replay &replay_;
    Engine &engine_;
    const bool predicts_texts_ = engine_.predicted_effects() == all_effects;
    Checker checker_;
    BootReport report_;
    std::vector<Region> memory_, reserved_; // before the call
    std::array<uint64_t, 3> room_{};        // of each array, in regions
};

} // namespace

BootReport compare_boot(const Replay &replay, Engine &engine)
{
    return Comparison(replay, engine).run();
}

} // namespace mblab
