// SPDX-License-Identifier: GPL-2.0-or-later
// What memblock knows, and how its functions change it: sets painted, arrays grown, room found.
#pragma once

#include "core/oracle/model/world.hpp"

#include <cerrno>
#include <utility>

namespace mblab::model_detail {

// enum memblock_flags
inline constexpr uint32_t HOTPLUG = 1, MIRROR = 2, NOMAP = 4, DRIVER_MANAGED = 8, NOINIT = 16;
// Ends that are no addresses: up to the current limit; the same, and kmemleak is not told.
inline constexpr Address ACCESSIBLE = 0, NOLEAKTRACE = 1;
inline constexpr int32_t NO_NODE = -1; // NUMA_NO_NODE

class Memory;

/// A set, and the array that the kernel keeps it in: for how many stretches that has room, and where it is.
struct Collection : RegionSet {
    const char *name;
    uint64_t room;
    Address storage;
    bool Memory::*in_slab;
};

struct Range {
    Address start, end;
    int32_t nid;
};

/// What to walk through: the stretches of one set, less another set if there is one, by node and flags.
struct Selection {
    const Collection *of, *without;
    int32_t nid = NO_NODE;
    uint32_t flags = 0;
    bool up = true;
};

/// How far a walk has come: the next stretch of `of`, and the next gap of `without`; gap n ends at its stretch n.
/// The kernel-doc of __next_mem_range makes these the halves of the cookie. Downwards they pass from 0 to -1.
struct Place {
    uint64_t stretch, gap;

    Place(uint64_t stretch_, uint64_t gap_) : stretch(stretch_), gap(gap_) {}
    explicit Place(const Selection &all)
        : stretch(all.up ? 0 : all.of->count() - 1), gap(all.up || !all.without ? 0 : all.without->count())
    {
    }
    static Place of_cookie(uint64_t cookie) { return {cookie & ~uint32_t(0), cookie >> 32}; }
    uint64_t cookie() const { return (stretch & ~uint32_t(0)) | gap << 32; }
};

/// What is wanted of an allocation.
struct Request {
    Address size, align, start = 0, end = ACCESSIBLE;
    int32_t nid = NO_NODE;
    bool exact = false;
};

class Memory : public World {
  public:
    Collection memory{}, reserved{}, physmem{};
    Address limit = 0;
    bool bottom_up = false, can_resize = false, debug = false, has_mirror = false, discarded = false;
    bool warned_of_slab = false, movable_node = false, mirrored_kernelcore = false;
    bool memory_in_slab = false, reserved_in_slab = false; // where the arrays are
    uint32_t region_bytes;

    explicit Memory(const Variant &variant_) : World(variant_)
    {
        // Two addresses, the flags and, with NUMA, the node; as C lays them out.
        const uint32_t address_bytes = narrow ? 4 : 8;
        region_bytes = (2 * address_bytes + (numa ? 8 : 4) + address_bytes - 1) / address_bytes * address_bytes;
    }

    void reset()
    {
        World::reset();
        const auto start = [this](Collection &set, const char *name, uint64_t room, bool Memory::*in_slab) {
            set.clear();
            set.top = top;
            set.name = name, set.room = room, set.storage = MBLAB_STATIC_ADDR, set.in_slab = in_slab;
        };
        start(memory, "memory", variant.memory_regions, &Memory::memory_in_slab);
        // The array of physmem goes by the flag of the reserved one: a quirk that can give back memory never taken.
        start(reserved, "reserved", variant.reserved_regions, &Memory::reserved_in_slab);
        start(physmem, "physmem", 4, &Memory::reserved_in_slab);
        limit = top;
        bottom_up = can_resize = debug = has_mirror = discarded = warned_of_slab = false;
        movable_node = mirrored_kernelcore = memory_in_slab = reserved_in_slab = false;
    }

