// SPDX-License-Identifier: GPL-2.0-or-later
// How memblock's functions change its sets: intervals assigned, arrays grown, room found, ranges walked.
#pragma once

#include "core/op/typed.hpp"
#include "core/oracle/model/log.hpp"
#include "core/state/flags.hpp"
#include "core/state/state.hpp"

#include <cerrno>
#include <utility>

namespace mblab::model_detail {

// Ends that are no addresses: up to the current limit; the same, and kmemleak is not told.
inline constexpr uint64_t ACCESSIBLE = 0, NOLEAKTRACE = 1;
inline constexpr int32_t NO_NODE = -1; // NUMA_NO_NODE
inline constexpr uint64_t page_shift = 12, page = uint64_t{1} << page_shift;
inline constexpr Interval every_page{0, ~uint64_t{0}};

struct Range : Interval {
    int32_t nid;
};

/// Nothing: of any node.
using Node = std::optional<int32_t>;

/// What to walk through: the regions of one array, less another's if there is one, by node and flags; or the whole
/// pages of that which lie within these page frames.
struct Selection {
    const ArrayState *of, *without = nullptr;
    Node nid{};
    uint32_t flags = 0;
    bool up = true;
    std::optional<Interval> pages{};
};

/// How far a walk has come: the next region of `of`, and the next gap of `without`; gap n ends at its region n.
/// The kernel-doc of __next_mem_range makes these the halves of the cookie. Downwards they pass from 0 to -1.
struct Place {
    uint32_t region, gap;

    uint64_t cookie() const { return region | uint64_t{gap} << 32; }
};

/// The results of a call that returned.
template <typename... Values> mblab_result values(Values... value)
{
    return {MBLAB_RETURNED, sizeof...(value), {static_cast<uint64_t>(value)...}};
}

/// What is wanted of an allocation.
using Request = ops::memblock_alloc_range_nid;

class Memory {
  public:
    Memory(State &state, Log &log) : state_(state), log_(log) {}

  protected:
    using Maybe = std::optional<Attributes>;

    State &state_;
    const Dialect &dialect_ = state_.dialect;
    Log &log_;
    ArrayState &memory_ = state_.memory(), &reserved_ = state_.reserved(), &physmem_ = state_.physmem();

    uint64_t wrap(uint64_t address) const { return address & state_.top(); }
    uint64_t word(uint64_t number) const { return number & state_.word_max(); }
    // The kernel rounds by bits: an alignment that is not a power of two is whatever bits are left of it less one.
    static uint64_t round_up(uint64_t address, uint64_t align) { return ((address - 1) | (align - 1)) + 1; }
    static uint64_t round_down(uint64_t address, uint64_t align) { return address & ~(align - 1); }
    // Page frame numbers are as wide as unsigned long, whatever the width of an address; sums are as wide as the wider
    // of both.
    uint64_t pfn_up(uint64_t address) const
    {
        return ((address + page - 1) & (state_.word_max() | state_.top())) >> page_shift;
    }
    static uint64_t pfn_down(uint64_t address) { return address >> page_shift; }

    /// Where the slab is up, memblock is no longer the allocator.
    bool is_late() const { return state_.slab != MBLAB_SLAB_DOWN; }
    int32_t node(int32_t nid) const { return state_.is_numa() ? nid : 0; }
    /// Attributes of what is reserved for this node.
    Attributes reservation(uint32_t flags = 0, int32_t nid = NO_NODE) const
    {
        return {flags, nid == NO_NODE && !dialect_.reserve_has_no_node ? state_.no_node() : node(nid)};
    }

    Regions listed(const ArrayState &array) const { return state_.listed(array); }

    // ---- changes ----

