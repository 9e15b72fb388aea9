// SPDX-License-Identifier: GPL-2.0-or-later
// The text form of a trace: one call a line, as C would write it.
#include "core/base/error.hpp"
#include "core/state/flags.hpp"
#include "core/trace/trace.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <charconv>
#include <cstring>

namespace mblab {
namespace {

struct NamedValue {
    std::string_view name;
    uint64_t value;
};

constexpr uint64_t all_ones = ~uint64_t{0};

constexpr uint64_t error_number(uint64_t positive)
{
    return uint64_t{0} - positive;
}

constexpr NamedValue constants[] = {
    {"MEMBLOCK_NONE", 0},
    {"PHYS_ADDR_MAX", all_ones},
    {"MEMBLOCK_ALLOC_ANYWHERE", all_ones},
    {"MEMBLOCK_ALLOC_ACCESSIBLE", 0},
    {"MEMBLOCK_ALLOC_NOLEAKTRACE", 1},
    {"NUMA_NO_NODE", all_ones},
    {"ULLONG_MAX", all_ones},
    {"BOOTMEM_DEFAULT", 0},
    {"BOOTMEM_EXCLUSIVE", 1},
    {"NULL", 0},
    {"true", 1},
    {"false", 0},
    {"memory", MBLAB_TYPE_memory},
    {"reserved", MBLAB_TYPE_reserved},
    {"physmem", MBLAB_TYPE_physmem},
    {"none", MBLAB_TYPE_none},
    {"-ENOENT", error_number(2)},
    {"-E2BIG", error_number(7)},
    {"-ENOMEM", error_number(12)},
    {"-EBUSY", error_number(16)},
    {"-EEXIST", error_number(17)},
    {"-EINVAL", error_number(22)},
    {"-ENOSPC", error_number(28)},
    {"-ERANGE", error_number(34)},
    {"-EOPNOTSUPP", error_number(95)},
};

std::string_view trim(std::string_view text)
{
    const size_t first = text.find_first_not_of(" \t\r");
    if (first == std::string_view::npos)
        return {};
    return text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
}

std::optional<uint64_t> named_value(std::string_view name)
{
    for (const RegionFlag &flag : region_flags)
        if (flag.name == name)
            return flag.bit;
    for (const NamedValue &known : constants)
        if (known.name == name)
            return known.value;
    return std::nullopt;
}

/// 12, 0x1000, -1, 4K, 2M, 1G, 3T.
std::optional<uint64_t> number(std::string_view text)
{
    const bool negative = text.starts_with('-');
    if (negative)
        text.remove_prefix(1);
    int base = 10;
    if (text.starts_with("0x")) {
        text.remove_prefix(2);
        base = 16;
    }
    uint64_t value = 0;
    const auto [rest, error] = std::from_chars(text.begin(), text.end(), value, base);
    if (error != std::errc() || rest == text.begin())
        return std::nullopt;
    std::string_view suffix(rest, static_cast<size_t>(text.end() - rest));
    if (suffix.size() == 1) {
        const size_t power = std::string_view("KMGT").find(suffix[0]);
        if (power == std::string_view::npos)
            return std::nullopt;
        const unsigned shift = 10 * (static_cast<unsigned>(power) + 1);
        if (value > all_ones >> shift)
            return std::nullopt;
        value <<= shift;
    } else if (!suffix.empty()) {
        return std::nullopt;
    }
    return negative ? 0 - value : value;
}

/// A number, a name, or several of them with | between.
std::optional<uint64_t> value_of(std::string_view text)
{
    uint64_t value = 0;
    while (true) {
        const size_t bar = text.find('|');
        const std::string_view part = trim(text.substr(0, bar));
        const std::optional<uint64_t> one = named_value(part) ? named_value(part) : number(part);
        if (!one)
            return std::nullopt;
        value |= *one;
        if (bar == std::string_view::npos)
            return value;
        text.remove_prefix(bar + 1);
    }
}

/// Reads one line after another; each complaint names file and line.
class Reader {
  public:
    Reader(std::string_view file_name, std::vector<Comment> *comments) : file_name_(file_name), comments_(comments) {}

