// SPDX-License-Identifier: GPL-2.0-or-later
#include "apps/boot/compare.hpp"

#include "apps/boot/draw.hpp"
#include "apps/boot/plan.hpp"
#include "core/oracle/laws/laws.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <sstream>

namespace mblab {
namespace {

using boot::Mark;

std::string_view trimmed(std::string_view line)
{
    const size_t first = line.find_first_not_of(" \t\n");
    if (first == std::string_view::npos)
        return {};
    return line.substr(first, line.find_last_not_of(" \t\n") + 1 - first);
}

/// What a call printed, line by line.
std::vector<std::string> printed_lines(const Outcome &outcome)
{
    std::vector<std::string> lines;
    for (const Effect &effect : outcome.effect_list()) {
        if (effect.kind != MBLAB_EFFECT_print && effect.kind != MBLAB_EFFECT_seq)
            continue;
        std::istringstream text{std::string(outcome.text_of(effect))};
        for (std::string line; std::getline(text, line);)
            if (!trimmed(line).empty())
                lines.push_back(line);
    }
    return lines;
}

/// The lines that memblock_dump_all() prints of a state, for an engine that predicts no texts.
std::vector<std::string> dumped_lines(const mblab_state &state, const Variant &variant)
{
    std::vector<std::string> lines = {"MEMBLOCK configuration:",
                                      fmt::format(" memory size = {:#018x} reserved size = {:#018x}",
                                                  state.type[MBLAB_TYPE_memory].total_size,
                                                  state.type[MBLAB_TYPE_reserved].total_size)};
    for (const mblab_type type : {MBLAB_TYPE_memory, MBLAB_TYPE_reserved, MBLAB_TYPE_physmem}) {
        const mblab_type_state &array = state.type[type];
        if (array.max)
            lines.push_back(fmt::format(" {}.cnt  = {:#x}", type_name(type), array.cnt));
        for (uint64_t i = 0; i < array.cnt; i++)
            lines.push_back(dump_line(type, i, array.regions[i],
                                      variant.has(MBLAB_CONFIG_numa) &&
                                          static_cast<uint32_t>(array.regions[i].nid) < variant.max_nodes));
    }
    return lines;
}

/// The arrays that the lines of a dump or of a debugfs file show.
std::vector<Region> regions_in(const std::vector<std::string> &lines, mblab_type type)
{
    // Debugfs lines do not say what they are of; a reader must be told.
    std::string text = fmt::format("debugfs {}\n", type_name(type));
    for (const std::string &line : lines)
        text += line + '\n';
    std::vector<Region> regions;
    for (const Event &event : read_log(text).events)
        if ((event.kind == EventKind::dump_region || event.kind == EventKind::debugfs_region) && event.type == type)
            regions.push_back({event.start, event.size, event.flags, event.nid});
    return regions;
}

bool same_line(const std::string &a, const std::string &b)
{
    return trimmed(a) == trimmed(b);
}

bool same_lines(const std::vector<std::string> &a, const std::vector<std::string> &b)
{
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), same_line);
}

bool same_cover(const std::vector<std::string> &a, const std::vector<std::string> &b, mblab_type type)
{
    RegionSet covers[2];
    const auto add = [&](RegionSet &cover, const std::vector<std::string> &lines) {
        for (const Region &region : regions_in(lines, type))
            cover.fill(interval_of(region), {});
    };
    add(covers[0], a);
    add(covers[1], b);
    return same_set(covers[0].regions(), covers[1].regions());
}

bool shows_nodes(const std::vector<std::string> &lines)
{
    const std::vector<Region> regions = regions_in(lines, MBLAB_TYPE_memory);
    return std::any_of(regions.begin(), regions.end(), [](const Region &region) { return region.nid >= 0; });
}