    int32_t node(int32_t nid) const { return numa ? nid : 0; }
    int32_t no_node() const { return node(static_cast<int32_t>(variant.max_nodes)); }
    bool valid_node(int32_t nid) const { return nid >= 0 && nid < static_cast<int32_t>(variant.max_nodes); }
    /// The end of a range from base: no range reaches the highest address.
    Address end_from(Address base, Address size) const { return base + std::min(size, top - base); }

    // ---- changes ----

    void announce(const char *function, Address base, Address size)
    {
        if (debug)
            print(6, "%s: [0x%0*lx-0x%0*lx] 0x0\n", function, digits, base, digits, wrap(base + size - 1));
    }

    /// kernel-doc of memblock_add_range: what is there stays as it is, the holes are filled.
    int add(Collection &set, Address base, Address size, Attributes wanted)
    {
        const Address end = end_from(base, size);
        const auto fill = [&](const Region *old) { return std::optional(old ? attributes_of(*old) : wanted); };
        if (base == end)
            return 0;
        if (set.empty()) {
            warn_on(set.total != 0); // trim() can have left something
            set.total = 0;
            set.assign(base, end, fill);
            return 0;
        }
        // Each stretch inside the range makes a hole below it, and there is one above. Where not even that can fill
        // the array nobody counts; else the holes are counted, and their warnings given, a first time.
        Holes holes{};
        if (2 * set.count() + 1 > set.room) {
            survey(set, base, end, wanted, ~uint64_t(0), holes);
            if (!make_room(set, holes.count, base, end))
                return -ENOMEM;
        }
        // Growing may have made another hole, by giving back the old array; there can be one too many then.
        holes = {};
        try {
            survey(set, base, end, wanted, set.room - set.count(), holes);
        } catch (const Left &) {
            set.assign(holes.start, holes.end, fill, false);
            throw;
        }
        if (holes.count)
            set.assign(holes.start, holes.end, fill);
        return 0;
    }

    /// Everything that paints a range without filling holes. It can divide two stretches, so it wants room for two.
    template <typename Rule> int edit(Collection &set, Address base, Address size, Rule rule, bool join = true)
    {
        const Address end = end_from(base, size);
        if (base == end)
            return 0;
        if (!make_room(set, 2, base, end))
            return -ENOMEM;
        const bool was_empty = set.empty();
        set.assign(base, end, [&](const Region *old) { return old ? rule(attributes_of(*old)) : std::nullopt; }, join);
        warn_if_emptied(set, was_empty);
        return 0;
    }

    int remove(Collection &set, Address base, Address size)
    {
        return edit(set, base, size, [](Attributes) { return std::optional<Attributes>(); });
    }

    /// kernel-doc of memblock_setclr_flag.
    int mark(Collection &set, Address base, Address size, uint32_t flags_set, uint32_t flags_cleared)
    {
        return edit(set, base, size, [=](Attributes old) {
            return std::optional(Attributes{(old.flags | flags_set) & ~flags_cleared, old.nid});
        });
    }

    /// kernel-doc of memblock_set_node; without NUMA there is nothing to set.
    int set_node(Collection &set, Address base, Address size, int32_t nid)
    {
        if (!numa)
            return 0;
        return edit(set, base, size, [=](Attributes old) { return std::optional(Attributes{old.flags, nid}); });
    }

    int reserve(Address base, Address size)
    {
        announce("memblock_reserve", base, size);
        return add(reserved, base, size, {0, no_node()});
    }

    int free(Address base, Address size)
    {
        announce("memblock_phys_free", base, size);
        record(MBLAB_EFFECT_kmemleak_free_part_phys, base, size);
        return remove(reserved, base, size);
    }

    /// memblock_trim_memory: both ends of each stretch are rounded inwards; the total is not told. Rounding up can
    /// wrap to 0 at the top of the address space: the stretch then covers everything below its end.
    void trim(Address align)
    {
        const bool was_empty = memory.empty();
        memory.filter([&](Region &stretch) {
            const Address start = wrap(round_up(stretch.base, align)), end = round_down(end_of(stretch), align);
            stretch.base = start, stretch.size = end - start;
            return start < end;
        });
        warn_if_emptied(memory, was_empty);
    }

