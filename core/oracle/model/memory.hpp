// SPDX-License-Identifier: GPL-2.0-or-later
// How memblock's functions change its sets: intervals assigned, arrays grown, room found, ranges walked.
#pragma once

#include "core/oracle/model/log.hpp"
#include "core/state/state.hpp"

#include <cerrno>
#include <utility>

namespace mblab::model_detail {

// enum memblock_flags
inline constexpr uint32_t HOTPLUG = 1, MIRROR = 2, NOMAP = 4, DRIVER_MANAGED = 8, NOINIT = 16;
// Ends that are no addresses: up to the current limit; the same, and kmemleak is not told.
inline constexpr uint64_t ACCESSIBLE = 0, NOLEAKTRACE = 1;
inline constexpr int32_t NO_NODE = -1; // NUMA_NO_NODE
inline constexpr uint64_t page_shift = 12, page = uint64_t{1} << page_shift;

// The kernel rounds by bits: an alignment that is not a power of two is whatever bits are left of it less one.
constexpr uint64_t round_up(uint64_t address, uint64_t align)
{
    return ((address - 1) | (align - 1)) + 1;
}

constexpr uint64_t round_down(uint64_t address, uint64_t align)
{
    return address & ~(align - 1);
}

// Page frame numbers are as wide as unsigned long, whatever the width of an address.
constexpr uint64_t pfn_up(uint64_t address)
{
    return (address + page - 1) >> page_shift;
}

constexpr uint64_t pfn_down(uint64_t address)
{
    return address >> page_shift;
}

struct Range : Interval {
    int32_t nid;
};

/// What to walk through: the regions of one set, less another set if there is one, by node and flags.
struct Selection {
    const RegionSet *of, *without = nullptr;
    int32_t nid = NO_NODE;
    uint32_t flags = 0;
    bool up = true;
};

/// How far a walk has come: the next region of `of`, and the next gap of `without`; gap n ends at its region n.
/// The kernel-doc of __next_mem_range makes these the halves of the cookie. Downwards they pass from 0 to -1.
struct Place {
    uint64_t region, gap;

    Place(uint64_t region_, uint64_t gap_) : region(region_), gap(gap_) {}
    explicit Place(const Selection &all)
        : region(all.up ? 0 : all.of->count() - 1), gap(all.up || !all.without ? 0 : all.without->count())
    {
    }
    static Place of_cookie(uint64_t cookie) { return {cookie & ~uint32_t{0}, cookie >> 32}; }
    uint64_t cookie() const { return (region & ~uint32_t{0}) | gap << 32; }
};

/// What is wanted of an allocation.
struct Request {
    uint64_t size, align, start = 0, end = ACCESSIBLE;
    int32_t nid = NO_NODE;
    bool exact = false;
};

class Memory {
  public:
    Memory(State &state, Log &log)
        : state_(state), log_(log), memory_(state.memory()), reserved_(state.reserved()), physmem_(state.physmem())
    {
    }

  protected:
    uint64_t wrap(uint64_t address) const { return address & state_.top(); }
    Interval everything() const { return {0, state_.top()}; }

    // ---- changes ----

    /// kernel-doc of memblock_add_range: what is there stays as it is, the gaps are filled.
    int add(ArrayState &array, Interval at, Attributes wanted)
    {
        RegionSet &set = array.set;
        if (at.empty())
            return 0;
        if (set.empty()) {
            log_.warn_if(set.total != 0); // trim() can have left something
            set.total = 0;
            set.fill(at, wanted);
            return 0;
        }
        // Each region inside the interval makes a gap below it, and there is one above. Where not even that can fill
        // the array nobody counts; else the gaps are counted, and their warnings given, a first time.
        if (2 * set.count() + 1 > array.max && !make_room(array, each_gap(set, at, wanted, [](auto...) {}), at))
            return -ENOMEM;
        // Growing may have made another gap, by giving back the old array; there can be one too many then.
        uint64_t room = array.max - set.count();
        Interval filled{};
        each_gap(set, at, wanted, [&](uint64_t start, uint64_t end) {
            if (room-- == 0) {
                const auto fill = [&](const Region *old) { return std::optional(old ? attributes_of(*old) : wanted); };
                set.assign(filled.start, filled.end, fill, false);
                log_.leave(MBLAB_EFFECT_bug, MBLAB_BUG);
            }
            filled = {filled.empty() ? start : filled.start, end};
        });
        if (!filled.empty())
            set.fill(filled, wanted);
        return 0;
    }

