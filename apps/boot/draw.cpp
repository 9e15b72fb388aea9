// SPDX-License-Identifier: GPL-2.0-or-later
#include "apps/boot/draw.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace mblab::boot {
namespace {

constexpr uint64_t columns = 72;

/// The addresses that are shown: the marks with as much again around them, in columns of a power of two.
struct Window {
    uint64_t start = 0, per_column = 1;

    Interval column(uint64_t index) const { return {start + index * per_column, start + (index + 1) * per_column}; }
    uint64_t end() const { return start + columns * per_column; }
};

Window window_of(std::span<const Mark> marks)
{
    uint64_t low = UINT64_MAX, high = 0;
    for (const Mark &mark : marks) {
        low = std::min(low, mark.range.start);
        high = std::max(high, mark.range.end);
    }
    if (low >= high)
        return {0, uint64_t{1} << 26};
    const uint64_t margin = (high - low) / 2;
    low -= std::min(low, margin);
    Window window;
    window.start = low;
    while (window.per_column < uint64_t{1} << 57) {
        window.start = low & ~(window.per_column * 8 - 1);
        if (window.end() >= high + margin)
            break;
        window.per_column *= 2;
    }
    return window;
}

std::string bar(Regions regions, const Window &window, char full, char part)
{
    std::string text;
    for (uint64_t i = 0; i < columns; i++) {
        const Interval column = window.column(i);
        text += covers(regions, column) ? full : overlaps(regions, column) ? part : '.';
    }
    return text;
}

} // namespace

std::string draw(Regions memory, Regions reserved, std::span<const Mark> marks)
{
    const Window window = window_of(marks);
    std::string text = fmt::format("    {:<12}{:<#36x}{:>#36x}\n", "", window.start, window.end());
    text += fmt::format("    {:<12}{}\n", "memory", bar(memory, window, '=', '-'));
    text += fmt::format("    {:<12}{}\n", "reserved", bar(reserved, window, '#', '+'));
    for (const Mark &mark : marks) {
        if (mark.range.empty())
            continue;
        const Region region{mark.range.start, mark.range.size(), 0, 0};
        text += fmt::format("    {:<12}{} [{:#x}-{:#x}]\n", mark.label,
                            bar({&region, 1}, window, mark.letter, mark.letter), mark.range.start, mark.range.end - 1);
    }
    return text;
}

} // namespace mblab::boot
