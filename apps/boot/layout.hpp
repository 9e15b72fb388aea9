// SPDX-License-Identifier: GPL-2.0-or-later
// The memory map of a machine as a trace that sets it up: what fuzzing and hand-made traces start from.
#pragma once

#include "core/trace/trace.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace mblab {

enum class LayoutKind : uint8_t {
    automatic, // by what the text looks like
    log, // a kernel log: with memblock=debug the arrays before the first line, else its nodes, else the firmware's map
    iomem,   // /proc/iomem: System RAM is memory, what is inside is reserved
    e820,    // "[mem 0x0-0x9fbff] usable", or "0x0-0x9fbff usable", a line each
    dtb,     // a flattened device tree
    debugfs, // /sys/kernel/debug/memblock/{memory,reserved}, each below a line that ends with its name
};

/// The kind of that name. Throws Error.
LayoutKind layout_kind(std::string_view name);

struct Layout {
    Trace trace;
    std::vector<std::string> remarks; // what the map does not prove or does not say, a line each
};

/// Read a map. Throws Error when there is no memory in it.
Layout read_layout(std::string_view text, const std::string &file_name, LayoutKind kind);

/// The text form of a layout: its remarks as comments, then the trace.
std::string print_layout(const Layout &layout);

namespace boot {

/// Calls that set up what a device tree describes: memory nodes with their NUMA nodes and limits, reserved memory with
/// no-map and what is placed at boot, what /chosen names, the reservation block. Throws Error.
Layout layout_of_device_tree(std::string_view blob, const std::string &file_name);

} // namespace boot
} // namespace mblab
