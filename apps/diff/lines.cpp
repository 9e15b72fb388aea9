// SPDX-License-Identifier: GPL-2.0-or-later
#include "apps/diff/lines.hpp"

#include "core/base/files.hpp"
#include "core/run/process.hpp"

#include <fmt/format.h>

#include <charconv>
#include <map>
#include <sstream>

namespace mblab {
namespace {

unsigned number_at(std::string_view text)
{
    unsigned value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
}

/// Line numbers of the new file in the hunks of a diff without context: "@@ -a,b +c,d @@".
std::vector<unsigned> added_lines(const std::string &diff)
{
    std::vector<unsigned> lines;
    std::istringstream in(diff);
    for (std::string line; std::getline(in, line);) {
        if (!line.starts_with("@@ "))
            continue;
        const std::string_view hunk = std::string_view(line).substr(line.find('+') + 1);
        const std::string_view range = hunk.substr(0, hunk.find(' '));
        const size_t comma = range.find(',');
        const unsigned count = comma == range.npos ? 1 : number_at(range.substr(comma + 1));
        for (unsigned i = 0; i < count; i++)
            lines.push_back(number_at(range) + i);
    }
    return lines;
}

/// For each line of memblock.c at which a block of code begins: whether one of them was run.
std::map<unsigned, bool> lines_of_blocks(const std::string &engine,
                                         const std::vector<std::pair<uint64_t, bool>> &blocks)
{
    std::vector<std::string> command = {"addr2line", "-e", engine};
    for (const auto &[offset, reached] : blocks)
        command.push_back(fmt::format("{:#x}", offset));
    std::map<unsigned, bool> lines;
    const ProcessResult result = run_process(command);
    std::istringstream in(result.output);
    std::string place;
    for (size_t i = 0; i < blocks.size() && std::getline(in, place); i++) {
        const size_t colon = place.rfind(':');
        if (colon != place.npos && place.substr(0, colon).ends_with("memblock.c"))
            lines[number_at(std::string_view(place).substr(colon + 1))] |= blocks[i].second;
    }
    return lines;
}

} // namespace

std::vector<ChangedLine> changed_lines(const Side &base, const Side &head, const std::string &head_engine,
                                       const std::vector<std::pair<uint64_t, bool>> &blocks)
{
    if (base.is_port() || head.is_port() || run_process({"sh", "-c", "command -v addr2line"}).status != 0)
        return {};
    const std::map<unsigned, bool> reached = lines_of_blocks(head_engine, blocks);
    std::vector<std::string> text;
    std::istringstream in(read_file(head.file(memblock_source)));
    for (std::string line; std::getline(in, line);)
        text.push_back(line);
    const std::vector<unsigned> added =
        added_lines(run_process({"diff", "-U0", base.file(memblock_source), head.file(memblock_source)}).output);
    std::vector<ChangedLine> lines;
    for (const unsigned line : added) {
        if (line == 0 || line > text.size())
            continue;
        ChangedLine changed{memblock_source, line, text[line - 1]};
        // A block goes on from the line at which it begins, up to the next one's. A line that only declares belongs to
        // none.
        const auto after = reached.upper_bound(line);
        const bool is_statement =
            changed.text.find_first_of(";{(") != std::string::npos && changed.text.starts_with('\t');
        changed.is_code = is_statement && after != reached.begin();
        changed.reached = changed.is_code && std::prev(after)->second;
        lines.push_back(changed);
    }
    return lines;
}

} // namespace mblab
