// SPDX-License-Identifier: GPL-2.0-or-later
#include "history/bitmap.hpp"

#include <algorithm>
#include <bit>

namespace mblab::history {

void Bitmap::overwrite(uint64_t first_byte, uint64_t end_byte)
{
    for (uint64_t byte = first_byte; byte < end_byte; byte++)
        words_[byte / 8] &= ~(uint64_t{0xff} << byte % 8 * 8);
}

uint64_t Bitmap::next(uint64_t from, uint64_t end, uint64_t wanted) const
{
    while (from < end) {
        const uint64_t alike = ~(word(from) ^ wanted) >> bit(from);
        if (alike)
            return std::min(end, from + static_cast<uint64_t>(std::countr_zero(alike)));
        from += bits_per_word - bit(from);
    }
    return end;
}

} // namespace mblab::history