    Trace read(std::string_view text)
    {
        Trace trace;
        while (!text.empty()) {
            line_++;
            const std::string_view line = trim(next_line(text));
            std::string whole(line);
            size_t more = 0;
            // A call may go on in the next line, as mails have it, behind a comma.
            while (is_open_call(whole) && !text.empty()) {
                whole.append(" ").append(trim(next_line(text)));
                more++;
            }
            read_line(whole, trace);
            line_ += more;
        }
        return trace;
    }

  private:
    static bool is_open_call(std::string_view line)
    {
        return line.ends_with(',') && line.find('(') != line.npos && line.find_first_of(")#\"") == line.npos &&
               !line.starts_with("variant ") && !line.starts_with("engine ");
    }

    static std::string_view next_line(std::string_view &text)
    {
        const std::string_view line = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(line.size() + 1, text.size()));
        return line;
    }

    [[noreturn]] void fail(const std::string &expected) const
    {
        throw Error(fmt::format("{}:{}: {}", file_name_, line_, expected));
    }

    void note(Comment::Place place, size_t step, std::string_view comment) const
    {
        if (comments_ && comment.starts_with('#'))
            comments_->push_back({place, step, std::string(comment.substr(comment.starts_with("# ") ? 2 : 1))});
    }

    void read_line(std::string_view line, Trace &trace) const
    {
        if (line.empty() || line.starts_with('#'))
            return note(trace.steps.empty() && trace.variant.empty() ? Comment::Place::head : Comment::Place::before,
                        trace.steps.size(), line);
        if (line.starts_with("variant ")) {
            if (!trace.steps.empty())
                fail("expected 'variant' before the first call");
            trace.variant = trim(line.substr(8));
            return;
        }
        if (line.starts_with("engine ")) {
            if (!trace.steps.empty())
                fail("expected 'engine' before the first call");
            trace.engines.emplace_back(trim(line.substr(7)));
            return;
        }
        trace.steps.push_back(read_call(line));
        const std::string_view after = line.substr(line.rfind(')'));
        note(Comment::Place::behind, trace.steps.size() - 1, after.substr(std::min(after.find('#'), after.size())));
    }

    Step read_call(std::string_view line) const
    {
        const size_t open = line.find('(');
        const size_t close = line.rfind(')');
        if (open == std::string_view::npos || close == std::string_view::npos || close < open)
            fail(fmt::format("expected a call such as memblock_add(0x0, 0x100000), found '{}'", line.substr(0, 60)));
        const std::string_view name = trim(line.substr(0, open));
        const std::optional<uint16_t> kind = find_op(name);
        if (!kind)
            fail(fmt::format("expected an operation (see 'mblab ops'), found '{}'", name.substr(0, 60)));
        Step step;
        step.op.kind = *kind;
        read_arguments(line.substr(open + 1, close - open - 1), step.op);
        const std::string_view after = trim(line.substr(close + 1));
        if (after.empty() || after.starts_with('#'))
            return step;
        if (!after.starts_with('='))
            fail(fmt::format("expected '= value' or nothing after the call, found '{}'", after.substr(0, 60)));
        step.expected = value_of(trim(after.substr(1, after.find('#') - 1)));
        if (!step.expected)
            fail(fmt::format("expected a value after '=', found '{}'", after.substr(1, 60)));
        return step;
    }

    void read_arguments(std::string_view text, Op &op) const
    {
        const OpInfo &info = op_info(op.kind);
        size_t count = 0;
        for (std::string_view rest = trim(text); !rest.empty();) {
            if (info.has_text() && count + 1 == info.parameter_count)
                return read_string(trim(rest), op);
            const size_t comma = rest.find(',');
            if (count == info.parameter_count)
                fail(fmt::format("expected {} arguments for {}, found more", info.parameter_count, info.name));
            const std::string_view argument = trim(rest.substr(0, comma));
            const std::optional<uint64_t> value = value_of(argument);
            if (!value)
                fail(fmt::format("expected a value for {} of {}, found '{}'", info.parameters[count].name, info.name,
                                 argument.substr(0, 60)));
            op.arg[count++] = *value;
            rest = comma == std::string_view::npos ? std::string_view() : rest.substr(comma + 1);
        }
        if (count != info.parameter_count)
            fail(fmt::format("expected {} arguments for {}, found {}", info.parameter_count, info.name, count));
    }

