// SPDX-License-Identifier: GPL-2.0-or-later
// Numbers as boot parameters write them.
#include <linux/kernel.h>

#include <cstring>

namespace {

/// The value of a digit in base 16 or less; 16 for any other character.
unsigned digit_of(char character)
{
    if (character >= '0' && character <= '9')
        return static_cast<unsigned>(character - '0');
    const char lower = static_cast<char>(character | 0x20);
    return lower >= 'a' && lower <= 'f' ? static_cast<unsigned>(lower - 'a') + 10 : 16;
}

/// 0x before a digit means 16, another 0 means 8. Moves past the prefix.
unsigned read_base(const char *&at)
{
    if (at[0] != '0')
        return 10;
    if ((at[1] | 0x20) == 'x' && digit_of(at[2]) < 16) {
        at += 2;
        return 16;
    }
    return 8;
}

} // namespace

unsigned long long memparse(const char *text, char **rest)
{
    constexpr std::size_t no_suffix = 0;
    static const char suffixes[] = "kmgtpe";
    const unsigned base = read_base(text);
    unsigned long long value = 0;
    for (; digit_of(*text) < base; text++)
        value = value * base + digit_of(*text);
    const char *suffix = *text ? strchr(suffixes, *text | 0x20) : nullptr;
    const std::size_t power = suffix ? static_cast<std::size_t>(suffix - suffixes) + 1 : no_suffix;
    if (power)
        text++;
    if (rest)
        *rest = const_cast<char *>(text);
    return value << (10 * power);
}