/// The reason why another kernel's lines differ from these, when the kernels are known to differ in this; else nothing.
std::string known_difference(const StepNote &note, const std::vector<std::string> &ours, const Replay &replay,
                             const std::string &engine)
{
    const unsigned version = boot::version_of(replay.kernel);
    const bool is_older = version ? version < 612 : note.kind == StepKind::debugfs && !shows_nodes(note.lines);
    if (!is_older || engine == engine_of(replay))
        return {};
    if (note.kind == StepKind::debugfs && same_cover(note.lines, ours, MBLAB_TYPE_memory))
        return "kernels before 6.12 print neither nodes nor flags to debugfs, and do not set the nodes of what is "
               "reserved "
               "in memblock_free_all: the ranges are compared";
    const auto empty = [](const std::string &line) {
        return line.find("], 0x0000000000000000 bytes") != std::string::npos;
    };
    std::vector<std::string> without = note.lines;
    if (std::erase_if(without, empty) != 1)
        return {};
    for (size_t i = 0; i < without.size() && i < ours.size(); i++)
        if (ours[i].ends_with(".cnt  = 0x0") && without[i].ends_with(".cnt  = 0x1"))
            without[i] = ours[i];
    return same_lines(without, ours) ? "kernels before 6.12 keep one region of no size in an array that is empty" : "";
}

class Comparison {
  public:
    Comparison(const Replay &replay, Engine &engine) : replay_(replay), engine_(engine), checker_(engine.variant())
    {
        report_.engine = engine.name();
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
        const Outcome &outcome = engine_.run(step.op);
        if (note.kind != StepKind::world)
            report_.calls[step.op.kind]++;
        if (outcome.result.exit != MBLAB_RETURNED) {
            disagree(note, fmt::format("{} ended in {}", print_op(step.op), exit_name(outcome.result.exit)));
            return outcome.result.exit == MBLAB_ABSENT || outcome.result.exit == MBLAB_REFUSED;
        }
        // The other laws are the executor's business, and those of older kernels differ.
        const auto violation = checker_.after(step.op, outcome);
        if (violation && predicts_texts_ && op_info(step.op.kind).family == Family::buddy)
            disagree(note, fmt::format("{} violates the law {}: {}", print_op(step.op), violation->law,
                                       violation->explanation));
        judge(step, note, outcome);
        return true;
    }

    void judge(const Step &step, const StepNote &note, const Outcome &outcome)
    {
        if (note.kind == StepKind::dump || note.kind == StepKind::debugfs)
            return judge_lines(note, outcome);
        if (note.kind == StepKind::free_all)
            return judge_pages(outcome);
        if (note.kind == StepKind::shown)
            judge_doublings(step, note, outcome);
        if (step.expected)
            judge_place(step, note, outcome);
    }

    void judge_place(const Step &step, const StepNote &note, const Outcome &outcome)
    {
        const uint64_t place = outcome.result.value[0], wanted = *step.expected;
        report_.allocations.count(place == wanted);
        if (place == wanted)
            return;
        const uint64_t size = step.op.arg[0];
        if (report_.disagreements == 0) {
            const Mark marks[] = {{boot::range_at(wanted, wanted ? size : 0), 'K', "the kernel"},
                                  {boot::range_at(place, place ? size : 0), 'E', report_.engine}};
            explain_place(step, note, place, marks);
        }
        report_.disagreements++;
        follow(place, wanted, size);
    }

    void explain_place(const Step &step, const StepNote &note, uint64_t place, std::span<const Mark> marks)
    {
        std::string &text = report_.disagreement;
        text = fmt::format("{}:{}: {} was given {:#x} by the kernel, {:#x} by {}\n", replay_.log_name, note.line,
                           print_op(step.op), *step.expected, place, report_.engine);
        text += "  the kernel's layout after the call\n" + draw_with(marks[0]);
        text += fmt::format("  the layout of {} after the call\n", report_.engine) + draw_with(marks[1]);
        text += "  both, on the layout before the call\n" + boot::draw(memory_, reserved_, marks);
    }

    /// The layout before the call with one more range reserved.
    std::string draw_with(const Mark &mark) const
    {
        RegionSet reserved;
        reserved.load(reserved_, 0);
        reserved.fill(mark.range, {});
        return boot::draw(memory_, reserved.regions(), {&mark, 1});
    }

    /// Put the range where the kernel put it, so that one misplacement is not counted for all that follow.
    void follow(uint64_t place, uint64_t wanted, uint64_t size)
    {
        const auto run = [&](mblab_op_kind kind, uint64_t base) {
            const Op op = make_op(kind, {base, size});
            checker_.after(op, engine_.run(op));
        };
        if (place)
            run(MBLAB_OP_memblock_phys_free, place);
        if (wanted)
            run(MBLAB_OP_memblock_reserve, wanted);
    }

