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

/// By line of memblock.c: where its code begins, of the engine's part that is compiled of it.
std::multimap<unsigned, uint64_t> code_of_lines(const std::string &engine)
{
    std::multimap<unsigned, uint64_t> lines;
    std::istringstream in(run_process({"objdump", "--dwarf=decodedline", engine}).output);
    bool is_subject = false;
    for (std::string line; std::getline(in, line);) {
        if (line.find(':') != line.npos && line.find(' ') == line.npos)
            is_subject = line.ends_with("memblock.c:"); // a file, of which rows follow
        std::istringstream words(line);
        std::string file, number, address;
        if (words >> file >> number >> address && is_subject && file.ends_with("memblock.c") &&
            address.starts_with("0x") && number_at(number))
            lines.emplace(number_at(number), std::stoull(address, nullptr, 16));
    }
    return lines;
}

} // namespace

std::vector<ChangedLine> changed_lines(const Side &base, const Side &head)
{
    if (base.is_port() || head.is_port())
        return {};
    std::vector<std::string> text;
    std::istringstream in(read_file(head.file(memblock_source)));
    for (std::string line; std::getline(in, line);)
        text.push_back(line);
    std::vector<ChangedLine> lines;
    for (const unsigned line :
         added_lines(run_process({"diff", "-U0", base.file(memblock_source), head.file(memblock_source)}).output))
        if (line > 0 && line <= text.size())
            lines.push_back({memblock_source, line, text[line - 1]});
    return lines;
}

void note_reached(std::vector<ChangedLine> &lines, const std::string &engine, const Blocks &blocks)
{
    if (run_process({"sh", "-c", "command -v objdump"}).status != 0)
        return;
    const std::multimap<unsigned, uint64_t> code = code_of_lines(engine);
    for (ChangedLine &line : lines) {
        const auto [first, end] = code.equal_range(line.line);
        for (auto at = first; at != end; ++at) {
            const auto after = blocks.upper_bound(at->second); // a block goes on up to the next one
            line.is_code = true;
            line.reached |= after != blocks.begin() && std::prev(after)->second;
        }
    }
}

} // namespace mblab
