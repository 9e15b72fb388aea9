// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/search/explore_state.hpp"

#include "core/base/error.hpp"

#include <cstring>
#include <vector>

namespace mblab {
namespace {

/// Visits what no array holds, in one order for both ways.
template <typename Of, typename Number, typename Fact> void each_scalar(Of &state, Number number, Fact fact)
{
    number(state.current_limit);
    number(state.slab);
    number(state.max_low_pfn);
    number(state.online_nodes);
    number(state.totalram);
    for (auto *flag :
         {&state.bottom_up, &state.can_resize, &state.has_mirror, &state.debug, &state.discarded, &state.managed_reset,
          &state.scratch_only, &state.warned_of_slab, &state.movable_node, &state.mirrored_kernelcore,
          &state.deferred_pages, &state.arrays[0].in_slab, &state.arrays[1].in_slab, &state.arrays[2].in_slab})
        fact(*flag);
}

void put_region(std::string &bytes, const Region &region)
{
    put_number(bytes, region.base);
    put_number(bytes, region.size);
    put_number(bytes, region.flags);
    put_number(bytes, static_cast<uint32_t>(region.nid + 1));
}

Region take_region(std::string_view &bytes)
{
    Region region{};
    region.base = take_number(bytes);
    region.size = take_number(bytes);
    region.flags = static_cast<uint32_t>(take_number(bytes));
    region.nid = static_cast<int32_t>(take_number(bytes)) - 1;
    return region;
}

} // namespace

void put_number(std::string &bytes, uint64_t number)
{
    for (; number >= 0x80; number >>= 7)
        bytes += static_cast<char>(number | 0x80);
    bytes += static_cast<char>(number);
}

uint64_t take_number(std::string_view &bytes)
{
    uint64_t number = 0;
    for (unsigned shift = 0, at = 0; at < bytes.size() && shift < 64; at++, shift += 7) {
        const auto byte = static_cast<unsigned char>(bytes[at]);
        number |= uint64_t{byte & 0x7fu} << shift;
        if (byte & 0x80)
            continue;
        bytes.remove_prefix(at + 1);
        return number;
    }
    throw Error("a number is cut off");
}

uint64_t fingerprint(std::string_view bytes)
{
    uint64_t value = bytes.size() * 0x9e3779b97f4a7c15;
    while (!bytes.empty()) {
        uint64_t word = 0;
        const size_t size = std::min(bytes.size(), sizeof word);
        for (size_t i = 0; i < size; i++)
            word |= uint64_t{static_cast<unsigned char>(bytes[i])} << (8 * i);
        bytes.remove_prefix(size);
        value = (value ^ word) * 0xbf58476d1ce4e5b9;
        value ^= value >> 29;
    }
    value *= 0x94d049bb133111eb;
    return value ^ value >> 31;
}

void put_state(std::string &bytes, const State &state)
{
    uint64_t facts = 0, next = 1;
    each_scalar(
        state, [&](uint64_t number) { put_number(bytes, number); },
        [&](bool fact) {
            facts |= fact ? next : 0;
            next <<= 1;
        });
    put_number(bytes, facts);
    for (const ArrayState &array : state.arrays) {
        put_number(bytes, array.set.count());
        put_number(bytes, array.set.total);
        put_number(bytes, array.max);
        put_number(bytes, array.storage + 1);
        for (const Region &region : array.set.regions())
            put_region(bytes, region);
        put_region(bytes, array.vacant);
    }
    put_number(bytes, state.kho_scratch.size());
    for (const Interval &range : state.kho_scratch) {
        put_number(bytes, range.start);
        put_number(bytes, range.end);
    }
}

void take_state(std::string_view bytes, State &state)
{
    each_scalar(state, [&](uint64_t &number) { number = take_number(bytes); }, [](bool) {});
    uint64_t facts = take_number(bytes);
    each_scalar(
        state, [](uint64_t) {},
        [&](bool &fact) {
            fact = facts & 1;
            facts >>= 1;
        });
    std::vector<Region> regions;
    for (ArrayState &array : state.arrays) {
        const uint64_t count = take_number(bytes), total = take_number(bytes);
        array.max = take_number(bytes);
        array.storage = take_number(bytes) - 1;
        regions.clear();
        for (uint64_t i = 0; i < count; i++)
            regions.push_back(take_region(bytes));
        array.set.load(regions, total);
        array.vacant = take_region(bytes);
    }
    state.kho_scratch.resize(take_number(bytes));
    for (Interval &range : state.kho_scratch) {
        range.start = take_number(bytes);
        range.end = take_number(bytes);
    }
    if (!bytes.empty())
        throw Error("a state is followed by more");
}

} // namespace mblab