    /// memblock_cap_memory_range: only [base, +size) stays of memory, and whatever is NOMAP. A NOMAP stretch that
    /// crosses a bound is cut there and stays in two. The end for the reserved set wraps, unlike that for memory.
    void cap(Address base, Address size)
    {
        if (!size)
            return;
        if (discarded)
            throw Left{MBLAB_FAULT}; // through the pointer that memblock_discard() cleared
        if (!memory.total)
            return print(4, "memblock_cap_memory_range: No memory registered yet\n");
        if (edit(memory, base, size, [](Attributes old) { return std::optional(old); }, false))
            return;
        const bool was_empty = memory.empty();
        memory.filter([start = base, end = end_from(base, size)](const Region &stretch) {
            return (stretch.flags & NOMAP) || (stretch.base >= start && end_of(stretch) <= end);
        });
        warn_if_emptied(memory, was_empty);
        remove(reserved, 0, base);
        remove(reserved, wrap(base + size), top);
    }

    /// memblock_enforce_memory_limit, memblock_mem_limit_remove_map: so many bytes of memory stay, the lowest.
    void limit_memory(Address bytes, bool keep_nomap)
    {
        if (!bytes)
            return;
        size_t position = 0;
        for (; position < memory.count() && bytes > memory[position].size; position++)
            bytes -= memory[position].size;
        if (position == memory.count() || memory[position].base + bytes == top)
            return;
        const Address end = memory[position].base + bytes;
        if (keep_nomap)
            return cap(0, end);
        remove(memory, end, top);
        remove(reserved, end, top);
    }

    // ---- allocation ----

    /// kernel-doc of memblock_alloc_range_nid: the node, then any node unless exact; all that in mirrored memory first.
    Address allocate(Request want)
    {
        if (slab != MBLAB_SLAB_DOWN) {
            warn_on(!std::exchange(warned_of_slab, true));
            const Address block = take_slab(want.size);
            record(MBLAB_EFFECT_kzalloc_node, block, want.size, static_cast<uint64_t>(want.nid));
            return wrap(block);
        }
        if (!want.align) {
            record(MBLAB_EFFECT_dump_stack);
            want.align = 64; // SMP_CACHE_BYTES
        }
        Address found = 0;
        const auto take = [&](int32_t nid, uint32_t flags) {
            found = find(want, nid, flags);
            return found && reserve(found, want.size) == 0;
        };
        const bool taken = mirrored_first(want.size, [&](uint32_t flags) {
            return take(want.nid, flags) || (valid_node(want.nid) && !want.exact && take(NO_NODE, flags));
        });
        if (!taken)
            return 0;
        if (want.end != NOLEAKTRACE)
            record(MBLAB_EFFECT_kmemleak_alloc_phys, found, want.size);
        record(MBLAB_EFFECT_accept_memory, found, want.size);
        return found;
    }

    Address allocate_range(const Request &want)
    {
        if (debug)
            print(6, "memblock_phys_alloc_range: %lu bytes align=0x%lx from=0x%0*lx max_addr=0x%0*lx 0x0\n", want.size,
                  want.align, digits, want.start, digits, want.end);
        return allocate(want);
    }

    /// kernel-doc of memblock_alloc_internal: never above the limit; when that fails, without the lower bound.
    Address allocate_virtual(const char *function, Request want, bool zero)
    {
        if (debug)
            print(6, "%s: %lu bytes align=0x%lx nid=%d from=0x%0*lx max_addr=0x%0*lx 0x0\n", function, want.size,
                  want.align, want.nid, digits, want.start, digits, want.end);
        want.end = std::min(want.end, limit);
        Address found = allocate(want);
        if (!found && std::exchange(want.start, 0))
            found = allocate(want);
        if (found)
            map(found);
        if (found && zero)
            record(MBLAB_EFFECT_zero, found, want.size);
        return found;
    }

    // ---- walks ----

