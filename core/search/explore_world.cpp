// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/search/explore_world.hpp"

#include "core/base/error.hpp"
#include "core/base/files.hpp"
#include "core/base/text.hpp"
#include "core/run/process.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <map>
#include <optional>

namespace mblab {
namespace {

namespace fs = std::filesystem;

using Values = std::vector<std::string>;

std::string_view trim(std::string_view text)
{
    const size_t first = text.find_first_not_of(" \t\r");
    return first == text.npos ? std::string_view() : text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
}

/// The parts between commas that are inside of no braces or quotes.
std::vector<std::string_view> parts_of(std::string_view text)
{
    std::vector<std::string_view> parts;
    int depth = 0;
    bool quoted = false;
    size_t begin = 0;
    for (size_t at = 0; at <= text.size(); at++) {
        const char letter = at < text.size() ? text[at] : ',';
        quoted ^= letter == '"';
        depth += quoted ? 0 : (letter == '{') - (letter == '}');
        if (at < text.size() && (letter != ',' || depth > 0 || quoted))
            continue;
        parts.push_back(trim(text.substr(begin, at - begin)));
        begin = at + 1;
    }
    return parts;
}

class Reader {
  public:
    explicit Reader(std::string_view file_name) : file_name_(file_name) {}

    World read(std::string_view text)
    {
        world_.name = fs::path(file_name_).stem().string();
        world_.text = text;
        each_line(text, [&](std::string_view line) {
            line_++;
            read_line(trim(line));
        });
        if (world_.sentence.empty())
            complain("a comment that says what the world is about, before all else");
        if (world_.variant.empty())
            complain("a line \"variant NAME\"");
        if (world_.calls.empty() && last_.empty())
            complain("a call");
        world_.last_begin = world_.calls.size();
        world_.calls.insert(world_.calls.end(), last_.begin(), last_.end());
        return std::move(world_);
    }

  private:
    [[noreturn]] void complain(std::string_view expected) const
    {
        throw Error(fmt::format("{}:{}: expected {}", file_name_, line_, expected));
    }

    void read_line(std::string_view line)
    {
        if (line.starts_with('#') && world_.variant.empty()) {
            const std::string_view sentence = trim(line.substr(1));
            if (!sentence.starts_with("SPDX"))
                world_.sentence += (world_.sentence.empty() ? "" : " ") + std::string(sentence);
        }
        if (line.empty() || line.starts_with('#'))
            return;
        const std::string_view word = line.substr(0, line.find(' '));
        const std::string_view rest = trim(line.substr(std::min(line.size(), word.size())));
        if (word == "variant")
            world_.variant = rest;
        else if (word == "line")
            read_positions(rest);
        else if (word == "let")
            read_name(rest);
        else if (word == "total_size")
            world_.total_size_max = number(rest);
        else if (word == "first")
            for (const Op &op : calls_of(rest))
                world_.first.add(op);
        else if (word == "last")
            add_new(last_, calls_of(rest));
        else
            add_new(world_.calls, calls_of(line));
    }

    uint64_t number(std::string_view text) const
    {
        uint64_t value = 0;
        const bool hex = text.starts_with("0x");
        const char *begin = text.data() + (hex ? 2 : 0), *end = text.data() + text.size();
        const auto [rest, error] = std::from_chars(begin, end, value, hex ? 16 : 10);
        if (error != std::errc() || rest != end)
            complain(fmt::format("a number, not \"{}\"", text));
        return value;
    }

    /// line START POSITIONS STEP: what is said of addresses.
    void read_positions(std::string_view text)
    {
        std::vector<uint64_t> numbers;
        while (!text.empty()) {
            const std::string_view word = text.substr(0, text.find(' '));
            numbers.push_back(number(word));
            text = trim(text.substr(word.size()));
        }
        constexpr uint64_t positions_max = 64;
        if (numbers.size() != 3 || numbers[1] == 0 || numbers[1] > positions_max || numbers[2] == 0 ||
            numbers[0] + (numbers[1] * numbers[2] - 1) < numbers[0])
            complain("\"line START POSITIONS STEP\", at most 64 positions, below the end of the address space");
        const auto [start, positions, step] = std::tuple(numbers[0], numbers[1], numbers[2]);
        for (const char *name : {"range", "at", "page", "size", "pfn"})
            sets_[name].clear();
        for (uint64_t i = 0; i <= positions; i++) {
            sets_["at"].push_back(fmt::format("{:#x}", start + i * step));
            sets_["pfn"].push_back(fmt::format("{:#x}", (start + i * step) / 4096));
            if (i == positions)
                break;
            sets_["page"].push_back(sets_["at"].back());
            sets_["size"].push_back(fmt::format("{:#x}", (i + 1) * step));
            for (uint64_t pages = 1; i + pages <= positions; pages++)
                sets_["range"].push_back(fmt::format("{:#x}, {:#x}", start + i * step, pages * step));
        }
    }