    /// kernel-doc of memblock_add_range: what is there stays as it is, the gaps are filled.
    int add(ArrayState &array, Interval at, Attributes wanted)
    {
        RegionSet &set = array.set;
        if (at.empty())
            return 0;
        if (set.empty()) // trim() can have left something
            log_.warn_if(std::exchange(set.total, 0) != 0);
        // Each region inside the interval makes a gap below it, and there is one above. Where not even that can fill
        // the array nobody has to count; else the gaps are counted, and their warnings given, a first time.
        const uint64_t enough = array.max - dialect_.counts_at_half;
        const bool counts = !set.empty() && (dialect_.counts_before_adding || 2 * set.count() + 1 > enough);
        if (counts && !make_room(array, each_gap(set, at, wanted, [](auto...) {}), at))
            return -ENOMEM;
        // Growing may have made another gap, by giving back the old array; there can be one too many then.
        const auto fill = [=](const Region *old) { return Maybe(old ? attributes_of(*old) : wanted); };
        uint64_t room = array.max - set.count();
        Interval filled{};
        each_gap(set, at, wanted, [&](uint64_t start, uint64_t end) {
            if (room-- == 0) {
                set.assign(filled.start, filled.end, fill, false);
                log_.leave(MBLAB_EFFECT_bug, MBLAB_BUG);
            }
            filled = {filled.empty() ? start : filled.start, end};
        });
        if (filled.empty())
            return 0;
        set.assign(filled.start, filled.end, fill);
        join_elsewhere(array);
        return 0;
    }

    /// Every change that fills no gap. It can divide two regions, so it wants room for two. rule(attributes) gives the
    /// new ones, or nothing.
    template <typename Rule> int edit(ArrayState &array, Interval at, Rule rule, bool join = true)
    {
        if (!at.empty()) {
            if (!make_room(array, 2, at))
                return -ENOMEM;
            const bool was_empty = array.set.empty();
            const auto inside = [&](const Region *old) { return old ? rule(attributes_of(*old)) : Maybe(); };
            array.set.assign(at.start, at.end, inside, join);
            note_if_emptied(array, was_empty);
        }
        if (join)
            join_elsewhere(array);
        return 0;
    }

    int remove(ArrayState &array, Interval at)
    {
        return edit(array, at, [](Attributes) { return Maybe(); }, false);
    }

    /// kernel-doc of memblock_setclr_flag.
    int mark(ArrayState &array, Interval at, uint32_t set, uint32_t cleared)
    {
        return edit(array, at, [=](Attributes old) { return Attributes{(old.flags | set) & ~cleared, old.nid}; });
    }

    /// kernel-doc of memblock_set_node; without NUMA there is nothing to set.
    int set_node(ArrayState &array, Interval at, int32_t nid)
    {
        return state_.is_numa() ? edit(array, at, [=](Attributes old) { return Attributes{old.flags, nid}; }) : 0;
    }

    int free(uint64_t base, uint64_t size)
    {
        log_.record(MBLAB_EFFECT_kmemleak_free_part_phys, wrap(base), wrap(size));
        const bool late = is_late() && dialect_.late_free_to_buddy;
        const bool kept = !late || state_.variant.has(MBLAB_CONFIG_keep);
        const int result = kept ? remove(reserved_, state_.range(base, size)) : 0;
        if (late)
            give_pages(wrap(base), wrap(base + size));
        return result;
    }

    /// Whole pages to the buddy allocator, each filled before where a fill is given; how many.
    uint64_t give_pages(uint64_t start, uint64_t end, std::optional<uint64_t> fill = {})
    {
        if (state_.deferred_pages && dialect_.deferred_pages_stay)
            return log_.warn_if(true), 0;
        const Interval pfns{pfn_up(start), pfn_down(end)};
        if (fill && !pfns.empty())
            log_.record(MBLAB_EFFECT_zero, pfns.start << page_shift, pfns.size() << page_shift, *fill);
        if (!pfns.empty())
            log_.page_to_buddy(pfns.start, 0, pfns.size());
        state_.totalram += pfns.size();
        return pfns.size();
    }

    // ---- limits ----

    template <typename Keep> void filter_memory(Keep keep)
    {
        const bool was_empty = listed(memory_).empty();
        memory_.set.filter(keep);
        note_if_emptied(memory_, was_empty);
    }

    /// memblock_cap_memory_range: only [base, +size) stays of memory, and whatever is NOMAP. A NOMAP region that
    /// crosses a bound is cut there and stays in two. The end for the reserved set wraps, unlike that for memory.
    void cap(uint64_t base, uint64_t size)
    {
        const Interval kept = state_.range(base, size);
        const auto cut = [](Attributes old) { return old; };
        if (!size || (dialect_.cap_needs_memory && !memory_.set.total) || edit(memory_, kept, cut, false))
            return;
        filter_memory([&](Region &region) { return region.flags & flag_nomap || kept.contains(interval_of(region)); });
        remove(reserved_, {0, base});
        remove(reserved_, {wrap(base + size), state_.top()});
    }