    /// The next range from place on, upwards or downwards: the kernel-doc of __next_mem_range. An empty gap inside a
    /// stretch is a range too.
    bool next(const Selection &selection, Place &place, Range &out) const
    {
        const bool up = selection.up;
        const uint64_t one = up ? 1 : ~uint64_t(0);
        for (; place.stretch < selection.of->count(); place.stretch += one) {
            const Region &stretch = (*selection.of)[place.stretch];
            const Address start = stretch.base, end = end_of(stretch);
            if (!shows(selection, stretch))
                continue;
            out = {start, end, stretch.nid};
            if (!selection.without) {
                place.stretch += one;
                return true;
            }
            for (; place.gap <= selection.without->count(); place.gap += one) {
                const Range gap = gap_of(*selection.without, place.gap);
                if (up ? gap.start >= end : gap.end <= start)
                    break; // beyond this stretch
                if (up ? gap.end <= start : gap.start >= end)
                    continue; // not there yet
                out = {std::max(start, gap.start), std::min(end, gap.end), stretch.nid};
                // Whichever ends first is done with.
                const bool stretch_is_done = up ? end <= gap.end : start >= gap.start;
                (stretch_is_done ? place.stretch : place.gap) += one;
                return true;
            }
        }
        return false;
    }

    /// The next stretch of memory from place on that has whole pages and the node: __next_mem_pfn_range.
    bool next_pfns(int32_t nid, uint64_t &place, Range &pfns) const
    {
        while (place < memory.count()) {
            const Region &stretch = memory[place++];
            pfns = {pfn_up(stretch.base), pfn_down(end_of(stretch)), stretch.nid};
            if (pfns.start < pfns.end && (!valid_node(nid) || nid == stretch.nid))
                return true;
        }
        return false;
    }

  private:
    struct Holes {
        uint64_t count;
        Address start, end; // of the first, of the last
    };

    /// Count the holes of [base, end), of which there may be at most room. Each one that a stretch ends, warns when
    /// that differs from what is to be added: overlaps are allowed, contradictions are noted.
    void survey(const Collection &set, Address base, Address end, Attributes wanted, uint64_t room, Holes &holes)
    {
        set.each_gap(base, end, [&](Address from, Address to, const Region *stretch) {
            warn_on(stretch && stretch->nid != wanted.nid);
            warn_on(stretch && stretch->flags != wanted.flags);
            if (holes.count == room)
                bug();
            if (!holes.count++)
                holes.start = from;
            holes.end = to;
        });
    }

    /// A set that becomes empty must have the size 0.
    void warn_if_emptied(const Collection &set, bool was_empty)
    {
        warn_on(!was_empty && set.empty() && set.total != 0);
    }

    /// Double the array until it has room for so many more stretches. [base, end) is about to change.
    bool make_room(Collection &set, uint64_t needed, Address base, Address end)
    {
        while (set.count() + needed > set.room)
            if (!grow(set, base, end))
                return false;
        return true;
    }

    /// kernel-doc of memblock_double_array: a new array twice the size; the old one is given back, the new one
    /// reserved. Both are changes of the reserved set like any other, and can have to grow it in turn.
    bool grow(Collection &set, Address base, Address end)
    {
        if (!can_resize) {
            record(MBLAB_EFFECT_panic, 0, 0, 0, std::string("memblock: cannot resize ") + set.name + " array\n");
            throw Left{MBLAB_PANIC};
        }
        const bool use_slab = slab != MBLAB_SLAB_DOWN;
        const Address old_bytes = set.room * region_bytes, bytes = 2 * old_bytes, taken = round_up(bytes, page);
        const bool avoid = &set == &reserved; // what is about to be reserved must not be where its entry goes
        const Address storage = use_slab ? kmalloc(bytes) : find_array(avoid ? base : 0, avoid ? end : 0, taken);
        if (!wrap(storage)) {
            print(3, "memblock: Failed to double %s array from %lu to %lu entries !\n", set.name, set.room,
                  2 * set.room);
            return false;
        }
        if (debug)
            print(6, "memblock: %s is doubled to %lu at [0x%0*lx-0x%0*lx]", set.name, 2 * set.room, digits,
                  wrap(storage), digits, wrap(storage + bytes - 1));
        record(MBLAB_EFFECT_copy, storage, set.storage, old_bytes);
        if (!use_slab)
            occupy(storage);
        record(MBLAB_EFFECT_zero, storage + old_bytes, old_bytes);
        const Address old_storage = std::exchange(set.storage, storage);
        set.room *= 2;
        if (this->*set.in_slab)
            record(MBLAB_EFFECT_kfree, old_storage);
        else if (old_storage != MBLAB_STATIC_ADDR || &set == &physmem) // physmem's first array is not known as static
            free(wrap(old_storage), round_up(old_bytes, page));
        if (!use_slab && reserve(storage, taken) != 0)
            bug();
        this->*set.in_slab = use_slab;
        return true;
    }

