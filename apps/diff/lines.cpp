// SPDX-License-Identifier: GPL-2.0-or-later
#include "apps/diff/lines.hpp"

#include "apps/tree/inventory.hpp"
#include "core/base/files.hpp"
#include "core/base/text.hpp"
#include "core/run/catalog.hpp"
#include "core/run/process.hpp"
#include "core/run/sanitized.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <initializer_list>
#include <map>
#include <numeric>
#include <sstream>

namespace mblab {
namespace {

unsigned number_at(std::string_view text)
{
    unsigned value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
}

/// A range of a hunk's header, "12,3" or "12", as the numbers of its lines.
std::vector<unsigned> lines_of(std::string_view range)
{
    const size_t comma = range.find(',');
    const unsigned count = comma == range.npos ? 1 : number_at(range.substr(comma + 1));
    std::vector<unsigned> lines(count);
    std::iota(lines.begin(), lines.end(), number_at(range));
    return lines;
}

/// Without comments; what is left of a directive, or of nothing but braces, is no code of its own.
bool may_be_code(std::string_view line)
{
    const size_t first = line.find_first_not_of(" \t");
    return first != line.npos && line[first] != '#' && line.find_first_not_of(" \t{};") != line.npos;
}

std::vector<std::string> text_of(const std::string &path)
{
    const std::string text = tree::without_comments(read_file(path));
    std::vector<std::string> lines;
    each_line(text, [&](std::string_view line) { lines.emplace_back(line); });
    return lines;
}

/// "@@ -a,b +c,d @@" of a diff without context.
void add_lines(std::vector<ChangedLine> &out, const Side &base, const Side &head, const char *file)
{
    const std::vector<std::string> texts[] = {text_of(base.file(file)), text_of(head.file(file))};
    unsigned hunk = out.empty() ? 0 : out.back().hunk;
    each_line(run_process({"diff", "-U0", "--", base.file(file), head.file(file)}).output, [&](std::string_view line) {
        if (!line.starts_with("@@ -"))
            return;
        hunk++;
        const std::string_view ranges[] = {line.substr(4, line.find(' ', 4) - 4), line.substr(line.find('+') + 1)};
        for (const size_t side : {size_t{1}, size_t{0}})
            for (const unsigned number : lines_of(ranges[side].substr(0, ranges[side].find(' '))))
                if (number > 0 && number <= texts[side].size() && may_be_code(texts[side][number - 1]))
                    out.push_back({.file = file,
                                   .line = number,
                                   .text = texts[side][number - 1],
                                   .in_base = side == 0,
                                   .hunk = hunk});
    });
}

/// By line of memblock.c: where its code begins, of the engine's part that is compiled of it.
std::multimap<unsigned, uint64_t> code_of_lines(const std::string &engine)
{
    std::multimap<unsigned, uint64_t> lines;
    std::istringstream in(run_process({"objdump", "--dwarf=decodedline", engine}).output);
    for (std::string line; std::getline(in, line);) {
        std::istringstream words(line);
        std::string file, number, address;
        if (words >> file >> number >> address && file.ends_with("memblock.c") && address.starts_with("0x") &&
            number_at(number))
            lines.emplace(number_at(number), std::stoull(address, nullptr, 16));
    }
    return lines;
}

} // namespace

std::vector<ChangedLine> changed_lines(const Side &base, const Side &head)
{
    std::vector<ChangedLine> lines;
    if (!base.is_port() && !head.is_port())
        for (const char *file : {memblock_source, memblock_header})
            add_lines(lines, base, head, file);
    return lines;
}

bool has_same_files(const Side &base, const Side &head)
{
    if (base.is_port() || head.is_port())
        return base.is_port() && head.is_port();
    const auto text = [](const Side &side, const std::string &file) {
        return std::filesystem::exists(side.file(file)) ? read_file(side.file(file)) : "";
    };
    return std::ranges::all_of(std::initializer_list{memblock_source, memblock_header, memblock_abi},
                               [&](const char *file) { return text(base, file) == text(head, file); });
}

std::string patch_between(const Side &base, const Side &head)
{
    std::string text;
    if (!base.is_port() && !head.is_port())
        for (const std::string file : {memblock_source, memblock_header})
            text += run_process({"diff", "-u", "--label", "a/" + file, "--label", "b/" + file, "--", base.file(file),
                                 head.file(file)})
                        .output;
    return text;
}

void note_compiled(std::vector<ChangedLine> &lines, const Side &base, const Side &head, const std::string &variant)
{
    if (std::ranges::all_of(lines, &ChangedLine::compiled))
        return;
    const std::set<std::pair<std::string, unsigned>> compiled[] = {compiled_lines(head, variant),
                                                                   compiled_lines(base, variant)};
    for (ChangedLine &line : lines)
        line.compiled = line.compiled || compiled[line.in_base].contains({line.file, line.line});
}

std::vector<std::string> variants_for(std::vector<ChangedLine> &lines, const Side &base, const Side &head,
                                      std::vector<std::string> variants)
{
    // Of each line: whether one without nodes compiles it, and one with them; and whether one of those that are asked
    // for leaves it out. What an option compiles so is looked at with nodes and without.
    std::vector<std::array<bool, 2>> compiled(lines.size());
    std::vector<bool> is_optional(lines.size());
    bool is_asked_for = true;
    const auto adds_to_it = [&](const std::string &variant) {
        std::vector<ChangedLine> alone = lines;
        for (ChangedLine &line : alone)
            line.compiled = false;
        note_compiled(alone, base, head, variant);
        const bool has_nodes = variant_options(variant).starts_with("numa");
        bool is_new = false;
        for (size_t i = 0; i < lines.size(); i++) {
            is_optional[i] = is_optional[i] || (is_asked_for && !alone[i].compiled);
            if (!alone[i].compiled)
                continue;
            is_new = is_new || !lines[i].compiled || (is_optional[i] && !compiled[i][has_nodes]);
            lines[i].compiled = compiled[i][has_nodes] = true;
        }
        return is_new;
    };
    for (const std::string &variant : variants)
        adds_to_it(variant);
    is_asked_for = false;
    const auto is_enough = [&] {
        for (size_t i = 0; i < lines.size(); i++)
            if (!lines[i].compiled || (is_optional[i] && !(compiled[i][0] && compiled[i][1])))
                return false;
        return true;
    };
    for (const std::string &variant : all_variants()) {
        if (is_enough())
            break;
        if (is_sanitized() && variant_options(variant).find(",m32") != std::string::npos)
            continue; // the sanitizer's memory and an engine's do not both fit its addresses
        try {
            if (adds_to_it(variant))
                variants.push_back(variant);
        } catch (const SideError &) {
            continue; // what nobody asked for need not compile
        }
    }
    return variants;
}

bool can_tell_lines()
{
    return run_process({"sh", "-c", "command -v objdump"}).status == 0;
}

std::vector<WatchedBlock> watched_blocks(const std::vector<ChangedLine> &lines, const EnginePair &covered,
                                         const std::array<Blocks, 2> &blocks)
{
    const std::multimap<unsigned, uint64_t> code[] = {code_of_lines(covered.base), code_of_lines(covered.head)};
    const auto has_successor = [&](const ChangedLine &line) {
        return std::ranges::any_of(lines, [&](const ChangedLine &other) {
            return !other.in_base && other.is_code && other.hunk == line.hunk;
        });
    };
    std::vector<WatchedBlock> watched;
    for (const ChangedLine &line : lines) {
        if (!line.reached || (line.in_base && has_successor(line)))
            continue;
        const size_t engine = line.in_base ? 0 : 1;
        std::set<uint64_t> offsets;
        const auto [first, end] = code[engine].equal_range(line.line);
        for (auto at = first; at != end; ++at)
            if (const auto after = blocks[engine].upper_bound(at->second); after != blocks[engine].begin())
                offsets.insert(std::prev(after)->first);
        size_t branch = 0;
        for (const uint64_t offset : offsets)
            watched.push_back({engine, offset,
                               fmt::format("{}:{}:{}{}", line.in_base ? "BASE" : "HEAD", line.file, line.line,
                                           branch++ ? fmt::format("#{}", branch) : "")});
    }
    return watched;
}

void note_reached(std::vector<ChangedLine> &lines, bool in_base, const std::string &engine, const Blocks &blocks)
{
    const std::multimap<unsigned, uint64_t> code = code_of_lines(engine);
    for (ChangedLine &line : lines) {
        // Functions of the header run where they are called, which may be the lab's own code: that is not counted.
        if (line.in_base != in_base || line.file != memblock_source)
            continue;
        const auto [first, end] = code.equal_range(line.line);
        for (auto at = first; at != end; ++at) {
            const auto after = blocks.upper_bound(at->second); // a block goes on up to the next one
            line.is_code = true;
            line.reached |= after != blocks.begin() && std::prev(after)->second;
        }
    }
}

} // namespace mblab
