// SPDX-License-Identifier: GPL-2.0-or-later
// From one message of the kernel to events.
#pragma once

#include "apps/boot/log.hpp"

#include <string_view>
#include <vector>

namespace mblab::boot {

/// What a message is read into. log is told of facts that are of the whole log; debugfs is the file that lines may be
/// of.
struct Record {
    Log &log;
    mblab_type &debugfs;
    std::vector<Event> events{};
};

/// Read one message, without the prefix of its line. Text that means nothing to the lab adds nothing.
void read_message(std::string_view message, Record &out);

/// A memory size as boot parameters give it: 512M, 0x10000000, 2G. False when it is none.
bool parse_size(std::string_view text, uint64_t &size);

} // namespace mblab::boot