    void judge_doublings(const Step &step, const StepNote &note, const Outcome &outcome)
    {
        if (!note.doublings)
            return;
        const std::span<const Effect> effects = outcome.effect_list();
        const auto ours = static_cast<uint64_t>(std::count_if(
            effects.begin(), effects.end(), [](const Effect &effect) { return effect.kind == MBLAB_EFFECT_copy; }));
        const uint64_t shown = *note.doublings;
        for (uint64_t i = 0; i < std::max(ours, shown); i++)
            report_.doublings.count(i < std::min(ours, shown));
        if (ours != shown)
            disagree(note, fmt::format("{} doubled {} arrays in the kernel, {} in {}", print_op(step.op), shown, ours,
                                       report_.engine));
    }

    void judge_lines(const StepNote &note, const Outcome &outcome)
    {
        if (!predicts_texts_ && note.kind == StepKind::debugfs)
            return;
        const std::vector<std::string> ours =
            predicts_texts_ ? printed_lines(outcome) : dumped_lines(outcome.state, engine_.variant());
        bool equal = same_lines(note.lines, ours);
        if (const std::string reason = equal ? "" : known_difference(note, ours, replay_, report_.engine);
            !reason.empty()) {
            equal = true;
            report_.known.push_back(fmt::format("line {}: {}", note.line, reason));
        }
        (note.kind == StepKind::dump ? report_.dumps : report_.debugfs).count(equal);
        if (!equal && report_.disagreements++ == 0)
            explain_lines(note, ours);
    }

    void explain_lines(const StepNote &note, const std::vector<std::string> &ours)
    {
        const size_t common = std::min(ours.size(), note.lines.size());
        size_t first = 0;
        while (first < common && trimmed(ours[first]) == trimmed(note.lines[first]))
            first++;
        const auto line = [&](const std::vector<std::string> &lines) {
            return first < lines.size() ? std::string(trimmed(lines[first])) : "(nothing)";
        };
        report_.disagreement = fmt::format("{}:{}: what was printed differs\n  the kernel   {}\n  {:<12} {}\n",
                                           replay_.log_name, note.line, line(note.lines), report_.engine, line(ours));
        for (const auto *lines : {&note.lines, &ours}) {
            const std::vector<Region> memory = regions_in(*lines, MBLAB_TYPE_memory);
            const std::vector<Region> reserved = regions_in(*lines, MBLAB_TYPE_reserved);
            const uint64_t end = memory.empty() ? 0 : end_of(memory.back());
            const Mark all{{memory.empty() ? 0 : memory.front().base, end}, '~', "all memory"};
            report_.disagreement +=
                fmt::format("  the layout of {}\n", lines == &ours ? report_.engine : "the kernel") +
                boot::draw(memory, reserved, {&all, 1});
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
        if (pages * 4 != totals.physical || given != ours)
            report_.buddy_trouble = fmt::format("the sums differ by {}K and {}K", static_cast<int64_t>(given - ours),
                                                static_cast<int64_t>(totals.physical - pages * 4));
    }

    void disagree(const StepNote &note, const std::string &what)
    {
        if (report_.disagreements++ == 0)
            report_.disagreement =
                fmt::format("{}:{}: {}\n", replay_.log_name, note.line, what) + boot::draw(memory_, reserved_, {});
    }

    void keep_layout()
    {
        const mblab_state &state = engine_.state();
        const auto keep = [](std::vector<Region> &list, const mblab_type_state &type) {
            list.assign(type.regions, type.regions + std::min(type.cnt, type.max));
        };
        keep(memory_, state.type[MBLAB_TYPE_memory]);
        keep(reserved_, state.type[MBLAB_TYPE_reserved]);
    }

    const Replay &replay_;
    Engine &engine_;
    const bool predicts_texts_ = engine_.predicted_effects() == all_effects;
    Checker checker_;
    BootReport report_;
    std::vector<Region> memory_, reserved_;
};

} // namespace

BootReport compare_boot(const Replay &replay, Engine &engine)
{
    return Comparison(replay, engine).run();
}

} // namespace mblab
