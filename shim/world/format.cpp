// SPDX-License-Identifier: GPL-2.0-or-later
// The kernel's printf formats, as far as early boot code uses them.
#include "internal.hpp"

#include <cstdio>
#include <cstring>

namespace mblab::world {
namespace {

/// Where the text goes: counts all of it, keeps what fits.
class Sink {
  public:
    Sink(char *buffer, size_t size) : buffer_(buffer), size_(size) {}

    void put(char character)
    {
        if (length_ + 1 < size_)
            buffer_[length_] = character;
        length_++;
    }

    int finish()
    {
        if (size_)
            buffer_[length_ < size_ ? length_ : size_ - 1] = '\0';
        return static_cast<int>(length_);
    }

  private:
    char *buffer_;
    size_t size_;
    size_t length_ = 0;
};

struct Spec {
    bool left = false, zero = false, prefix = false;
    int width = 0;
    int precision = -1;
    int longs = 0; // how many l; z counts as one
};

void put_padded(Sink &sink, const Spec &spec, std::string_view text)
{
    const int padding = spec.width - static_cast<int>(text.size());
    for (int i = 0; !spec.left && i < padding; i++)
        sink.put(' ');
    for (char character : text)
        sink.put(character);
    for (int i = 0; spec.left && i < padding; i++)
        sink.put(' ');
}

/// Unlike in C, the prefix of %#x is there for 0 too, and zeroes fill the width after it.
void put_number(Sink &sink, const Spec &spec, uint64_t value, unsigned base, bool negative)
{
    char digits[72];
    size_t at = sizeof digits;
    do {
        digits[--at] = "0123456789abcdef"[value % base];
        value /= base;
    } while (value);
    const bool prefix = spec.prefix && base == 16;
    const size_t sign = negative ? 1 : 0;
    const size_t wanted = spec.zero && !spec.left ? static_cast<size_t>(spec.width) : 0;
    while (at > 4 && sizeof digits - at + sign + (prefix ? 2 : 0) < wanted)
        digits[--at] = '0';
    if (prefix) {
        digits[--at] = 'x';
        digits[--at] = '0';
    }
    if (negative)
        digits[--at] = '-';
    put_padded(sink, spec, {digits + at, sizeof digits - at});
}

uint64_t read_unsigned(va_list &arguments, const Spec &spec)
{
    if (spec.longs > 1)
        return va_arg(arguments, unsigned long long);
    if (spec.longs)
        return va_arg(arguments, unsigned long);
    return va_arg(arguments, unsigned int);
}

int64_t read_signed(va_list &arguments, const Spec &spec)
{
    if (spec.longs > 1)
        return va_arg(arguments, long long);
    if (spec.longs)
        return va_arg(arguments, long);
    return va_arg(arguments, int);
}

/// %pa prints the phys_addr_t that the argument points to, all of its digits. Returns the modifiers eaten.
int put_pointer(Sink &sink, const Spec &spec, const char *modifiers, va_list &arguments)
{
    const void *pointer = va_arg(arguments, const void *);
    Spec full = spec;
    full.prefix = full.zero = true;
    if (modifiers[0] == 'a') {
        uint64_t value = 0;
        memcpy(&value, pointer, mblab_world_config.phys_bytes);
        full.width = 2 + 2 * static_cast<int>(mblab_world_config.phys_bytes);
        put_number(sink, full, value, 16, false);
        return modifiers[1] == 'p' || modifiers[1] == 'd' ? 2 : 1;
    }
    // A code address prints alike in all engines: where code lies is no behaviour.
    put_padded(sink, spec, "0x0");
    return modifiers[0] == 'S' || modifiers[0] == 's' ? 1 : 0;
}

const char *read_spec(const char *at, Spec &spec)
{
    for (;; at++) {
        if (*at == '-')
            spec.left = true;
        else if (*at == '0')
            spec.zero = true;
        else if (*at == '#')
            spec.prefix = true;
        else if (*at != ' ' && *at != '+')
            break;
    }
    for (; *at >= '0' && *at <= '9'; at++)
        spec.width = spec.width * 10 + (*at - '0');
    if (*at == '.') {
        spec.precision = 0;
        for (at++; *at >= '0' && *at <= '9'; at++)
            spec.precision = spec.precision * 10 + (*at - '0');
    }
    for (; *at == 'l' || *at == 'z' || *at == 'h'; at++)
        spec.longs += *at != 'h';
    return at;
}

} // namespace

int format(char *buffer, size_t size, const char *at, va_list passed)
{
    Sink sink(buffer, size);
    va_list arguments;
    va_copy(arguments, passed);
    for (; *at; at++) {
        if (*at != '%') {
            sink.put(*at);
            continue;
        }
        Spec spec;
        at = read_spec(at + 1, spec);
        switch (*at) {
        case 'd':
        case 'i': {
            const int64_t value = read_signed(arguments, spec);
            const bool negative = value < 0;
            const uint64_t magnitude = negative ? 0 - static_cast<uint64_t>(value) : static_cast<uint64_t>(value);
            put_number(sink, spec, magnitude, 10, negative);
            break;
        }
        case 'u':
            put_number(sink, spec, read_unsigned(arguments, spec), 10, false);
            break;
        case 'x':
        case 'X':
            put_number(sink, spec, read_unsigned(arguments, spec), 16, false);
            break;
        case 'c': {
            const char character = static_cast<char>(va_arg(arguments, int));
            put_padded(sink, spec, {&character, 1});
            break;
        }
        case 's': {
            const char *text = va_arg(arguments, const char *);
            std::string_view whole = text ? text : "(null)";
            if (spec.precision >= 0)
                whole = whole.substr(0, static_cast<size_t>(spec.precision));
            put_padded(sink, spec, whole);
            break;
        }
        case 'p':
            at += put_pointer(sink, spec, at + 1, arguments);
            break;
        case '%':
            sink.put('%');
            break;
        default:
            // A format that is not known here must be seen, not swallowed.
            fprintf(stderr, "memblock-lab: shim/world/format.cpp does not know %%%c\n", *at);
            mblab_bug();
        }
    }
    va_end(arguments);
    return sink.finish();
}

} // namespace mblab::world

int mblab_snprintf(char *buffer, size_t size, const char *text_format, ...)
{
    va_list arguments;
    va_start(arguments, text_format);
    const int length = mblab::world::format(buffer, size, text_format, arguments);
    va_end(arguments);
    return length;
}

int mblab_string_get_size(uint64_t bytes, char *text, size_t length)
{
    static constexpr const char *units[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
    // In thousandths of the unit, rounded to the three digits that are shown.
    size_t unit = 0;
    uint64_t whole = bytes, rest = 0;
    for (; whole >= 1024; unit++) {
        rest = whole % 1024;
        whole /= 1024;
    }
    const uint64_t digit = whole >= 100 ? 1000 : whole >= 10 ? 100 : 10;
    uint64_t thousandths = rest * 1000 / 1024;
    thousandths = (thousandths + digit / 2) / digit * digit;
    if (thousandths == 1000) {
        whole++;
        thousandths = 0;
    }
    if (unit == 0 || digit == 1000)
        return mblab_snprintf(text, length, "%llu %s", static_cast<unsigned long long>(whole), units[unit]);
    return mblab_snprintf(text, length, digit == 100 ? "%llu.%01llu %s" : "%llu.%02llu %s",
                          static_cast<unsigned long long>(whole), static_cast<unsigned long long>(thousandths / digit),
                          units[unit]);
}