    /// let NAME = {VALUE, ...}
    void read_name(std::string_view text)
    {
        const size_t equals = text.find('=');
        const std::string_view name = trim(text.substr(0, equals));
        if (equals == text.npos || name.empty())
            complain("\"let NAME = {VALUE, ...}\"");
        sets_[std::string(name)] = values_of(trim(text.substr(equals + 1)));
    }

    /// All that the text can stand for.
    Values values_of(std::string_view text) const
    {
        if (const auto known = sets_.find(text); known != sets_.end())
            return known->second;
        if (!text.starts_with('{'))
            return {std::string(text)};
        if (!text.ends_with('}'))
            complain("a closing brace");
        Values values;
        for (const std::string_view part : parts_of(text.substr(1, text.size() - 2)))
            for (std::string &value : values_of(part))
                values.push_back(std::move(value));
        return values;
    }

    /// A call with sets of values for arguments as all calls that it stands for.
    std::vector<Op> calls_of(std::string_view text) const
    {
        const size_t open = text.find('(');
        if (open == text.npos || !text.ends_with(')'))
            complain("a call, as traces have them");
        Values calls = {std::string(text.substr(0, open + 1))};
        const std::string_view inside = trim(text.substr(open + 1, text.size() - open - 2));
        bool is_first = true;
        for (const std::string_view part : inside.empty() ? std::vector<std::string_view>() : parts_of(inside)) {
            Values longer;
            for (const std::string &call : calls)
                for (const std::string &value : values_of(part))
                    longer.push_back(fmt::format("{}{}{}", call, is_first ? "" : ", ", value));
            is_first = false;
            calls = std::move(longer);
            constexpr size_t calls_max = 1 << 20;
            if (calls.size() > calls_max)
                complain("fewer than 2^20 calls in a line");
        }
        std::vector<Op> ops;
        const std::string before(line_ - 1, '\n'); // so that the trace's own complaints name the line
        for (const std::string &call : calls) {
            Trace trace = parse_trace(before + call + ')', file_name_);
            normalize(trace);
            for (const Step &step : trace.steps)
                ops.push_back(step.op);
        }
        return ops;
    }

    static void add_new(std::vector<Op> &calls, const std::vector<Op> &more)
    {
        for (const Op &op : more)
            if (std::ranges::none_of(calls, [&](const Op &known) { return same_op(known, op); }))
                calls.push_back(op);
    }

    std::string file_name_;
    size_t line_ = 0;
    std::map<std::string, Values, std::less<>> sets_;
    std::vector<Op> last_;
    World world_;
};

std::string world_folder()
{
    return source_folder() + "/corpus/worlds";
}

} // namespace

Trace World::trace(const std::vector<uint32_t> &path) const
{
    Trace all = first;
    for (const uint32_t call : path)
        all.add(calls[call]);
    return all;
}

World parse_world(std::string_view text, std::string_view file_name)
{
    return Reader(file_name).read(text);
}

World read_world(const std::string &name_or_file)
{
    const std::string named = fmt::format("{}/{}.world", world_folder(), name_or_file);
    const std::string &path = name_or_file.find('/') == name_or_file.npos && fs::exists(named) ? named : name_or_file;
    return parse_world(read_file(path), path);
}

std::vector<std::string> world_names()
{
    std::vector<std::string> names;
    if (fs::is_directory(world_folder()))
        for (const fs::directory_entry &entry : fs::directory_iterator(world_folder()))
            if (entry.path().extension() == ".world")
                names.push_back(entry.path().stem().string());
    std::ranges::sort(names);
    return names;
}

} // namespace mblab
