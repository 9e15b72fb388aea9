// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/oracle/laws/ranges.hpp"

#include <cstring>

namespace mblab::contract {

bool covers(Regions regions, Range range)
{
    for (size_t i = first_ending_above(regions, range.start); range.start < range.end; i++) {
        if (i == regions.size() || regions[i].base > range.start)
            return false;
        range.start = end_of(regions[i]);
    }
    return true;
}

bool touches(Regions regions, Range range)
{
    if (range.empty())
        return false;
    const size_t index = first_ending_above(regions, range.start);
    return index < regions.size() && regions[index].base < range.end;
}

/// The range is cut into pieces that are either in one region or in none; the pieces of those regions that lie outside
/// stay as they are.
void RegionList::edit(Range range, const Change &change)
{
    if (range.empty())
        return;
    const size_t count = regions_.size();
    size_t at = first_ending_above(regions_, range.start);
    const size_t first = at ? at - 1 : 0;
    pieces_.clear();
    if (at)
        append(regions_[at - 1]);
    const Region filling{0, 0, change.flags, change.nid};
    uint64_t done = range.start;
    for (; at < count && regions_[at].base < range.end; at++) {
        const Region &region = regions_[at];
        const Range inside{std::max(region.base, range.start), std::min(end_of(region), range.end)};
        if (change.fills)
            append_part(filling, {done, inside.start});
        append_part(region, {region.base, inside.start});
        if (!change.removes)
            append_part(changed(region, change), inside);
        append_part(region, {inside.end, end_of(region)});
        done = inside.end;
    }
    if (change.fills)
        append_part(filling, {done, range.end});
    if (at < count)
        append(regions_[at++]);
    splice(first, at);
}

Region RegionList::changed(Region region, const Change &change)
{
    region.flags = (region.flags | change.set_flags) & ~change.clear_flags;
    if (change.sets_node)
        region.nid = change.nid;
    return region;
}

/// The addresses of the range, with the attributes of the region.
void RegionList::append_part(const Region &region, const Range &range)
{
    if (!range.empty())
        append({range.start, range.size(), region.flags, region.nid});
}

void RegionList::append(Region piece)
{
    if (!pieces_.empty() && end_of(pieces_.back()) == piece.base && same_attributes(pieces_.back(), piece))
        pieces_.back().size += piece.size;
    else
        pieces_.push_back(piece);
}

/// Put the pieces in the place of the regions from first up to past.
void RegionList::splice(size_t first, size_t past)
{
    const size_t replaced = past - first;
    const auto from = regions_.begin() + static_cast<ptrdiff_t>(first);
    if (pieces_.size() <= replaced) {
        const auto last = std::copy(pieces_.begin(), pieces_.end(), from);
        regions_.erase(last, regions_.begin() + static_cast<ptrdiff_t>(past));
        return;
    }
    const auto rest = pieces_.begin() + static_cast<ptrdiff_t>(replaced);
    std::copy(pieces_.begin(), rest, from);
    regions_.insert(regions_.begin() + static_cast<ptrdiff_t>(past), rest, pieces_.end());
}

} // namespace mblab::contract