    Address kmalloc(Address bytes)
    {
        const Address block = take_slab(bytes);
        record(MBLAB_EFFECT_kmalloc, block, bytes);
        return block;
    }

    /// Where a new array goes: above [base, end), else below; 0 when nowhere.
    Address find_array(Address base, Address end, Address bytes)
    {
        Address found = 0;
        const auto look = [&](Address from, Address to) {
            return mirrored_first(bytes, [&](uint32_t flags) {
                found = find({bytes, page, from, to}, NO_NODE, flags);
                return found != 0;
            });
        };
        if (!look(end, limit) && !(base < end && look(0, std::min(base, limit))))
            return 0;
        record(MBLAB_EFFECT_accept_memory, found, bytes);
        return map(found);
    }

    /// Try mirrored memory when there is any in the system; then, with a message, all memory.
    template <typename Try> bool mirrored_first(Address size, Try attempt)
    {
        if (!has_mirror)
            return attempt(0);
        if (attempt(MIRROR))
            return true;
        print(4, "Could not allocate 0x%0*lx bytes of mirrored memory\n", digits, size);
        return attempt(0);
    }

    /// kernel-doc of memblock_find_in_range_node: the first free range, in the direction, that has room. 0 is none, so
    /// a candidate that wrapped to 0 ends the search as well.
    Address find(const Request &want, int32_t nid, uint32_t flags) const
    {
        const Address start = std::max(want.start, page); // never the first page
        const Address end = std::max(start, want.end <= NOLEAKTRACE ? limit : want.end);
        const Selection free_memory{&memory, &reserved, nid, flags, bottom_up};
        Place place(free_memory);
        for (Range range; next(free_memory, place, range);) {
            const Address low = std::clamp(range.start, start, end), high = std::clamp(range.end, start, end);
            if (bottom_up) {
                const Address candidate = wrap(round_up(low, want.align));
                if (candidate < high && high - candidate >= want.size)
                    return candidate;
            } else if (high >= want.size) {
                const Address candidate = round_down(high - want.size, want.align);
                if (candidate >= low)
                    return candidate;
            }
        }
        return 0;
    }

    /// Whether a walk shows the stretch. Only memory is ever passed over, and not once memblock_discard() has forgotten
    /// which set is memory.
    bool shows(const Selection &selection, const Region &stretch) const
    {
        if (selection.of != &memory || discarded)
            return true;
        const uint32_t is = stretch.flags, wanted = selection.flags;
        return (!valid_node(selection.nid) || selection.nid == stretch.nid) &&
               !(movable_node && (is & ~wanted & HOTPLUG)) && !(wanted & ~is & MIRROR) &&
               !(is & ~wanted & (NOMAP | DRIVER_MANAGED));
    }

    /// Gap n of a set is what lies between its stretches n - 1 and n; empty where they touch.
    Range gap_of(const Collection &set, uint64_t which) const
    {
        return {which ? end_of(set[which - 1]) : 0, which < set.count() ? set[which].base : top, 0};
    }
};

} // namespace mblab::model_detail
