// SPDX-License-Identifier: GPL-2.0-or-later
// The families of contracts, one file each, and the words that they share.
#pragma once

#include "core/oracle/laws/context.hpp"

namespace mblab::contract {

std::span<const Contract> structure_contracts();
std::span<const Contract> doubling_contracts();
std::span<const Contract> accounting_contracts();
std::span<const Contract> frame_contracts();
std::span<const Contract> limits_contracts();
std::span<const Contract> placement_contracts();
std::span<const Contract> node_contracts();
std::span<const Contract> contents_contracts();
std::span<const Contract> iterate_contracts();
std::span<const Contract> query_contracts();
std::span<const Contract> conservation_contracts();
std::span<const Contract> message_contracts();

// ---- which ops a contract speaks of ----

inline bool every_op(uint16_t)
{
    return true;
}

template <Family... families> bool in_family(uint16_t kind)
{
    return ((op_info(kind).family == families) || ...);
}

template <mblab_op_kind... kinds> bool only(uint16_t kind)
{
    return ((kind == kinds) || ...);
}

inline Verdict verdict(bool kept)
{
    return kept ? Verdict::holds : Verdict::broken;
}

/// Whether the array of this type is what the op's documentation makes of it.
inline Verdict matches(Context &context, uint64_t type)
{
    if (context.as_expected(type))
        return Verdict::holds;
    const Regions expected = context.expected(type), now = context.new_regions(type);
    const auto equal = [](const Region &a, const Region &b) { return a == b; };
    const auto [left, right] = std::mismatch(expected.begin(), expected.end(), now.begin(), now.end(), equal);
    const bool ended = right == now.end();
    return context.broken("type {} is not as promised from region {} on, at {:#x}", type,
                          static_cast<uint64_t>(right - now.begin()),
                          ended ? (left == expected.end() ? 0 : left->base) : right->base);
}

} // namespace mblab::contract