    void read_string(std::string_view text, Op &op) const
    {
        if (text.size() < 2 || text.front() != '"' || text.back() != '"')
            fail(fmt::format("expected a string in quotes for {}", op_info(op.kind).name));
        text = text.substr(1, text.size() - 2);
        if (text.size() >= sizeof op.text)
            fail(fmt::format("expected a string of at most {} characters", sizeof op.text - 1));
        text.copy(op.text, text.size());
    }

    std::string_view file_name_;
    std::vector<Comment> *comments_;
    size_t line_ = 0;
};

} // namespace

Trace parse_trace(std::string_view text, std::string_view file_name, std::vector<Comment> *comments)
{
    Trace trace = Reader(file_name, comments).read(text);
    normalize(trace);
    return trace;
}

std::string print_value(ParameterKind kind, uint64_t value)
{
    static constexpr std::string_view types[] = {"memory", "reserved", "physmem", "none"};
    const auto is_signed = static_cast<int64_t>(value);
    switch (kind) {
    case ParameterKind::nid:
        return nid_text(is_signed);
    case ParameterKind::flags:
        return flags_text(value);
    case ParameterKind::type:
        return std::string(types[value & 3]);
    case ParameterKind::boolean:
        return value ? "true" : "false";
    case ParameterKind::index:
        return std::to_string(is_signed);
    case ParameterKind::error:
        for (const NamedValue &known : constants)
            if (known.name.starts_with("-E") && known.value == value)
                return std::string(known.name);
        return std::to_string(is_signed);
    case ParameterKind::count:
        return std::to_string(value);
    case ParameterKind::addr:
    case ParameterKind::virt:
    case ParameterKind::size:
    case ParameterKind::align:
    case ParameterKind::end:
    case ParameterKind::pfn:
    case ParameterKind::cookie:
    case ParameterKind::text:
        break;
    }
    return fmt::format("{:#x}", value);
}

std::string print_op(const Op &op)
{
    const OpInfo &info = op_info(op.kind);
    std::string text = std::string(info.name) + '(';
    for (size_t i = 0; i < info.parameter_count; i++) {
        const Parameter &parameter = info.parameters[i];
        text += i ? ", " : "";
        text += parameter.kind == ParameterKind::text ? fmt::format("\"{}\"", op.text)
                                                      : print_value(parameter.kind, op.arg[i]);
    }
    return text + ')';
}

std::string print_step(const Step &step)
{
    if (!step.expected)
        return print_op(step.op);
    const OpInfo &info = op_info(step.op.kind);
    const ParameterKind kind = info.result_count ? info.results[0].kind : ParameterKind::count;
    return print_op(step.op) + " = " + print_value(kind, *step.expected);
}

std::string print_trace(const Trace &trace)
{
    std::string text;
    if (!trace.variant.empty())
        text += "variant " + trace.variant + '\n';
    for (const std::string &engine : trace.engines)
        text += "engine " + engine + '\n';
    for (const Step &step : trace.steps)
        text += print_step(step) + '\n';
    return text;
}

namespace {

std::string result_text(const OpInfo &info, uint64_t index, uint64_t value, uint32_t max_nodes)
{
    const ParameterKind kind = index < info.result_count ? info.results[index].kind : ParameterKind::cookie;
    return kind == ParameterKind::nid ? nid_text(static_cast<int64_t>(value), max_nodes) : print_value(kind, value);
}

} // namespace

std::string describe_result(uint16_t kind, const mblab_result &result, uint32_t max_nodes)
{
    const OpInfo &info = op_info(kind);
    std::string out = fmt::format("  {}", exit_name(result.exit));
    for (uint32_t i = 0; i < result.count && i < info.result_count; i++)
        out += fmt::format(" {}={}", info.results[i].name, result_text(info, i, result.value[i], max_nodes));
    return out + '\n';
}

std::string describe(uint16_t kind, const Outcome &outcome, uint32_t max_nodes)
{
    return describe_result(kind, outcome.result, max_nodes) + describe(outcome, max_nodes);
}

std::string print_difference(uint16_t kind, const Difference &difference, uint32_t max_nodes)
{
    const OpInfo &info = op_info(kind);
    if (difference.where != Difference::Where::result || difference.index >= info.result_count)
        return difference.text(max_nodes);
    const auto text = [&](uint64_t value) { return result_text(info, difference.index, value, max_nodes); };
    return fmt::format("result {}: {} / {}", info.results[difference.index].name, text(difference.values[0]),
                       text(difference.values[1]));
}

} // namespace mblab
