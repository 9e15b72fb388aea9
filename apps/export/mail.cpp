// SPDX-License-Identifier: GPL-2.0-or-later
#include "apps/export/mail.hpp"

#include "core/base/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <sstream>
#include <vector>

namespace mblab::exporting {

std::string paragraph(const std::string &first, std::string_view text, size_t width)
{
    std::istringstream in{std::string(text)};
    std::vector<std::string> words;
    for (std::string word; in >> word;)
        words.push_back(std::move(word));
    return wrapped(words, " ", first, width);
}

std::string folded(std::string_view line, std::string_view indent, std::string_view further)
{
    const auto columns = [](std::string_view text) {
        return text.size() + static_cast<size_t>(std::ranges::count(text, '\t')) * 7;
    };
    /// Behind a comma or an operator that is in no string, the last that fits.
    const auto place_to_break = [&](size_t room) {
        size_t place = 0;
        bool quoted = false;
        for (size_t at = 0; at + 1 < line.size() && at < room; at++) {
            quoted ^= line[at] == '"';
            if (!quoted && line[at + 1] == ' ' && std::string_view(",|&").find(line[at]) != std::string_view::npos)
                place = at + 1;
        }
        return place;
    };
    std::string text(indent);
    for (size_t column = columns(indent); column + columns(line) > mail_width;
         column = columns(indent) + columns(further)) {
        const size_t place = place_to_break(mail_width - column);
        if (!place)
            break;
        text.append(line.substr(0, place)).append("\n").append(indent).append(further);
        line.remove_prefix(place + 1);
    }
    return text.append(line) + '\n';
}

std::string calls(const Trace &trace, size_t most)
{
    std::string text;
    size_t number = 0;
    const std::string all = print_trace(trace);
    const auto lines = static_cast<size_t>(std::ranges::count(all, '\n'));
    each_line(all, [&](std::string_view line) {
        number++;
        if (lines <= most || number <= most / 2 || number > lines - most / 4)
            text += folded(line, "    ", "    ");
        else if (number == most / 2 + 1)
            text +=
                fmt::format("    # {} calls of the same kind; the JSON report has them\n", lines - most / 2 - most / 4);
    });
    return text;
}

std::string cut(std::string_view text, const std::string &indent)
{
    std::string out;
    each_line(text, [&](std::string_view line) {
        std::string whole = indent; // with blanks for its tabs, as it is shown
        for (const char letter : line)
            letter == '\t' ? whole.append(8 - whole.size() % 8, ' ') : whole.append(1, letter);
        out += (whole.size() > mail_width ? whole.substr(0, mail_width - 3) + "..." : whole) + '\n';
    });
    return out;
}

/// A picture made as narrow as a mail, by as much of the inside of each of its boxes as it takes. Its first line has a
/// letter where each box begins; behind the bars comes the legend.
std::string narrowed(const std::string &picture, size_t width)
{
    const std::string_view axis = first_lines(picture);
    std::vector<size_t> starts;
    for (size_t at = axis.find_first_not_of(' '); at != axis.npos; at = axis.find_first_not_of(' ', at + 1))
        starts.push_back(at);
    if (starts.size() < 2)
        return cut(picture, "");
    const size_t boxes = starts.size() - 1, end = starts.back() + 1, excess = end > width ? end - width : 0;
    size_t each = (excess + boxes - 1) / boxes;
    for (size_t box = 0; box < boxes; box++)
        each = std::min(each, starts[box + 1] - starts[box] - 2);
    std::string text;
    bool is_bar = true;
    each_line(picture, [&](std::string_view line) {
        is_bar = is_bar && line.find(" = ") == line.npos;
        if (!is_bar) {
            text += paragraph("  ", line, width);
            return;
        }
        for (size_t box = 0, from = 0; box <= boxes; box++) {
            const size_t to = box == boxes ? line.size() : starts[box + 1] - each;
            text += line.substr(std::min(from, line.size()), to - std::min(from, to));
            from = box == boxes ? to : starts[box + 1];
        }
        text += '\n';
    });
    return cut(text, "");
}

/// As wide as a mail: a picture is not indented.
std::string drawn(std::string_view side, const std::string &picture)
{
    return picture.empty() ? "" : fmt::format("\n  Drawn, on {}:\n\n{}", side, narrowed(picture));
}

} // namespace mblab::exporting