    /// memblock_enforce_memory_limit, memblock_mem_limit_remove_map: so many bytes of memory stay, the lowest.
    void limit_memory(uint64_t bytes, bool keep_nomap)
    {
        const RegionSet &set = memory_.set;
        size_t last = 0;
        for (; last < set.count() && bytes > set[last].size; last++)
            bytes -= set[last].size;
        if (!bytes || last == set.count() || set[last].base + bytes == state_.top())
            return;
        const Interval above{set[last].base + bytes, state_.top()};
        if (keep_nomap)
            return cap(0, above.start);
        remove(memory_, above);
        remove(reserved_, above);
    }

    // ---- allocation ----

    /// kernel-doc of memblock_alloc_range_nid: the node, then any node unless exact; all that in mirrored memory first,
    /// but a kernel that was handed over to keeps to scratch memory.
    uint64_t allocate(Request want)
    {
        if (is_late() && dialect_.phys_alloc_uses_slab)
            return allocate_slab(want);
        const Node nid = wanted_node(want.nid, of_allocations);
        if (!want.align) {
            log_.record(MBLAB_EFFECT_dump_stack);
            want.align = 64; // SMP_CACHE_BYTES
        }
        uint64_t found = 0;
        const auto take = [&](Node of, int32_t kept, uint32_t flags) {
            found = find(want, of, flags);
            const Attributes with =
                reservation(dialect_.alloc_marks_kern ? flag_kern : 0, dialect_.alloc_keeps_node ? kept : NO_NODE);
            return found && add(reserved_, state_.range(found, want.size), with) == 0;
        };
        const auto take_by_node = [&](uint32_t flags) {
            return take(nid, want.nid, flags) || (nid && !want.exact_nid && take({}, NO_NODE, flags));
        };
        const bool mirror_first = state_.has_mirror && !state_.scratch_only;
        if (!(mirror_first && take_by_node(flag_mirror)) && !take_by_node(least_flags()))
            return 0;
        announce(found, want.size, want.end != NOLEAKTRACE);
        return found;
    }

    /// kernel-doc of memblock_alloc_hugetlb: never in mirrored memory, nor where a kernel to come has its scratch
    /// memory.
    uint64_t allocate_huge(uint64_t size, int32_t nid, bool exact)
    {
        Node of = wanted_node(nid, of_allocations);
        uint64_t found = find_huge(size, of);
        if (!found && of && !exact)
            found = find_huge(size, of = {}), nid = NO_NODE;
        if (!found || add(reserved_, state_.range(found, size), reservation(flag_kern | flag_hugetlb, nid)) != 0)
            return 0;
        announce(found, size, true);
        return found;
    }

    uint64_t allocate_slab(const Request &want)
    {
        log_.warn_if(!std::exchange(state_.warned_of_slab, true));
        return wrap(slab_block(MBLAB_EFFECT_kzalloc_node, want.size, static_cast<uint64_t>(want.nid)));
    }

    // ---- walks ----

    enum Asker { of_walks_up, of_walks_down, of_allocations };

    /// What node a call asks for. Some kernels take only some invalid ones for any, and warn of one of them once.
    Node wanted_node(int32_t nid, Asker asker)
    {
        const bool is_max = std::cmp_equal(nid, state_.variant.max_nodes);
        if (is_max && dialect_.warns_of_max_numnodes)
            log_.warn_if(!std::exchange(state_.warned_of_node[asker], true));
        const bool is_any = dialect_.invalid_node_is_any ? !state_.is_valid_node(nid) : is_max || nid == NO_NODE;
        return is_any ? Node() : nid;
    }

    Place start_of(const Selection &all) const
    {
        const size_t gaps = all.without ? listed(*all.without).size() : 0;
        return all.up ? Place{} : Place{static_cast<uint32_t>(listed(*all.of).size() - 1), static_cast<uint32_t>(gaps)};
    }

    Selection free_memory(Node nid = {}, uint32_t flags = 0, bool up = true) const
    {
        return {&memory_, &reserved_, nid, flags, up};
    }

