// SPDX-License-Identifier: GPL-2.0-or-later
// The stage of the reader of logs that finds messages in a line, on any bytes: beginnings are in order and within the
// line, and what is read of a message is also read of it behind anything that is no message.
#include "apps/boot/messages.hpp"

#include <cstdlib>

using namespace mblab::boot;

namespace {

void require(bool holds)
{
    if (!holds)
        std::abort();
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const std::string_view line(reinterpret_cast<const char *>(data), size);
    for (auto found = find_beginning(line, 0); found; found = find_beginning(line, found->at + found->length)) {
        require(found->length > 0 && found->at + found->length <= line.size());
        const Reading reading = read_message(*found, line.substr(found->at));
        if (found->at == 0) {
            const std::string dressed = "> 12: " + std::string(line);
            const auto again = find_beginning(dressed, 0);
            require(again && again->at == 6 && read_message(*again, dressed.substr(6)).fit == reading.fit);
        }
    }
    read_iomem(line);
    read_debugfs_region(line);
    debugfs_file_named(line);
    return 0;
}
