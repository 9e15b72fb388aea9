// SPDX-License-Identifier: GPL-2.0-or-later
#include "apps/diff/growth.hpp"

#include "apps/diff/change.hpp"
#include "core/op/typed.hpp"

#include <algorithm>

namespace mblab {
namespace {

constexpr uint64_t page = 0x1000, room = uint64_t{1} << 36, beyond = 4; // so many regions past the size itself

struct Size {
    uint64_t regions;
    std::chrono::seconds time; // that the search has to have
};
// The time of a call grows with the array, that of a trace with its square.
constexpr Size sizes[] = {
    {255, std::chrono::seconds(0)}, {1024, std::chrono::seconds(10)}, {65536, std::chrono::seconds(600)}};

} // namespace

Trace growth_trace(mblab_type type, uint64_t regions)
{
    Trace trace;
    trace.add(ops::memblock_allow_resize{});
    trace.add(ops::memblock_add{0, room});
    // Two pages apart, so that nothing merges; above the room for arrays, where it is memory that grows.
    const uint64_t base = type == MBLAB_TYPE_memory ? 2 * room : room / 2;
    const auto at = [&](uint64_t i) { return base + 2 * page * i; };
    const auto add = [&](uint64_t start, uint64_t size) {
        if (type == MBLAB_TYPE_memory)
            trace.add(ops::memblock_add{start, size});
        else
            trace.add(ops::memblock_reserve{start, size});
    };
    for (uint64_t i = 0; i < regions + beyond; i++)
        add(at(i), page);
    const uint64_t last = regions + beyond - 1;
    trace.add(ops::memblock_is_region_reserved{at(last), page});
    trace.add(ops::memblock_search_pfn_nid{at(last) / page});
    add(at(last - 1) + page, page); // the hole before the last one: three become one
    add(at(0) + page, page);
    trace.add(ops::memblock_phys_free{at(last), page});
    trace.add(ops::memblock_remove{at(last - 2), page});
    trace.add(ops::memblock_phys_alloc{page, page});
    return trace;
}

uint64_t compare_large_arrays(const EnginePair &pair, std::chrono::seconds time, SearchResult &out)
{
    uint64_t largest = 0;
    for (const Size &size : sizes) {
        if (size.time > time)
            break;
        for (const mblab_type type : {MBLAB_TYPE_reserved, MBLAB_TYPE_memory}) {
            Trace trace = growth_trace(type, size.regions);
            trace.variant = pair.variant;
            const IsolatedRun run = run_pair(pair, trace);
            out.inputs++;
            out.ops += trace.steps.size();
            for (const IsolatedRun::Found &found : run.findings) {
                const auto is_known = [&](const FoundDifference &other) { return other.signature == found.signature; };
                if (std::ranges::none_of(out.differences, is_known))
                    out.differences.push_back({run.died ? "" : found.signature, pair.variant, trace, 1, found.call});
            }
            if (run.died)
                return largest;
        }
        largest = size.regions + beyond;
    }
    return largest;
}

} // namespace mblab