    /// Memory of any flags.
    Selection all_memory(Node nid = {}, std::optional<Interval> pages = {}) const
    {
        return {&memory_, nullptr, nid, flag_hotplug | flag_nomap | flag_driver_managed, true, pages};
    }

    /// The next range from place on. Pages are as in __next_mem_pfn_range and __next_mem_pfn_range_in_zone.
    bool next(const Selection &all, Place &place, Range &out) const
    {
        while (next_range(all, place, out)) {
            if (!all.pages)
                return true;
            const Interval whole{pfn_up(out.start), pfn_down(out.end)};
            if (whole.empty() || whole.end <= all.pages->start)
                continue;
            out = {{std::max(whole.start, all.pages->start), std::min(whole.end, all.pages->end)}, out.nid};
            return whole.start < all.pages->end;
        }
        return false;
    }

  private:
    /// Visit the gaps that adding fills; their number. Each one that a region ends, warns when that differs from what
    /// is to be added: overlaps are allowed, contradictions are noted.
    template <typename Visit> uint64_t each_gap(const RegionSet &set, Interval at, Attributes wanted, Visit visit)
    {
        uint64_t count = 0;
        set.each_gap(at.start, at.end, [&](uint64_t start, uint64_t end, const Region *region) {
            log_.warn_if(region && region->nid != wanted.nid);
            log_.warn_if(region && region->flags != wanted.flags &&
                         (wanted.flags || !dialect_.plain_overlap_is_silent));
            visit(start, end);
            count++;
        });
        return count;
    }

    /// A set that becomes empty must have the size 0.
    void note_if_emptied(ArrayState &array, bool was_empty)
    {
        if (was_empty || !array.set.empty())
            return;
        log_.warn_if(array.set.total);
        array.vacant.nid = state_.no_node();
    }

    /// Some kernels join all regions that are alike after a change, wherever it was.
    void join_elsewhere(ArrayState &array)
    {
        if (!dialect_.cap_leaves_halves)
            array.set.assign(0, state_.top(),
                             [](const Region *old) { return old ? Maybe(attributes_of(*old)) : Maybe(); });
    }

    /// The first place, in the direction, that meets no scratch memory. Small sizes are tried all along it; the lab's
    /// budget would end that, too.
    uint64_t find_huge(uint64_t size, Node nid) const
    {
        Request want{size, size};
        for (uint64_t tries = 0; tries < 1 << 18; tries++) {
            const uint64_t found = find(want, nid, least_flags());
            const auto meets = [=](Interval scratch) { return scratch.overlaps({found, found + size}); };
            if (!found || std::ranges::none_of(state_.kho_scratch, meets))
                return found;
            (state_.bottom_up ? want.start : want.end) = state_.bottom_up ? found + size : found;
        }
        throw Left{MBLAB_BUDGET};
    }

    /// What every allocation asks for.
    uint32_t least_flags() const { return state_.scratch_only ? flag_kho_scratch : 0; }

    /// What is done with memory that was allocated.
    void announce(uint64_t found, uint64_t size, bool to_kmemleak)
    {
        if (to_kmemleak)
            log_.record(MBLAB_EFFECT_kmemleak_alloc_phys, found, size);
        accept(found, size);
    }

    void accept(uint64_t found, uint64_t size)
    {
        if (dialect_.accepts_memory)
            log_.record(MBLAB_EFFECT_accept_memory, found, size);
    }

    /// Double the array until it has room for so many more regions. The interval is about to change.
    bool make_room(ArrayState &array, uint64_t needed, Interval changing)
    {
        while (listed(array).size() + needed > array.max)
            if (!grow(array, changing))
                return false;
        return true;
    }

    /// kernel-doc of memblock_double_array: a new array twice the size; the old one is given back, the new one
    /// reserved. Both are changes of the reserved set like any other, and can have to grow it in turn.
    bool grow(ArrayState &array, Interval changing)
    {
        if (!state_.can_resize && !dialect_.full_array_panics)
            return false;
        if (!state_.can_resize)
            log_.leave(MBLAB_EFFECT_panic, MBLAB_PANIC);
        const bool use_slab = is_late();
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
        const Attributes storage_is = reservation(dialect_.array_marks_kern ? flag_kern : 0);
        if (!use_slab && add(reserved_, state_.range(storage, taken), storage_is) != 0)
            log_.leave(MBLAB_EFFECT_bug, MBLAB_BUG);
        in_slab = use_slab;
        return true;
    }

