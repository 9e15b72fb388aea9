// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/oracle/known_differences.hpp"

namespace mblab {
namespace {

Outcome without_dummy_entries(Outcome outcome)
{
    for (mblab_type_state &array : outcome.state.type)
        if (array.cnt == 1 && array.max && array.regions[0].size == 0 && array.total_size == 0)
            array.cnt = 0;
    return outcome;
}

constexpr KnownDifference rows[] = {
    {"empty-array-entry", "An empty array holds one region of no size in older kernels, and none in newer ones.",
     "kernels before 6.12; the arrays", without_dummy_entries},
};

} // namespace

std::span<const KnownDifference> known_differences()
{
    return rows;
}

Outcome canonical(Outcome outcome)
{
    for (const KnownDifference &row : rows)
        outcome = row.canonical(outcome);
    return outcome;
}

} // namespace mblab