    /// Every change that fills no gap. It can divide two regions, so it wants room for two. rule(attributes) gives the
    /// new ones, or nothing.
    template <typename Rule> int edit(ArrayState &array, Interval at, Rule rule, bool join = true)
    {
        if (at.empty())
            return 0;
        if (!make_room(array, 2, at))
            return -ENOMEM;
        const bool was_empty = array.set.empty();
        const auto whole_rule = [&](const Region *old) { return old ? rule(attributes_of(*old)) : std::nullopt; };
        array.set.assign(at.start, at.end, whole_rule, join);
        warn_if_emptied(array.set, was_empty);
        return 0;
    }

    int remove(ArrayState &array, Interval at)
    {
        return edit(array, at, [](Attributes) { return std::optional<Attributes>(); });
    }

    /// kernel-doc of memblock_setclr_flag.
    int mark(ArrayState &array, Interval at, uint32_t set, uint32_t cleared)
    {
        return edit(array, at,
                    [=](Attributes old) { return std::optional(Attributes{(old.flags | set) & ~cleared, old.nid}); });
    }

    /// kernel-doc of memblock_set_node; without NUMA there is nothing to set.
    int set_node(ArrayState &array, Interval at, int32_t nid)
    {
        if (!state_.is_numa())
            return 0;
        return edit(array, at, [=](Attributes old) { return std::optional(Attributes{old.flags, nid}); });
    }

    int reserve(uint64_t base, uint64_t size)
    {
        return add(reserved_, state_.range(base, size), {0, state_.no_node()});
    }

    int free(uint64_t base, uint64_t size)
    {
        log_.record(MBLAB_EFFECT_kmemleak_free_part_phys, wrap(base), wrap(size));
        return remove(reserved_, state_.range(base, size));
    }

    /// memblock_trim_memory: both ends of each region are rounded inwards; the total is not told. Rounding up can wrap
    /// to 0 at the top of the address space: the region then covers everything below its end.
    void trim(uint64_t align)
    {
        const bool was_empty = memory_.set.empty();
        memory_.set.filter([&](Region &region) {
            const uint64_t start = wrap(round_up(region.base, align)), end = round_down(end_of(region), align);
            region.base = start, region.size = end - start;
            return start < end;
        });
        warn_if_emptied(memory_.set, was_empty);
    }

    /// memblock_cap_memory_range: only [base, +size) stays of memory, and whatever is NOMAP. A NOMAP region that
    /// crosses a bound is cut there and stays in two. The end for the reserved set wraps, unlike that for memory.
    void cap(uint64_t base, uint64_t size)
    {
        const Interval kept = state_.range(base, size);
        if (!size || !memory_.set.total ||
            edit(memory_, kept, [](Attributes old) { return std::optional(old); }, false))
            return;
        const bool was_empty = memory_.set.empty();
        memory_.set.filter(
            [=](const Region &region) { return region.flags & NOMAP || kept.contains(interval_of(region)); });
        warn_if_emptied(memory_.set, was_empty);
        remove(reserved_, {0, base});
        remove(reserved_, {wrap(base + size), state_.top()});
    }

    /// memblock_enforce_memory_limit, memblock_mem_limit_remove_map: so many bytes of memory stay, the lowest.
    void limit_memory(uint64_t bytes, bool keep_nomap)
    {
        if (!bytes)
            return;
        const RegionSet &set = memory_.set;
        size_t last = 0;
        for (; last < set.count() && bytes > set[last].size; last++)
            bytes -= set[last].size;
        if (last == set.count() || set[last].base + bytes == state_.top())
            return;
        const uint64_t end = set[last].base + bytes;
        if (keep_nomap)
            return cap(0, end);
        remove(memory_, {end, state_.top()});
        remove(reserved_, {end, state_.top()});
    }

    // ---- allocation ----

