// SPDX-License-Identifier: GPL-2.0-or-later
// From bytes to messages: lines, carriage returns, colours, messages of two writers on one line, and what precedes
// them.
#include "apps/boot/log.hpp"

#include <algorithm>
#include <cstring>

namespace mblab {
namespace {

// No line of memblock or of the evidence is this long; what is longer is cut, so that a file without newlines costs
// nothing.
constexpr size_t line_max = 4096;

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

/// Length of "[    T0]" at the start of text, CONFIG_PRINTK_CALLER: a thread or a processor. 0 when it is not there.
size_t caller_length(std::string_view text)
{
    const size_t letter = text.find_first_not_of(' ', 1);
    const size_t close = text.find(']');
    if (!text.starts_with('[') || letter == std::string_view::npos || close == std::string_view::npos || close > 16)
        return 0;
    return text[letter] == 'T' || text[letter] == 'C' ? close + 1 : 0;
}

/// What precedes the message: <level>, [timestamp], [caller], or the date and host of a syslog file.
std::string_view without_prefix(std::string_view message)
{
    const size_t kernel = message.substr(0, 128).find(" kernel: ");
    if (kernel != std::string_view::npos)
        message.remove_prefix(kernel + 9);
    const size_t level_end = message.find('>');
    if (message.starts_with('<') && level_end < 5)
        message.remove_prefix(level_end + 1);
    // One blank belongs to the prefix; the message may begin with more, which mean something.
    const size_t stamp = message.starts_with('[') ? timestamp_length(message) : 0;
    message.remove_prefix(stamp);
    const size_t caller = caller_length(message.substr(message.starts_with(' ')));
    if (caller)
        message.remove_prefix(caller + message.starts_with(' '));
    if ((stamp || caller) && message.starts_with(' '))
        message.remove_prefix(1);
    return message;
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

void LogReader::read_line(std::string_view line)
{
    if (line.empty())
        return;
    if (std::memchr(line.data(), '\033', line.size()) || std::memchr(line.data(), '\0', line.size())) {
        strip_controls(line, cleaned_);
        line = cleaned_;
    }
    // A message starts behind a carriage return and at a timestamp, wherever on the line another writer left it.
    size_t start = 0;
    for (size_t at = 0; at < line.size(); at++) {
        const bool stamp = line[at] == '[' && at > start && timestamp_length(line.substr(at));
        if (line[at] != '\r' && !stamp)
            continue;
        parser_.parse(without_prefix(line.substr(start, at - start)));
        start = line[at] == '\r' ? at + 1 : at;
    }
    if (start < line.size())
        parser_.parse(without_prefix(line.substr(start)));
}

std::optional<std::string_view> Log::parameter(std::string_view wanted) const
{
    for (std::string_view rest = command_line; !rest.empty();) {
        const std::string_view word = rest.substr(0, rest.find(' '));
        rest.remove_prefix(std::min(rest.size(), word.size() + 1));
        if (word == wanted)
            return "";
        if (word.starts_with(wanted) && word[wanted.size()] == '=')
            return word.substr(wanted.size() + 1);
    }
    return std::nullopt;
}

Log read_log(std::string_view text, std::string name)
{
    LogReader reader(std::move(name));
    reader.feed(text);
    return reader.finish();
}

Log read_log_file(const std::string &path)
{
    LogReader reader(path);
    stream_file(path, [&](std::string_view piece) { reader.feed(piece); });
    return reader.finish();
}

} // namespace mblab
