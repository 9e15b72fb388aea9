// SPDX-License-Identifier: GPL-2.0-or-later
#include "apps/cli/meant.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <utility>
#include <vector>

namespace mblab {
namespace {

/// Letters to add, drop or change on the way from one word to the other.
size_t edits(std::string_view from, std::string_view to)
{
    std::vector<size_t> row(to.size() + 1);
    std::iota(row.begin(), row.end(), size_t{0});
    for (size_t i = 0; i < from.size(); i++) {
        size_t diagonal = std::exchange(row[0], i + 1);
        for (size_t k = 0; k < to.size(); k++) {
            const size_t changed = diagonal + (from[i] != to[k]);
            diagonal = row[k + 1];
            row[k + 1] = std::min({changed, row[k] + 1, diagonal + 1});
        }
    }
    return row.back();
}

} // namespace

std::string meant(std::string_view word, std::span<const std::string> names)
{
    const auto distance = [&](const std::string &name) { return edits(word, name); };
    const auto closest = std::ranges::min_element(names, {}, distance);
    if (closest == names.end() || word.empty() || distance(*closest) > 1 + word.size() / 4)
        return {};
    return fmt::format("; did you mean {}?", *closest);
}

} // namespace mblab
