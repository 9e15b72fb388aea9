// SPDX-License-Identifier: GPL-2.0-or-later
#include "apps/boot/pattern.hpp"

#include "apps/boot/snapshot.hpp"

namespace mblab::boot {
namespace {

bool read_type(Scan &scan, mblab_type &type)
{
    const std::string_view name = scan.identifier();
    for (const mblab_type known : {MBLAB_TYPE_memory, MBLAB_TYPE_reserved, MBLAB_TYPE_physmem})
        if (name == type_name(known)) {
            type = known;
            return true;
        }
    return false;
}

bool read_flags(Scan &scan, uint32_t &flags)
{
    uint64_t value = 0;
    if (!scan.hex(value))
        return false;
    flags = static_cast<uint32_t>(value);
    return true;
}

bool read_field(char field, std::string_view next, Scan &scan, Event &event)
{
    switch (field) {
    case 'n':
        return scan.signed_decimal(event.nid);
    case 's':
        return scan.decimal(event.size);
    case 'f':
        return scan.hex(event.start);
    case 'F':
        return scan.decimal(event.start);
    case 'e':
        return scan.hex(event.end);
    case 'l': { // of a range: it may be start - 1, where there is nothing
        uint64_t last = 0;
        const bool reads = scan.hex(last);
        event.size = last - event.start + 1;
        return reads;
    }
    case 'E':
        return scan.decimal(event.end);
    case 'x':
        return scan.hex(event.count);
    case 'c':
        return scan.decimal(event.count);
    case 'a':
        return scan.hex(event.align);
    case 'g':
        return read_flags(scan, event.flags);
    case 'T':
        return read_type(scan, event.type);
    case 'i':
        event.text = scan.identifier();
        return true;
    case 't': {
        const size_t length = next.empty() ? scan.rest().size() : scan.rest().find(next);
        event.text = scan.rest().substr(0, length);
        return length != std::string_view::npos && scan.literal(event.text);
    }
    default:
        return false;
    }
}

} // namespace

namespace {

/// One that stands for itself.
Fit match_character(char c, Scan &scan)
{
    if (scan.at_end())
        return Fit::part;
    return (c == ' ' ? scan.blanks() : scan.literal({&c, 1})) ? Fit::whole : Fit::no;
}

Fit match_field(std::string_view pattern, Scan &scan, Event &event)
{
    if (pattern[1] == 'r')
        return match("[{mem }%f-%l]", scan, event);
    const std::string_view literal = pattern.substr(2, pattern.find_first_of("%~{", 2) - 2);
    if (read_field(pattern[1], literal, scan, event))
        return Fit::whole;
    constexpr size_t before_digits = 2; // 0x, or a minus sign
    return pattern[1] == 't' || scan.rest().size() <= before_digits ? Fit::part : Fit::no;
}

} // namespace

Fit match(std::string_view pattern, Scan &scan, Event &event)
{
    for (size_t at = 0; at < pattern.size(); at++) {
        Fit fit = Fit::whole;
        if (pattern[at] == '~') {
            scan.blanks();
        } else if (pattern[at] == '{') {
            const size_t end = pattern.find('}', at);
            Scan inside = scan;
            fit = match(pattern.substr(at + 1, end - at - 1), inside, event);
            if (fit == Fit::whole) {
                scan = inside;
            } else {
                // Left out, unless the text ends in it, and has begun it or cannot be whole without it.
                if (fit == Fit::part && scan.rest().find_first_not_of(" \t") != std::string_view::npos)
                    return Fit::part;
                const Fit without = match(pattern.substr(end + 1), scan, event);
                return fit == Fit::part && without != Fit::whole ? Fit::part : without;
            }
            at = end;
        } else if (pattern[at] == '%') {
            fit = match_field(pattern.substr(at), scan, event);
            at++;
        } else
            fit = match_character(pattern[at], scan);
        if (fit != Fit::whole)
            return fit;
    }
    return Fit::whole;
}

bool parse_size(std::string_view text, uint64_t &size)
{
    Scan scan(text);
    const bool is_hex = text.starts_with("0x") || text.starts_with("0X");
    if (!(is_hex ? scan.hex(size) : scan.decimal(size)))
        return false;
    constexpr std::string_view units = "KMGTPE";
    if (scan.at_end())
        return true;
    const size_t unit = units.find(static_cast<char>(scan.rest()[0] & ~0x20));
    if (unit == std::string_view::npos || size > UINT64_MAX >> (10 * (unit + 1)))
        return false;
    size <<= 10 * (unit + 1);
    return true;
}

} // namespace mblab::boot
