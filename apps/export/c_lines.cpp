// SPDX-License-Identifier: GPL-2.0-or-later
#include "apps/export/c_lines.hpp"

#include "core/base/text.hpp"

#include <vector>

namespace mblab::exporting {
namespace {

constexpr size_t tab = 8;

/// Where a statement is broken: how much of it comes first, and the column that the rest begins in.
struct Break {
    size_t length = 0, column = 0;
};

/// The last comma, or | between flags, within the columns. open: columns behind the parentheses that the line begins
/// in, which becomes that of what is behind the break.
Break break_of(std::string_view line, std::vector<size_t> &still_open)
{
    Break best;
    std::vector<size_t> open = still_open;
    size_t column = 0;
    for (size_t i = 0; i < line.size() && column < c_columns; i++) {
        column = line[i] == '\t' ? (column / tab + 1) * tab : column + 1;
        if (line[i] == '(')
            open.push_back(column);
        else if (line[i] == ')' && !open.empty())
            open.pop_back();
        else if ((line[i] == ',' || line[i] == '|') && !open.empty() && line.substr(i + 1).starts_with(' ')) {
            best = {i + 1, open.back()};
            still_open = open;
        }
    }
    return column < c_columns ? Break{} : best;
}

std::string indent(size_t column)
{
    return std::string(column / tab, '\t') + std::string(column % tab, ' ');
}

} // namespace

std::string broken_lines(std::string_view source)
{
    std::string out;
    bool is_comment = false;
    each_line(source, [&](std::string_view line) {
        is_comment = is_comment || line.starts_with("/*");
        std::string rest(line);
        std::vector<size_t> open;
        for (Break at; !is_comment && (at = break_of(rest, open)).length;
             rest = indent(at.column) + rest.substr(at.length + 1))
            out.append(rest, 0, at.length).append("\n");
        out.append(rest) += '\n';
        is_comment = is_comment && line.find("*/") == line.npos;
    });
    return out;
}

std::string filled(std::string_view words, std::string_view prefix, size_t columns)
{
    std::string out, line;
    while (!words.empty()) {
        const std::string_view word = words.substr(0, words.find(' '));
        words.remove_prefix(std::min(words.size(), word.size() + 1));
        if (!line.empty() && line.size() + 1 + word.size() > columns) {
            out.append(line) += '\n';
            line = prefix;
        } else if (!line.empty()) {
            line += ' ';
        }
        line += word;
    }
    return out.append(line) += '\n';
}

} // namespace mblab::exporting
