// SPDX-License-Identifier: GPL-2.0-or-later
#include "apps/boot/layout.hpp"

#include "apps/boot/items.hpp"
#include "apps/boot/pattern.hpp"
#include "apps/boot/replay.hpp"
#include "core/base/error.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

namespace mblab {
namespace {

constexpr std::array<std::pair<std::string_view, LayoutKind>, 6> kinds = {{
    {"auto", LayoutKind::automatic},
    {"log", LayoutKind::log},
    {"iomem", LayoutKind::iomem},
    {"e820", LayoutKind::e820},
    {"dtb", LayoutKind::dtb},
    {"debugfs", LayoutKind::debugfs},
}};

constexpr std::string_view device_tree_magic = "\xd0\x0d\xfe\xed";

bool has_memory(const Trace &trace)
{
    return std::any_of(trace.steps.begin(), trace.steps.end(), [](const Step &step) {
        return step.op.kind == MBLAB_OP_memblock_add || step.op.kind == MBLAB_OP_memblock_add_node;
    });
}

void add_range(Trace &trace, mblab_op_kind kind, uint64_t start, uint64_t size)
{
    trace.add(make_op(kind, {start, size}));
}

/// System RAM, and what lies inside it one level down. What was plugged in after boot was no memory of memblock's.
Layout layout_of_iomem(const Log &log)
{
    Layout layout;
    Trace reserved;
    Interval inside;
    int32_t depth = 0;
    bool addresses = false;
    for (const Event &event : log.events) {
        if (event.kind != EventKind::iomem)
            continue;
        addresses |= event.end != 0;
        const Interval range = boot::range_at(event.start, event.size);
        if (event.text.starts_with("System RAM (")) {
            layout.remarks.push_back(
                fmt::format("[{:#x}, {:#x}) is {}: added after boot", range.start, range.end, event.text));
            inside = {};
        } else if (event.text.starts_with("System RAM")) {
            add_range(layout.trace, MBLAB_OP_memblock_add, event.start, event.size);
            inside = range;
            depth = event.nid;
        } else if (event.nid == depth + 1 && range.start >= inside.start && range.end <= inside.end)
            add_range(reserved, MBLAB_OP_memblock_reserve, event.start, event.size);
    }
    if (!addresses && has_memory(layout.trace))
        throw Error(fmt::format("{}: all addresses are 0: only root sees them in /proc/iomem (sudo cat /proc/iomem)",
                                log.name));
    layout.trace.steps.insert(layout.trace.steps.end(), reserved.steps.begin(), reserved.steps.end());
    return layout;
}

/// The usable memory of one line of an e820 listing, whatever precedes the range; else nothing.
Interval read_e820_line(std::string_view line)
{
    boot::Scan scan(line.substr(std::min(line.size(), line.find("0x"))));
    Event event;
    if (boot::match("%f{ }-{ }%e{]}{:}~%t", scan, event) != boot::Fit::whole || event.end < event.start)
        return {};
    for (const std::string_view usable : {"usable", "System RAM", "RAM"})
        if (event.text.starts_with(usable))
            return boot::range_at(event.start, event.end - event.start + 1);
    return {};
}

Trace layout_of_e820(std::string_view text)
{
    Trace trace;
    while (!text.empty()) {
        const std::string_view line = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(text.size(), line.size() + 1));
        if (const Interval range = read_e820_line(line); !range.empty())
            add_range(trace, MBLAB_OP_memblock_add, range.start, range.size());
    }
    if (has_memory(trace))
        add_range(trace, MBLAB_OP_memblock_trim_memory, 4096, 0);
    return trace;
}

/// What no call of its own sets goes with the call that adds the range; engines that lack it have the plain one.
void add_region(Trace &trace, const Region &region, mblab_type type)
{
    constexpr uint32_t of_reserve = flag_kern | flag_hugetlb;
    const bool is_memory = type == MBLAB_TYPE_memory;
    if (is_memory && (region.flags & flag_driver_managed))
        trace.add(ops::memblock_add_node{region.base, region.size, std::max(region.nid, 0),
                                         static_cast<uint32_t>(region.flags & flag_driver_managed)});
    else if (!is_memory && (region.flags & of_reserve))
        trace.add(ops::__memblock_reserve{region.base, region.size, region.nid, region.flags & of_reserve});
    if (!is_memory || !(region.flags & flag_driver_managed))
        add_range(trace, is_memory ? MBLAB_OP_memblock_add : MBLAB_OP_memblock_reserve, region.base, region.size);
}

/// The arrays of a snapshot, as calls: ranges, then nodes and flags.
void add_regions(Trace &trace, const std::vector<Region> &regions, mblab_type type)
{
    for (const Region &region : regions)
        add_region(trace, region, type);
    for (const Region &region : regions) {
        if (boot::is_node(region.nid))
            trace.add(boot::set_node(interval_of(region), type, region.nid));
        for (const boot::FlagCall &call : boot::flag_calls)
            if (call.type == type && (region.flags & call.flag) && !call.by_reserve)
                add_range(trace, call.set, region.base, region.size);
    }
}

Layout layout_of_debugfs(const Log &log)
{
    Layout layout;
    for (const boot::Item &item : boot::group(log))
        if (item.kind == boot::ItemKind::snapshot && item.snapshot.file <= MBLAB_TYPE_reserved)
            add_regions(layout.trace, item.snapshot.regions[item.snapshot.file], item.snapshot.file);
    for (const Event &event : log.events)
        if (event.kind == EventKind::debugfs_region && !event.text.empty())
            layout.remarks.push_back(
                fmt::format("line {}: flags that the lab does not know: {}", event.line, event.text));
    return layout;
}

/// Up to the first call that the log shows the answer of: what is there by then is the layout.
Layout layout_of_replay(const Log &log)
{
    const Replay replay = build_replay(log);
    Layout layout{{}, replay.ambiguities};
    for (size_t i = 0; i < replay.trace.steps.size(); i++) {
        const Step &step = replay.trace.steps[i];
        const Family family = op_info(step.op.kind).family;
        if (family == Family::alloc || family == Family::buddy)
            break;
        if (replay.notes[i].kind == StepKind::inferred || replay.notes[i].kind == StepKind::shown)
            layout.trace.add(step.op);
    }
    for (const Inference &inference : replay.inferences)
        if (inference.certainty == Certainty::ambiguous)
            layout.remarks.push_back(fmt::format("{}: {} (AMBIGUOUS)", inference.call, inference.evidence));
    if (replay.incomplete)
        layout.remarks.emplace_back("the log lacks lines: there may have been more");
    return layout;
}

/// Without a line of memblock's: what the kernel says of its nodes is what was there; else the firmware's map.
Layout layout_of_plain_log(const Log &log)
{
    Layout layout;
    std::vector<const Event *> ranges;
    for (const Event &event : log.events)
        if (event.kind == EventKind::early_range)
            ranges.push_back(&event);
    for (const Event *range : ranges)
        add_range(layout.trace, MBLAB_OP_memblock_add, range->start, range->size);
    for (const Event *range : ranges)
        layout.trace.add(boot::set_node(boot::range_at(range->start, range->size), MBLAB_TYPE_memory, range->nid));
    if (!ranges.empty()) {
        layout.remarks.emplace_back("memory is what the log calls early memory node ranges; it does not say what was "
                                    "reserved");
        return layout;
    }
    const RegionSet memory = boot::firmware_memory(log);
    for (const Region &region : memory.regions())
        add_range(layout.trace, MBLAB_OP_memblock_add, region.base, region.size);
    if (has_memory(layout.trace)) {
        add_range(layout.trace, MBLAB_OP_memblock_trim_memory, 4096, 0);
        layout.remarks.emplace_back("memory is the firmware's map as the kernel changed it; the log does not say what "
                                    "was reserved");
    }
    return layout;
}

bool tells_of_calls(const Event &event)
{
    return event.kind == EventKind::change || event.kind == EventKind::allocation ||
           event.kind == EventKind::dump_region;
}

bool tells_of_memory(const Event &event)
{
    return event.kind == EventKind::firmware_range || event.kind == EventKind::early_range;
}

LayoutKind guess(const Log &log, std::string_view text)
{
    if (text.starts_with(device_tree_magic))
        return LayoutKind::dtb;
    const auto count = [&](auto counts) { return std::count_if(log.events.begin(), log.events.end(), counts); };
    if (!log.kernel.empty() || count(tells_of_calls) || count(tells_of_memory))
        return LayoutKind::log;
    if (count([](const Event &event) { return event.kind == EventKind::debugfs_region; }))
        return LayoutKind::debugfs;
    return count([](const Event &event) { return event.kind == EventKind::iomem; }) ? LayoutKind::iomem
                                                                                    : LayoutKind::e820;
}

Layout layout_of_text(std::string_view text, const std::string &file_name, LayoutKind kind)
{
    const std::vector<Log> logs = read_logs(text, file_name);
    const Log &log = *std::ranges::max_element(logs, {}, [](const Log &one) { return one.memblock_lines; });
    Layout layout;
    switch (kind == LayoutKind::automatic ? guess(log, text) : kind) {
    case LayoutKind::iomem:
        layout = layout_of_iomem(log);
        break;
    case LayoutKind::debugfs:
        layout = layout_of_debugfs(log);
        break;
    default:
        const auto has = [&](auto property) { return std::any_of(log.events.begin(), log.events.end(), property); };
        layout = has(tells_of_calls)    ? layout_of_replay(log)
                 : has(tells_of_memory) ? layout_of_plain_log(log)
                                        : Layout{layout_of_e820(text), {}};
    }
    if (logs.size() > 1)
        layout.remarks.push_back(fmt::format("of {} boots in the file: {}", logs.size(), log.name));
    return layout;
}

} // namespace

