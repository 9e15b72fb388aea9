// SPDX-License-Identifier: GPL-2.0-or-later
// Text of several lines.
#pragma once

#include <algorithm>
#include <concepts>
#include <span>
#include <string>
#include <string_view>

namespace mblab {

/// Call see(line) for each line, without its newline.
template <typename See> void each_line(std::string_view text, See see)
{
    while (!text.empty()) {
        const std::string_view line = text.substr(0, text.find('\n'));
        see(line);
        text.remove_prefix(std::min(text.size(), line.size() + 1));
    }
}

/// Each line after a prefix, each ended.
inline std::string prefixed(std::string_view text, std::string_view prefix)
{
    std::string out;
    each_line(text, [&](std::string_view line) { out.append(prefix).append(line) += '\n'; });
    return out;
}

/// The first lines, without the newline behind the last of them.
inline std::string_view first_lines(std::string_view text, size_t count = 1)
{
    size_t end = text.find('\n');
    while (--count > 0 && end != text.npos && end + 1 < text.size())
        end = text.find('\n', end + 1);
    return text.substr(0, end);
}

/// "1 call", "2 calls"; a plural that is more than an s is given.
std::string counted(std::integral auto number, std::string_view one, std::string_view many = {})
{
    const std::string word(number == 1 || many.empty() ? one : many);
    return std::to_string(number) + ' ' + word + (number != 1 && many.empty() ? "s" : "");
}

/// The last line that is not empty, without control characters.
inline std::string last_line(std::string_view text)
{
    text = text.substr(0, text.find_last_not_of("\r\n \t") + 1);
    std::string line(text.substr(text.find_last_of("\r\n") + 1));
    std::ranges::replace_if(line, [](char character) { return character < ' ' || character > '~'; }, ' ');
    return line;
}

/// Items in lines of at most a width where they fit: the first line after its beginning, the others as far in.
inline std::string wrapped(std::span<const std::string> items, std::string_view separator, std::string line,
                           size_t width)
{
    const size_t indent = line.size();
    std::string text;
    for (const std::string &item : items) {
        if (line.size() > indent && line.size() + separator.size() + item.size() > width) {
            text += line + '\n';
            line.assign(indent, ' ');
        }
        line.append(line.size() > indent ? separator : "").append(item);
    }
    return line.size() > indent ? text + line + '\n' : text;
}

} // namespace mblab
