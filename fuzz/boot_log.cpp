// SPDX-License-Identifier: GPL-2.0-or-later
// Any bytes are a log: it is read whole and in pieces to the same events, and what it leads to is a trace that can be
// saved.
#include "apps/boot/layout.hpp"
#include "apps/boot/replay.hpp"
#include "apps/boot/report.hpp"
#include "core/base/error.hpp"

#include <cstdlib>

namespace {

std::vector<mblab::Log> read_in_pieces(std::string_view text, size_t length)
{
    mblab::LogReader reader("log");
    for (; text.size() > length; text.remove_prefix(length))
        reader.feed(text.substr(0, length));
    reader.feed(text);
    return reader.finish();
}

void require(bool holds)
{
    if (!holds)
        std::abort();
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const std::string_view text(reinterpret_cast<const char *>(data), size);
    const std::vector<mblab::Log> logs = mblab::read_logs(text);
    const std::vector<mblab::Log> again = read_in_pieces(text, 1 + size / 7);
    require(logs.size() == again.size());
    for (size_t i = 0; i < logs.size(); i++)
        require(logs[i].events.size() == again[i].events.size());
    for (const mblab::Log &log : logs)
        try {
            const mblab::Replay replay = mblab::build_replay(log);
            require(replay.notes.size() == replay.trace.steps.size());
            const std::string saved = mblab::print_trace(replay.trace);
            require(mblab::print_trace(mblab::parse_trace(saved, "saved")) == saved);
            require(!mblab::describe(replay).empty());
        } catch (const mblab::Error &) {
            // The only refusal: not a log of memblock.
            require(log.memblock_lines == 0);
        }
    try {
        const mblab::Layout layout = mblab::read_layout(text, "input", mblab::LayoutKind::automatic);
        require(!mblab::print_layout(layout).empty());
    } catch (const mblab::Error &) {
    }
    return 0;
}