    /// Where a new array goes: followed, or above what is to be avoided, else below; 0 when there is no room.
    uint64_t place_array(uint64_t bytes, Interval avoid)
    {
        uint64_t found = find({bytes, page, avoid.end, state_.current_limit}, {}, least_flags());
        if (!found && !avoid.empty())
            found = find({bytes, page, 0, std::min(avoid.start, state_.current_limit)}, {}, least_flags());
        if (!found)
            return 0;
        found = log_.next_address(MBLAB_EFFECT_copy, found);
        accept(found, bytes);
        return found;
    }

    /// A block of slab, recorded: followed, or any address where slab has something to give.
    uint64_t slab_block(mblab_effect_kind kind, uint64_t size, uint64_t nid = 0)
    {
        const uint64_t bytes = word(size); // a size_t
        const uint64_t somewhere = state_.top() >> 32 ? MBLAB_SLAB_ADDR_64 : MBLAB_SLAB_ADDR_32;
        const uint64_t block = log_.next_address(kind, state_.slab == MBLAB_SLAB_UP && bytes ? somewhere : 0);
        log_.record(kind, block, bytes, nid);
        return block;
    }

    /// kernel-doc of memblock_find_in_range_node: the first free range, in the direction, that has room. 0 is none, so
    /// a candidate that wrapped to 0 ends the search as well.
    uint64_t find(const Request &want, Node nid, uint32_t flags) const
    {
        const uint64_t start = std::max(want.start, page); // never the first page
        const uint64_t end = std::max(start, want.end <= NOLEAKTRACE ? state_.current_limit : want.end);
        if (log_.searches)
            log_.searches->push_back({want.size, want.align, {start, end}, nid, flags, state_.bottom_up, {}});
        const uint64_t found = find_in(free_memory(nid, flags, state_.bottom_up), want, {start, end});
        if (log_.searches)
            log_.searches->back().found = found;
        return found;
    }

    uint64_t find_in(const Selection &all, const Request &want, Interval within) const
    {
        Place place = start_of(all);
        for (Range range; next_range(all, place, range);) {
            if (log_.searches)
                log_.searches->back().seen.push_back(range);
            const uint64_t low = std::clamp(range.start, within.start, within.end);
            const uint64_t high = std::clamp(range.end, within.start, within.end);
            if (all.up) {
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

    /// The next range from place on, upwards or downwards: the kernel-doc of __next_mem_range. An empty gap inside a
    /// region is a range too.
    bool next_range(const Selection &all, Place &place, Range &out) const
    {
        const uint32_t one = all.up ? 1 : ~uint32_t{0};
        const Regions regions = listed(*all.of), others = all.without ? listed(*all.without) : Regions();
        for (; place.region < regions.size(); place.region += one) {
            const Region &region = regions[place.region];
            if (!shows(all, region))
                continue;
            const uint64_t start = region.base, end = end_of(region);
            if (!all.without) {
                out = {{start, end}, region.nid};
                place.region += one;
                return true;
            }
            for (; place.gap <= others.size(); place.gap += one) {
                const Interval gap = gap_of(others, place.gap);
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

    /// Whether a walk shows the region. Only memory is ever passed over.
    bool shows(const Selection &all, const Region &region) const
    {
        const uint32_t missing = all.flags & ~region.flags, extra = region.flags & ~all.flags;
        const uint32_t wanted = flag_mirror | (dialect_.scratch_flag_filters ? flag_kho_scratch : 0);
        const uint32_t hidden = flag_nomap | flag_driver_managed | (state_.movable_node ? flag_hotplug : 0);
        const bool on_node = !all.nid || all.nid == region.nid;
        return all.of != &memory_ || (on_node && !(missing & wanted) && !(extra & hidden));
    }

    /// Gap n is what lies between the regions n - 1 and n; empty where they touch.
    Interval gap_of(Regions regions, uint64_t n) const
    {
        return {n ? end_of(regions[n - 1]) : 0, n < regions.size() ? regions[n].base : state_.top()};
    }
};

} // namespace mblab::model_detail