    /// kernel-doc of memblock_alloc_range_nid: the node, then any node unless exact; all that in mirrored memory first.
    uint64_t allocate(Request want)
    {
        if (state_.slab != MBLAB_SLAB_DOWN) {
            log_.warn_if(!std::exchange(state_.warned_of_slab, true));
            return wrap(slab_block(MBLAB_EFFECT_kzalloc_node, want.size, static_cast<uint64_t>(want.nid)));
        }
        if (!want.align) {
            log_.record(MBLAB_EFFECT_dump_stack);
            want.align = 64; // SMP_CACHE_BYTES
        }
        uint64_t found = 0;
        const auto take = [&](int32_t nid, uint32_t flags) {
            found = find(want, nid, flags);
            return found && reserve(found, want.size) == 0;
        };
        const auto take_by_node = [&](uint32_t flags) {
            return take(want.nid, flags) || (state_.is_valid_node(want.nid) && !want.exact && take(NO_NODE, flags));
        };
        if (!(state_.has_mirror && take_by_node(MIRROR)) && !take_by_node(0))
            return 0;
        if (want.end != NOLEAKTRACE)
            log_.record(MBLAB_EFFECT_kmemleak_alloc_phys, found, want.size);
        log_.record(MBLAB_EFFECT_accept_memory, found, want.size);
        return found;
    }

    /// kernel-doc of memblock_alloc_internal: never above the limit; when that fails, without the lower bound.
    uint64_t allocate_virtual(Request want, bool zero)
    {
        want.end = std::min(want.end, state_.current_limit);
        uint64_t found = allocate(want);
        if (!found && std::exchange(want.start, 0))
            found = allocate(want);
        if (found && zero)
            log_.record(MBLAB_EFFECT_zero, found, want.size);
        return found;
    }

    // ---- walks ----

    /// The next range from place on, upwards or downwards: the kernel-doc of __next_mem_range. An empty gap inside a
    /// region is a range too.
    bool next(const Selection &all, Place &place, Range &out) const
    {
        const uint64_t one = all.up ? 1 : ~uint64_t{0};
        for (; place.region < all.of->count(); place.region += one) {
            const Region &region = (*all.of)[place.region];
            const uint64_t start = region.base, end = end_of(region);
            if (!shows(all, region))
                continue;
            out = {{start, end}, region.nid};
            if (!all.without) {
                place.region += one;
                return true;
            }
            for (; place.gap <= all.without->count(); place.gap += one) {
                const Interval gap = gap_of(*all.without, place.gap);
                if (all.up ? gap.start >= end : gap.end <= start)
                    break; // beyond this region
                if (all.up ? gap.end <= start : gap.start >= end)
                    continue; // not there yet
                out = {{std::max(start, gap.start), std::min(end, gap.end)}, region.nid};
                // Whichever ends first is done with.
                const bool region_is_done = all.up ? end <= gap.end : start >= gap.start;
                (region_is_done ? place.region : place.gap) += one;
                return true;
            }
        }
        return false;
    }

    /// The next region of memory from place on that has whole pages and the node, in pages: __next_mem_pfn_range.
    bool next_pfns(int32_t nid, uint64_t &place, Range &pfns) const
    {
        while (place < memory_.set.count()) {
            const Region &region = memory_.set[place++];
            pfns = {{pfn_up(region.base), pfn_down(end_of(region))}, region.nid};
            if (!pfns.empty() && (!state_.is_valid_node(nid) || nid == region.nid))
                return true;
        }
        return false;
    }

    State &state_;
    Log &log_;
    ArrayState &memory_, &reserved_, &physmem_;

  private:
    /// Visit the gaps that adding fills; their number. Each one that a region ends, warns when that differs from what
    /// is to be added: overlaps are allowed, contradictions are noted.
    template <typename Visit> uint64_t each_gap(const RegionSet &set, Interval at, Attributes wanted, Visit visit)
    {
        uint64_t count = 0;
        set.each_gap(at.start, at.end, [&](uint64_t start, uint64_t end, const Region *region) {
            log_.warn_if(region && region->nid != wanted.nid);
            log_.warn_if(region && region->flags != wanted.flags);
            visit(start, end);
            count++;
        });
        return count;
    }

    /// A set that becomes empty must have the size 0.
    void warn_if_emptied(const RegionSet &set, bool was_empty)
    {
        log_.warn_if(!was_empty && set.empty() && set.total != 0);
    }

    /// Double the array until it has room for so many more regions. The interval is about to change.
    bool make_room(ArrayState &array, uint64_t needed, Interval changing)
    {
        while (array.set.count() + needed > array.max)
            if (!grow(array, changing))
                return false;
        return true;
    }

