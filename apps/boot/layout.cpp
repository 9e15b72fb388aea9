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

/// System RAM, and what lies inside it one level down.
Trace layout_of_iomem(const Log &log)
{
    Trace memory, reserved;
    Interval inside;
    int32_t depth = 0;
    for (const Event &event : log.events) {
        if (event.kind != EventKind::iomem)
            continue;
        const Interval range = boot::range_at(event.start, event.size);
        if (event.text.starts_with("System RAM")) {
            add_range(memory, MBLAB_OP_memblock_add, event.start, event.size);
            inside = range;
            depth = event.nid;
        } else if (event.nid == depth + 1 && range.start >= inside.start && range.end <= inside.end)
            add_range(reserved, MBLAB_OP_memblock_reserve, event.start, event.size);
    }
    memory.steps.insert(memory.steps.end(), reserved.steps.begin(), reserved.steps.end());
    return memory;
}

/// The usable memory of one line of an e820 listing, whatever precedes the range; else nothing.
Interval read_e820_line(std::string_view line)
{
    boot::Scan scan(line.substr(std::min(line.size(), line.find("0x"))));
    Event event;
    if (!boot::match("%f{ }-{ }%e{]}{:}~%t", scan, event) || event.end < event.start)
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

/// The arrays of a snapshot, as calls: ranges, then nodes and flags.
void add_regions(Trace &trace, const std::vector<Region> &regions, mblab_type type)
{
    for (const Region &region : regions)
        add_range(trace, type == MBLAB_TYPE_memory ? MBLAB_OP_memblock_add : MBLAB_OP_memblock_reserve, region.base,
                  region.size);
    for (const Region &region : regions) {
        if (boot::is_node(region.nid))
            trace.add(boot::set_node(interval_of(region), type, region.nid));
        for (const boot::FlagCall &call : boot::flag_calls)
            if (call.type == type && (region.flags & call.flag))
                add_range(trace, call.set, region.base, region.size);
    }
}

Trace layout_of_debugfs(const Log &log)
{
    Trace trace;
    for (const boot::Item &item : boot::group(log))
        if (item.kind == boot::ItemKind::snapshot && item.snapshot.file <= MBLAB_TYPE_reserved)
            add_regions(trace, item.snapshot.regions[item.snapshot.file], item.snapshot.file);
    return trace;
}

/// Up to the first call that the log shows the answer of: what is there by then is the layout.
Trace layout_of_replay(const Log &log)
{
    const Replay replay = build_replay(log);
    Trace trace;
    for (size_t i = 0; i < replay.trace.steps.size(); i++) {
        const Step &step = replay.trace.steps[i];
        const Family family = op_info(step.op.kind).family;
        if (family == Family::alloc || family == Family::buddy)
            break;
        if (replay.notes[i].kind == StepKind::inferred || replay.notes[i].kind == StepKind::shown)
            trace.add(step.op);
    }
    return trace;
}

Trace layout_of_log(const Log &log, std::string_view text)
{
    const bool allocates = std::any_of(log.events.begin(), log.events.end(), [](const Event &event) {
        return event.kind == EventKind::change || event.kind == EventKind::allocation ||
               event.kind == EventKind::dump_region;
    });
    if (allocates)
        return layout_of_replay(log);
    return layout_of_e820(text);
}

LayoutKind guess(const Log &log, std::string_view text)
{
    if (text.starts_with(device_tree_magic))
        return LayoutKind::dtb;
    size_t debugfs = 0, iomem = 0, kernel = 0;
    for (const Event &event : log.events) {
        debugfs += event.kind == EventKind::debugfs_region;
        iomem += event.kind == EventKind::iomem;
        kernel += event.kind <= EventKind::dump_region;
    }
    if (kernel || !log.kernel.empty())
        return LayoutKind::log;
    return debugfs ? LayoutKind::debugfs : iomem ? LayoutKind::iomem : LayoutKind::e820;
}

} // namespace

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

Trace read_layout(std::string_view text, const std::string &file_name, LayoutKind kind)
{
    Trace trace;
    const Log log = text.starts_with(device_tree_magic) ? Log() : read_log(text, file_name);
    switch (kind == LayoutKind::automatic ? guess(log, text) : kind) {
    case LayoutKind::log:
        trace = layout_of_log(log, text);
        break;
    case LayoutKind::iomem:
        trace = layout_of_iomem(log);
        break;
    case LayoutKind::dtb:
        trace = boot::layout_of_device_tree(text, file_name);
        break;
    case LayoutKind::debugfs:
        trace = layout_of_debugfs(log);
        break;
    default:
        trace = layout_of_e820(text);
    }
    if (!has_memory(trace))
        throw Error(fmt::format("{}: no memory in it (kinds of layout: log, iomem, e820, dtb, debugfs)", file_name));
    return trace;
}

} // namespace mblab
