// SPDX-License-Identifier: GPL-2.0-or-later
// The first stage of the reader of logs, on any bytes: lines are the same in pieces as whole, none is longer than it
// was, and a time that is found is in the line.
#include "apps/boot/lines.hpp"

#include <cstdlib>
#include <vector>

using namespace mblab::boot;

namespace {

void require(bool holds)
{
    if (!holds)
        std::abort();
}

std::vector<std::string> lines_of(std::string_view text, size_t length)
{
    LineCutter cutter;
    std::vector<std::string> lines;
    const LineCutter::Sink keep = [&](std::string_view line) { lines.emplace_back(line); };
    for (; text.size() > length; text.remove_prefix(length))
        cutter.feed(text.substr(0, length), keep);
    cutter.feed(text, keep);
    cutter.finish(keep);
    return lines;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const std::string_view text(reinterpret_cast<const char *>(data), size);
    const std::vector<std::string> lines = lines_of(text, size + 1);
    require(lines == lines_of(text, 1 + size / 7));
    Cleaner cleaner;
    for (const std::string &line : lines) {
        const std::string_view clean = cleaner.clean(line);
        require(clean.size() <= line.size());
        require(without_quotes(clean).size() <= clean.size());
        for (Stamp stamp = find_stamp(clean, 0); stamp.length; stamp = find_stamp(clean, stamp.at + 1))
            require(clean[stamp.at] == '[' && clean[stamp.at + stamp.length - 1] == ']');
    }
    return 0;
}