    /// kernel-doc of memblock_double_array: a new array twice the size; the old one is given back, the new one
    /// reserved. Both are changes of the reserved set like any other, and can have to grow it in turn.
    bool grow(ArrayState &array, Interval changing)
    {
        if (!state_.can_resize)
            log_.leave(MBLAB_EFFECT_panic, MBLAB_PANIC);
        const bool use_slab = state_.slab != MBLAB_SLAB_DOWN;
        const uint64_t old_bytes = array.max * state_.region_bytes(), taken = round_up(2 * old_bytes, page);
        const bool avoid = &array == &reserved_; // what is about to be reserved must not be where its entry goes
        const uint64_t storage = use_slab ? slab_block(MBLAB_EFFECT_kmalloc, 2 * old_bytes)
                                          : place_array(taken, avoid ? changing : Interval{});
        if (!wrap(storage))
            return false;
        log_.record(MBLAB_EFFECT_copy, storage, array.storage, old_bytes);
        log_.record(MBLAB_EFFECT_zero, storage + old_bytes, old_bytes);
        const uint64_t old_storage = std::exchange(array.storage, storage);
        array.max *= 2;
        // The array of physmem goes by the flag of the reserved one: a quirk that can give back memory never taken.
        bool &in_slab = &array == &physmem_ ? reserved_.in_slab : array.in_slab;
        if (in_slab)
            log_.record(MBLAB_EFFECT_kfree, old_storage);
        else if (old_storage != MBLAB_STATIC_ADDR || &array == &physmem_) // physmem's first is not known as static
            free(old_storage, round_up(old_bytes, page));
        if (!use_slab && reserve(storage, taken) != 0)
            log_.leave(MBLAB_EFFECT_bug, MBLAB_BUG);
        in_slab = use_slab;
        return true;
    }

    /// Where a new array goes: followed, or above what is to be avoided, else below; 0 when there is no room.
    uint64_t place_array(uint64_t bytes, Interval avoid)
    {
        uint64_t found = find({bytes, page, avoid.end, state_.current_limit}, NO_NODE, 0);
        if (!found && !avoid.empty())
            found = find({bytes, page, 0, std::min(avoid.start, state_.current_limit)}, NO_NODE, 0);
        if (!found)
            return 0;
        found = log_.next_address(MBLAB_EFFECT_copy, found);
        log_.record(MBLAB_EFFECT_accept_memory, found, bytes);
        return found;
    }

    /// A block of slab, recorded: followed, or any address where slab has something to give.
    uint64_t slab_block(mblab_effect_kind kind, uint64_t bytes, uint64_t nid = 0)
    {
        const bool narrow = state_.variant.has(MBLAB_CONFIG_phys32);
        const uint64_t somewhere = narrow ? MBLAB_SLAB_ADDR_32 : MBLAB_SLAB_ADDR_64;
        const uint64_t block = log_.next_address(kind, state_.slab == MBLAB_SLAB_UP && bytes ? somewhere : 0);
        log_.record(kind, block, bytes, nid);
        return block;
    }

    /// kernel-doc of memblock_find_in_range_node: the first free range, in the direction, that has room. 0 is none, so
    /// a candidate that wrapped to 0 ends the search as well.
    uint64_t find(const Request &want, int32_t nid, uint32_t flags) const
    {
        const uint64_t start = std::max(want.start, page); // never the first page
        const uint64_t end = std::max(start, want.end <= NOLEAKTRACE ? state_.current_limit : want.end);
        const Selection free_memory{&memory_.set, &reserved_.set, nid, flags, state_.bottom_up};
        Place place(free_memory);
        for (Range range; next(free_memory, place, range);) {
            const uint64_t low = std::clamp(range.start, start, end), high = std::clamp(range.end, start, end);
            if (state_.bottom_up) {
                const uint64_t candidate = wrap(round_up(low, want.align));
                if (candidate < high && high - candidate >= want.size)
                    return candidate;
            } else if (high >= want.size) {
                const uint64_t candidate = round_down(high - want.size, want.align);
                if (candidate >= low)
                    return candidate;
            }
        }
        return 0;
    }

    /// Whether a walk shows the region. Only memory is ever passed over.
    bool shows(const Selection &all, const Region &region) const
    {
        const uint32_t missing = all.flags & ~region.flags, extra = region.flags & ~all.flags;
        return all.of != &memory_.set || ((!state_.is_valid_node(all.nid) || all.nid == region.nid) &&
                                          !(state_.movable_node && extra & HOTPLUG) && !(missing & MIRROR) &&
                                          !(extra & (NOMAP | DRIVER_MANAGED)));
    }

    /// Gap n of a set is what lies between its regions n - 1 and n; empty where they touch.
    Interval gap_of(const RegionSet &set, uint64_t which) const
    {
        return {which ? end_of(set[which - 1]) : 0, which < set.count() ? set[which].base : state_.top()};
    }
};

} // namespace mblab::model_detail
