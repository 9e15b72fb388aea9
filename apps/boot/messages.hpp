// SPDX-License-Identifier: GPL-2.0-or-later
// The kernel's messages that mean something to the lab: how each begins, wherever on a line, and what it says.
#pragma once

#include "apps/boot/pattern.hpp"

#include <optional>

namespace mblab::boot {

/// A message, the event that it is, the architecture that prints it where only one does, and what remains to be read.
struct Message {
    std::string_view pattern;
    EventKind kind;
    Arch arch = Arch::unknown;
    bool (*finish)(Event &event, Log &log) = nullptr;
    std::string_view shorter = {}; // the pattern of kernels that print less: for a text that does not go on
};

/// Where a message begins.
struct Beginning {
    size_t at = 0, length = 0;
    const Message *message = nullptr; // null: a call of memblock's, by its name
    uint16_t op = MBLAB_OP_COUNT;     // none: a name that the lab does not know
    bool is_call() const { return !message; }
};

/// The first beginning at or behind an offset. The cost is linear in what is passed over.
std::optional<Beginning> find_beginning(std::string_view line, size_t from);

/// What a message says, from its beginning to its end, which may be the end of its line.
struct Reading {
    Fit fit = Fit::no;
    const Message *message = nullptr; // null: a call
    Event event;
    bool may_go_on = false;    // it says enough, and yet what is usual at its end is missing
    bool names_caller = false; // a call: by name and offset
};
Reading read_message(const Beginning &beginning, std::string_view text);

/// The same of a text that is known not to go on.
Reading read_ended_message(const Beginning &beginning, std::string_view text);

/// The number of digits of the addresses in a message of memblock; 0 when there are none.
size_t address_digits(std::string_view text);

/// "  40200000-41a7ffff : Kernel code", as /proc/iomem has it.
std::optional<Event> read_iomem(std::string_view line);

/// "   0: 0x40000000..0xbfffffff    0 NONE", whatever precedes it; older kernels print neither node nor flags. The type
/// is what grep printed in front, or none. A flag that has no name here sets bit 31 and leaves its name in text.
std::optional<Event> read_debugfs_region(std::string_view line);

/// The array whose file a line names: "=== debugfs memory", "==> /sys/kernel/debug/memblock/reserved <==", "memory:".
mblab_type debugfs_file_named(std::string_view line);

} // namespace mblab::boot
