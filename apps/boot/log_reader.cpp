// SPDX-License-Identifier: GPL-2.0-or-later
// From bytes to records: lines, carriage returns, colours, and messages of two writers on one line.
#include "apps/boot/log.hpp"
#include "apps/boot/record.hpp"
#include "core/base/error.hpp"

#include <fmt/format.h>

#include <cstring>

namespace mblab {
namespace {

// No line of memblock or of the evidence is this long; what is longer is cut, so that a file without newlines costs
// nothing.
constexpr size_t line_max = 4096;
// A boot with both arrays at their 128 Ki regions and a dump of them prints less.
constexpr size_t events_max = 1u << 20;
// Evidence is worth keeping only in the amounts that one boot prints.
constexpr uint64_t evidence_max = 1u << 16;

bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/// Length of "[    1.234567]" at the start of text, 0 when it is not there.
size_t timestamp_length(std::string_view text)
{
    size_t at = 1;
    while (at < text.size() && text[at] == ' ')
        at++;
    const size_t seconds = at;
    while (at < text.size() && is_digit(text[at]))
        at++;
    if (at == seconds || at + 8 > text.size() || text[at] != '.' || text[at + 7] != ']')
        return 0;
    for (size_t i = at + 1; i < at + 7; i++)
        if (!is_digit(text[i]))
            return 0;
    return at + 8;
}

/// Without escape sequences (ESC [ ... letter) and NULs.
void strip_controls(std::string_view line, std::string &out)
{
    out.clear();
    for (size_t at = 0; at < line.size(); at++) {
        if (line[at] == '\0')
            continue;
        if (line[at] != '\033') {
            out += line[at];
            continue;
        }
        if (at + 1 == line.size() || line[++at] != '[')
            continue;
        while (at + 1 < line.size() && (line[at + 1] < '@' || line[at + 1] > '~'))
            at++;
        at++;
    }
}

} // namespace

void LogReader::feed(std::string_view piece)
{
    while (!piece.empty()) {
        const size_t newline = piece.find('\n');
        const std::string_view part = piece.substr(0, newline);
        const bool ends = newline != std::string_view::npos;
        if (ends && partial_.empty()) {
            log_.lines++;
            read_line(part.substr(0, line_max));
        } else {
            partial_.append(part.substr(0, line_max - partial_.size()));
            if (ends)
                end_line();
        }
        piece.remove_prefix(ends ? newline + 1 : piece.size());
    }
}

void LogReader::end_line()
{
    log_.lines++;
    read_line(partial_);
    partial_.clear();
}

Log LogReader::finish()
{
    if (!partial_.empty())
        end_line();
    return std::move(log_);
}

void LogReader::read_line(std::string_view raw)
{
    if (raw.empty())
        return;
    if (std::memchr(raw.data(), '\033', raw.size()) || std::memchr(raw.data(), '\0', raw.size())) {
        strip_controls(raw, cleaned_);
        raw = cleaned_;
    }
    // A record starts behind a carriage return and at a timestamp, wherever on the line another writer left it.
    size_t start = 0;
    for (size_t at = 0; at < raw.size(); at++) {
        const bool stamp = raw[at] == '[' && at > start && timestamp_length(raw.substr(at));
        if (raw[at] != '\r' && !stamp)
            continue;
        read_record(raw.substr(start, at - start));
        start = raw[at] == '\r' ? at + 1 : at;
    }
    if (start < raw.size())
        read_record(raw.substr(start));
}

namespace {

/// Length of "[    T0]" at the start of text, CONFIG_PRINTK_CALLER: a thread or a processor. 0 when it is not there.
size_t caller_length(std::string_view text)
{
    const size_t letter = text.find_first_not_of(' ', 1);
    const size_t close = text.find(']');
    if (!text.starts_with('[') || letter == std::string_view::npos || close == std::string_view::npos || close > 16)
        return 0;
    return text[letter] == 'T' || text[letter] == 'C' ? close + 1 : 0;
}

void skip_blank(std::string_view &text)
{
    if (text.starts_with(' '))
        text.remove_prefix(1);
}

/// What precedes the message: <level>, [timestamp], [caller], or the date and host of a syslog file.
std::string_view without_prefix(std::string_view record)
{
    const size_t kernel = record.substr(0, 128).find(" kernel: ");
    if (kernel != std::string_view::npos)
        record.remove_prefix(kernel + 9);
    const size_t level_end = record.find('>');
    if (record.starts_with('<') && level_end < 5)
        record.remove_prefix(level_end + 1);
    // One blank belongs to the prefix; the message may begin with more, which mean something.
    const size_t stamp = record.starts_with('[') ? timestamp_length(record) : 0;
    record.remove_prefix(stamp);
    const size_t caller = caller_length(record.substr(record.starts_with(' ')));
    if (caller)
        record.remove_prefix(caller + record.starts_with(' '));
    if (stamp || caller)
        skip_blank(record);
    return record;
}

} // namespace

void LogReader::read_record(std::string_view record)
{
    boot::Record out{log_, debugfs_};
    boot::read_message(without_prefix(record), out);
    for (Event &event : out.events)
        keep(std::move(event));
}

void LogReader::keep(Event event)
{
    event.line = log_.lines;
    if (event.kind >= EventKind::firmware_range && ++evidence_ > evidence_max)
        return;
    if (log_.events.size() == events_max)
        throw Error(fmt::format("{}:{}: more lines about memblock than any boot prints", log_.name, log_.lines));
    log_.events.push_back(std::move(event));
}

bool Log::has(std::string_view parameter) const
{
    for (size_t at = command_line.find(parameter); at != std::string::npos; at = command_line.find(parameter, at + 1)) {
        const size_t end = at + parameter.size();
        const bool starts = at == 0 || command_line[at - 1] == ' ';
        if (starts && (end == command_line.size() || command_line[end] == ' ' || command_line[end] == '='))
            return true;
    }
    return false;
}

std::string Log::value_of(std::string_view parameter) const
{
    const std::string wanted = std::string(parameter) + '=';
    for (size_t at = command_line.find(wanted); at != std::string::npos; at = command_line.find(wanted, at + 1)) {
        if (at != 0 && command_line[at - 1] != ' ')
            continue;
        const size_t start = at + wanted.size();
        return command_line.substr(start, command_line.find(' ', start) - start);
    }
    return {};
}

Log read_log(std::string_view text, std::string name)
{
    LogReader reader(std::move(name));
    reader.feed(text);
    return reader.finish();
}

} // namespace mblab