RegionSet boot::firmware_memory(const Log &log)
{
    // Each map that is printed is the one before with what was changed since.
    RegionSet memory;
    std::optional<uint64_t> map;
    for (const Event &event : log.events) {
        const Interval range = range_at(event.start, event.size);
        if (event.kind == EventKind::firmware_edit && event.flags)
            memory.remove(range);
        if (event.kind != EventKind::firmware_range)
            continue;
        if (map != event.count)
            memory = {};
        map = event.count;
        if (event.flags)
            memory.fill(range, {0, nid_unset});
        else
            memory.remove(range);
    }
    return memory;
}

std::string print_layout(const Layout &layout)
{
    std::string text;
    for (const std::string &remark : layout.remarks)
        text += "# " + remark + '\n';
    return text + print_trace(layout.trace);
}

LayoutKind layout_kind(std::string_view name)
{
    std::string known;
    for (const auto &[word, kind] : kinds) {
        if (word == name)
            return kind;
        known += (known.empty() ? "" : ", ") + std::string(word);
    }
    throw Error(fmt::format("no kind of layout '{}'; there are: {}", name, known));
}

Layout read_layout(std::string_view text, const std::string &file_name, LayoutKind kind)
{
    if (text.substr(0, 4096).find("/dts-v1/") != std::string_view::npos)
        throw Error(fmt::format("{}: the source of a device tree: compile it with dtc -O dtb -o OUT.dtb {}", file_name,
                                file_name));
    const bool is_tree = kind == LayoutKind::dtb || text.starts_with(device_tree_magic);
    Layout layout = is_tree ? boot::layout_of_device_tree(text, file_name) : layout_of_text(text, file_name, kind);
    if (!has_memory(layout.trace))
        throw Error(fmt::format("{}: no memory in it{} (kinds of layout: log, iomem, e820, dtb, debugfs)", file_name,
                                layout.trace.steps.empty() ? "" : ", only what is reserved"));
    return layout;
}

} // namespace mblab
