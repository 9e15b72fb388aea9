// SPDX-License-Identifier: GPL-2.0-or-later
#include "apps/boot/lines.hpp"

#include "apps/boot/scan.hpp"

#include <algorithm>

#include <utility>

namespace mblab::boot {
namespace {

// No line of memblock or of the evidence is this long, a journal's record with all its fields neither.
constexpr size_t line_max = 8192;

/// Without escape sequences (ESC [ ... letter) and NULs, and with blanks that are blanks.
void strip_controls(std::string_view line, std::string &out)
{
    constexpr std::string_view no_break_space = "\xc2\xa0", entity = "&nbsp;";
    out.clear();
    for (size_t at = 0; at < line.size(); at++) {
        const std::string_view rest = line.substr(at);
        if (line[at] == '\0')
            continue;
        if (rest.starts_with(no_break_space) || rest.starts_with(entity)) {
            out += ' ';
            at += (line[at] == '&' ? entity : no_break_space).size() - 1;
            continue;
        }
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

int hex_digit(char c)
{
    const size_t value = std::string_view("0123456789ABCDEFabcdef").find(c);
    return value == std::string_view::npos ? -1 : static_cast<int>(value < 16 ? value : value - 6);
}

/// A JSON string up to its closing quote. What is not ASCII is of no use here.
void read_json_string(std::string_view text, std::string &out)
{
    for (size_t at = 0; at < text.size() && text[at] != '"'; at++) {
        if (text[at] != '\\' || at + 1 == text.size()) {
            out += text[at];
            continue;
        }
        const char escaped = text[++at];
        if (escaped == 'u' && at + 4 < text.size()) {
            const int high = hex_digit(text[at + 3]), low = hex_digit(text[at + 4]);
            out += high < 0 || low < 0 ? '?' : static_cast<char>(high * 16 + low);
            at += 4;
        } else
            out += escaped == 't' ? '\t' : escaped == 'n' ? '\n' : escaped;
    }
}

/// A JSON array of the bytes of a message, as journalctl prints those that it does not take for text.
void read_json_bytes(std::string_view text, std::string &out)
{
    Scan scan(text);
    uint64_t byte = 0;
    do {
        scan.blanks();
        if (!scan.decimal(byte))
            return;
        out += static_cast<char>(byte);
        scan.blanks();
    } while (scan.literal(","));
}

} // namespace

void LineCutter::feed(std::string_view piece, const Sink &sink)
{
    while (!piece.empty()) {
        const size_t newline = piece.find('\n');
        const std::string_view part = piece.substr(0, newline);
        const bool ends = newline != std::string_view::npos;
        if (ends && partial_.empty()) {
            sink(part.substr(0, line_max));
        } else {
            partial_.append(part.substr(0, line_max - partial_.size()));
            if (ends) {
                sink(partial_);
                partial_.clear();
            }
        }
        piece.remove_prefix(ends ? newline + 1 : piece.size());
    }
}

void LineCutter::finish(const Sink &sink)
{
    if (!partial_.empty())
        sink(partial_);
    partial_.clear();
}

std::string_view Cleaner::clean(std::string_view line)
{
    constexpr std::string_view suspects("\033\0\xc2&", 4);
    if (line.find_first_of(suspects) != std::string_view::npos) {
        strip_controls(line, cleaned_);
        line = cleaned_;
    }
    if (unquote(line) || read_journal(line))
        return message_;
    return line;
}

/// "align=3D0x40", of mail: =XX is a byte, and what ends in = goes on.
bool Cleaner::unquote(std::string_view line)
{
    // Mail has no line of more than 76 characters, and each of those that are cut ends so.
    constexpr size_t mail_width = 76, enough = 3;
    line = line.substr(0, line.find_last_not_of('\r') + 1);
    const bool is_cut = line.size() == mail_width && line.ends_with('=');
    cut_lines_ = line.size() < mail_width || is_cut ? cut_lines_ + is_cut : 0;
    quoted_printable_ = quoted_printable_ || cut_lines_ >= enough;
    // Only in the messages of early boot is it the sign of mail: a command line may hold anything.
    for (const std::string_view sign : {"align=3D", "nid=3D", "from=3D", "flags=3D", " =3D 0x", " =3D=3D> "})
        quoted_printable_ = quoted_printable_ || line.find(sign) != std::string_view::npos;
    if (!quoted_printable_)
        return false;
    const bool goes_on = line.ends_with('=') && held_.size() < line_max;
    line.remove_suffix(line.ends_with('='));
    message_ = std::exchange(held_, {});
    for (size_t at = 0; at < line.size(); at++) {
        const int high = line[at] == '=' && at + 2 < line.size() ? hex_digit(line[at + 1]) : -1;
        const int low = high < 0 ? -1 : hex_digit(line[at + 2]);
        message_ += low < 0 ? line[at] : static_cast<char>(high * 16 + low);
        at += low < 0 ? 0 : 2;
    }
    if (goes_on)
        held_.swap(message_);
    return true;
}

bool Cleaner::read_journal(std::string_view line)
{
    constexpr std::string_view key = "\"MESSAGE\"";
    const size_t at = line.find(key);
    if (at == std::string_view::npos)
        return false;
    Scan scan(line.substr(at + key.size()));
    scan.blanks();
    if (!scan.literal(":"))
        return false;
    scan.blanks();
    message_.clear();
    if (scan.literal("\""))
        read_json_string(scan.rest(), message_);
    else if (scan.literal("["))
        read_json_bytes(scan.rest(), message_);
    return !message_.empty();
}

Stamp find_stamp(std::string_view line, size_t from)
{
    for (size_t open = line.find('[', from); open != std::string_view::npos; open = line.find('[', open + 1)) {
        constexpr size_t longest = 24;
        Scan scan(line.substr(open + 1, longest));
        scan.blanks();
        uint64_t seconds = 0, fraction = 0;
        if (!scan.decimal(seconds) || !scan.literal("."))
            continue;
        const size_t before = scan.rest().size();
        if (!scan.decimal(fraction))
            continue;
        const size_t digits = before - scan.rest().size();
        if (digits < 3 || digits > 9 || !scan.literal("]"))
            continue;
        for (size_t i = digits; i < 6; i++)
            fraction *= 10;
        for (size_t i = 6; i < digits; i++)
            fraction /= 10;
        const size_t length = 1 + std::min(longest, line.size() - open - 1) - scan.rest().size();
        return {open, length, std::min<uint64_t>(seconds, UINT32_MAX) * 1'000'000 + fraction};
    }
    return {};
}

std::string_view without_quotes(std::string_view line)
{
    for (size_t before = 0; before != line.size();) {
        before = line.size();
        for (const std::string_view mark : {" ", "\t", ">", "&gt;", "|", "+", ":", "#", "*"})
            if (line.starts_with(mark))
                line.remove_prefix(mark.size());
    }
    return line;
}

} // namespace mblab::boot
