// SPDX-License-Identifier: GPL-2.0-or-later
// Which op is which change, walk or question.
#include "core/oracle/model/model.hpp"

#include "core/oracle/model/boot.hpp"

namespace mblab {

using namespace model_detail;

class Model::Calls : public Boot {
  public:
    Outcome outcome;

    using Boot::Boot;

    void run(const Op &op)
    {
        op_ = &op;
        switch (op_info(op.kind).family) {
        case Family::basic:
        case Family::buddy:
        case Family::attributes:
        case Family::limits:
            return change();
        case Family::alloc:
            return allocation();
        case Family::iterate:
            return iterate();
        case Family::region:
            return region();
        default:
            return ask();
        }
    }

    Collection *set_of(uint64_t type)
    {
        if (type == MBLAB_TYPE_physmem && variant.has(MBLAB_CONFIG_physmap))
            return &physmem;
        return type == MBLAB_TYPE_memory ? &memory : type == MBLAB_TYPE_reserved ? &reserved : nullptr;
    }

  private:
    // Arguments, as wide as the kernel's parameters.
    Address addr(size_t which) const { return wrap(op_->arg[which]); }
    int32_t nid(size_t which) const { return static_cast<int32_t>(op_->arg[which]); }
    uint32_t flags(size_t which) const { return static_cast<uint32_t>(op_->arg[which]); }

    template <typename... Values> void give(Values... values)
    {
        outcome.result = {MBLAB_RETURNED, sizeof...(values), {static_cast<uint64_t>(values)...}};
    }

    /// The set, where a NULL is not allowed.
    Collection &need_set(uint64_t type)
    {
        Collection *set = set_of(type);
        if (!set)
            throw Left{MBLAB_FAULT};
        return *set;
    }

#define CASE(name, ...)                                                                                                \
    case MBLAB_OP_##name:                                                                                              \
        return __VA_ARGS__

    void change()
    {
        const Address base = addr(0), size = addr(1);
        switch (op_->kind) {
            CASE(memblock_add, add_anywhere("memblock_add", memory));
            CASE(memblock_add_node, add_node());
            CASE(memblock_remove, announce("memblock_remove", base, size), give(remove(memory, base, size)));
            CASE(memblock_physmem_add, add_anywhere("memblock_physmem_add", physmem));
            CASE(memblock_reserve, give(reserve(base, size)));
            CASE(memblock_phys_free, give(free(base, size)));
            CASE(memblock_free, void(base ? free(map(base), size) : 0));
            CASE(memblock_free_late, free_late(base, size));
            CASE(memblock_allow_resize, void(can_resize = true));
            CASE(memblock_discard, discard());
            CASE(memblock_free_all, free_all());
            CASE(reset_all_zones_managed_pages, reset_managed_pages());
            CASE(memblock_mark_hotplug, give(mark(memory, base, size, HOTPLUG, 0)));
            CASE(memblock_clear_hotplug, give(mark(memory, base, size, 0, HOTPLUG)));
            CASE(memblock_mark_mirror, give(mark_mirror()));
            CASE(memblock_mark_nomap, give(mark(memory, base, size, NOMAP, 0)));
            CASE(memblock_clear_nomap, give(mark(memory, base, size, 0, NOMAP)));
            CASE(memblock_reserved_mark_noinit, give(mark(reserved, base, size, NOINIT, 0)));
            CASE(memblock_set_node, give(numa ? set_node(need_set(op_->arg[2]), base, size, nid(3)) : 0));
            CASE(memblock_trim_memory, trim(base));
            CASE(memblock_set_bottom_up, void(bottom_up = op_->arg[0]));
            CASE(memblock_set_current_limit, void(limit = base));
            CASE(memblock_enforce_memory_limit, limit_memory(base, false));
            CASE(memblock_cap_memory_range, cap(base, size));
            CASE(memblock_mem_limit_remove_map, limit_memory(base, true));
        }
    }

    void add_anywhere(const char *function, Collection &set)
    {
        announce(function, addr(0), addr(1));
        give(add(set, addr(0), addr(1), {0, no_node()}));
    }

    void add_node()
    {
        if (debug)
            print(6, "memblock_add_node: [0x%0*lx-0x%0*lx] nid=%d flags=%x 0x0\n", digits, addr(0), digits,
                  wrap(addr(0) + addr(1) - 1), nid(2), flags(3));
        give(add(memory, addr(0), addr(1), {flags(3), node(nid(2))}));
    }

    int mark_mirror()
    {
        has_mirror = has_mirror || mirrored_kernelcore;
        return mirrored_kernelcore ? mark(memory, addr(0), addr(1), MIRROR, 0) : 0;
    }

    void allocation()
    {
        constexpr const char *zeroed = "memblock_alloc_try_nid", *raw = "memblock_alloc_try_nid_raw";
        constexpr Address low_limit = 0xffffffff; // ARCH_LOW_ADDRESS_LIMIT
        const Address size = addr(0), align = addr(1), start = addr(2), end = addr(3);
        const Request any{size, align}, on_node{size, align, 0, ACCESSIBLE, nid(2)}, range{size, align, start, end};
        const Request range_on_node{size, align, start, end, nid(4)}, exact{size, align, start, end, nid(4), true};
        switch (op_->kind) {
            CASE(memblock_phys_alloc, give(allocate_range(any)));
            CASE(memblock_phys_alloc_range, give(allocate_range(range)));
            CASE(memblock_alloc_range_nid, give(allocate(op_->arg[5] ? exact : range_on_node)));
            CASE(memblock_phys_alloc_try_nid, give(allocate(on_node)));
            CASE(memblock_alloc, give(allocate_virtual(zeroed, any, true)));
            CASE(memblock_alloc_raw, give(allocate_virtual(raw, any, false)));
            CASE(memblock_alloc_from, give(allocate_virtual(zeroed, {size, align, start}, true)));
            CASE(memblock_alloc_low, give(allocate_virtual(zeroed, {size, align, 0, low_limit}, true)));
            CASE(memblock_alloc_node, give(allocate_virtual(zeroed, on_node, true)));
            CASE(memblock_alloc_try_nid, give(allocate_virtual(zeroed, range_on_node, true)));
            CASE(memblock_alloc_try_nid_raw, give(allocate_virtual(raw, range_on_node, false)));
            CASE(memblock_alloc_exact_nid_raw, give(allocate_virtual("memblock_alloc_exact_nid_raw", exact, false)));
        }
    }

    void ask()
    {
        const Address base = addr(0), size = addr(1), last = addr(2);
        const uint64_t value = op_->arg[0];
        const Region *at = memory.find(base);
        switch (op_->kind) {
            CASE(memblock_validate_numa_coverage, give(covered_by_nodes(value)));
            CASE(memblock_has_mirror, give(has_mirror));
            CASE(memblock_bottom_up, give(bottom_up));
            CASE(memblock_get_current_limit, give(limit));
            CASE(memblock_phys_mem_size, give(memory.total));
            CASE(memblock_reserved_size, give(reserved.total));
            CASE(memblock_estimated_nr_free_pages, give(pfn_down(wrap(memory.total - reserved.total))));
            CASE(memblock_start_of_DRAM, give(memory.empty() ? 0 : memory[0].base));
            // Of no memory the kernel reads what lies before its array; the lab does not ask that.
            CASE(memblock_end_of_DRAM, give(memory.empty() ? 0 : end_of(memory.regions().back())));
            CASE(memblock_is_memory, give(at != nullptr));
            CASE(memblock_is_map_memory, give(at && !(at->flags & NOMAP)));
            CASE(memblock_is_region_memory, give(at && end_of(*at) >= end_from(base, size)));
            CASE(memblock_is_reserved, give(reserved.find(base) != nullptr));
            CASE(memblock_is_region_reserved, give(reserved.meets(base, end_from(base, size))));
            CASE(memblock_overlaps_region, give(need_set(value).meets(size, end_from(size, last))));
            CASE(memblock_addrs_overlap, give(base < wrap(last + addr(3)) && last < wrap(base + size)));
            CASE(memblock_search_pfn_nid, search_pfn());
            CASE(memblock_dump_all, dump_all());
            CASE(early_param, give(Boot::early_param(op_->text)));
            CASE(reserve_mem_find_by_name, search_name());
            CASE(debugfs_show, give(show(set_of(value & 3))));
            CASE(world_slab, void(slab = value % 3));
            CASE(world_movable_node, void(movable_node = value));
            CASE(world_mirrored_kernelcore, void(mirrored_kernelcore = value));
            CASE(world_max_low_pfn, void(max_low_pfn = value));
            CASE(world_online_nodes, void(online_nodes = std::min<uint64_t>(value, variant.max_nodes)));
            CASE(world_budget, void(budget = value));
        }
    }

    void search_pfn()
    {
        const Region *found = memory.find(wrap(op_->arg[0] << page_shift));
        found ? give(found->nid, pfn_down(found->base), pfn_down(end_of(*found))) : give(NO_NODE, 0, 0);
    }

    void search_name()
    {
        const NamedReservation *found = find_named(op_->text);
        found ? give(1, found->start, found->size) : give(0, 0, 0);
    }

    void region()
    {
        const Collection *set = set_of(op_->arg[0]);
        if (!set || op_->arg[1] >= set->count())
            throw Left{MBLAB_REFUSED};
        const Region &region = (*set)[op_->arg[1]];
        switch (op_->kind) {
            CASE(memblock_is_hotpluggable, give((region.flags & HOTPLUG) != 0));
            CASE(memblock_is_mirror, give((region.flags & MIRROR) != 0));
            CASE(memblock_is_nomap, give((region.flags & NOMAP) != 0));
            CASE(memblock_is_reserved_noinit, give((region.flags & NOINIT) != 0));
            CASE(memblock_is_driver_managed, give((region.flags & DRIVER_MANAGED) != 0));
            CASE(memblock_get_region_node, give(region.nid));
            CASE(memblock_set_region_node, give(node(nid(2)))); // the adapter puts the old one back
            CASE(memblock_region_memory_base_pfn, give(pfn_up(region.base)));
            CASE(memblock_region_memory_end_pfn, give(pfn_down(end_of(region))));
            CASE(memblock_region_reserved_base_pfn, give(pfn_down(region.base)));
            CASE(memblock_region_reserved_end_pfn, give(pfn_up(end_of(region))));
        }
    }

    // ---- walks ----

    void iterate()
    {
        const uint64_t *arg = op_->arg;
        const Selection free_up{&memory, &reserved, nid(0), flags(1)},
            free_down{&memory, &reserved, nid(0), flags(1), false};
        const uint32_t mapped = HOTPLUG | DRIVER_MANAGED;
        const auto pair = [&](size_t types, size_t filter, bool up) {
            return Selection{&need_set(arg[types]), set_of(arg[types + 1]), nid(filter), flags(filter + 1), up};
        };
        switch (op_->kind) {
            CASE(for_each_mem_range, walk({&memory, nullptr, NO_NODE, mapped}, arg[0], false));
            CASE(for_each_mem_range_rev, walk({&memory, nullptr, NO_NODE, mapped, false}, arg[0], false));
            CASE(for_each_reserved_mem_range, walk({&reserved, nullptr}, arg[0], false));
            CASE(for_each_physmem_range, walk({&physmem, set_of(arg[0])}, arg[1], false));
            CASE(for_each_free_mem_range, walk(free_up, arg[2]));
            CASE(for_each_free_mem_range_reverse, walk(free_down, arg[2]));
            CASE(__for_each_mem_range, walk(pair(0, 2, true), arg[4]));
            CASE(__for_each_mem_range_rev, walk(pair(0, 2, false), arg[4]));
            CASE(for_each_mem_pfn_range, walk_pfns());
            CASE(for_each_mem_region, walk_stretches(memory));
            CASE(for_each_reserved_mem_region, walk_stretches(reserved));
            CASE(for_each_free_mem_pfn_range_in_zone_from, walk_zone());
            CASE(__next_mem_range, step(pair(3, 1, true)));
            CASE(__next_mem_range_rev, step(pair(3, 1, false)));
            CASE(__next_physmem_range, step({&physmem, set_of(arg[1])}, false));
            CASE(__next_mem_pfn_range, step_pfns());
            CASE(__next_mem_pfn_range_in_zone, step_zone());
        }
    }
#undef CASE

    /// Record each range that advance(range) finds, and give how many there were.
    template <typename Advance> void record_each(uint64_t at_most, Advance advance)
    {
        uint64_t steps = 0;
        for (Range range{}; advance(range) && steps < at_most; steps++)
            record(MBLAB_EFFECT_range, range.start, range.end, static_cast<uint64_t>(range.nid));
        give(steps);
    }

    void walk(const Selection &selection, uint64_t at_most, bool with_nid = true)
    {
        Place place(selection);
        record_each(at_most, [&](Range &range) {
            const bool found = next(selection, place, range);
            range.nid = with_nid ? range.nid : 0;
            return found;
        });
    }

    void walk_stretches(const Collection &set)
    {
        size_t position = 0;
        record_each(op_->arg[0], [&](Range &range) {
            if (position == set.count())
                return false;
            range = {set[position].base, end_of(set[position]), set[position].nid};
            position++;
            return true;
        });
    }

    /// One step of a walk that the caller holds the cookie of; all ones is the end, and the start of the way down.
    void step(const Selection &selection, bool with_nid = true)
    {
        const uint64_t cookie = op_->arg[0];
        const bool from_the_top = !selection.up && cookie == ~uint64_t(0);
        Place place = from_the_top ? Place(selection) : Place::of_cookie(cookie);
        Range range{};
        const bool found = next(selection, place, range);
        if (!found)
            range = {};
        const uint64_t then = found ? place.cookie() : ~uint64_t(0);
        with_nid ? give(then, range.start, range.end, range.nid) : give(then, range.start, range.end);
    }

    void walk_pfns()
    {
        uint64_t place = 0;
        record_each(op_->arg[1], [&](Range &pfns) { return next_pfns(nid(0), place, pfns); });
    }

    /// The index that a caller holds is that of the stretch before; -1 is the start and the end.
    void step_pfns()
    {
        uint64_t place = static_cast<uint32_t>(op_->arg[0]) + 1u;
        Range pfns{};
        next_pfns(nid(1), place, pfns) ? give(place - 1, pfns.start, pfns.end, pfns.nid) : give(-1, 0, 0, 0);
    }

    struct Zone {
        int32_t nid;
        uint64_t start, pages;
    };

    /// kernel-doc of __next_mem_pfn_range_in_zone: whole free pages of the zone's node that lie in the zone.
    bool next_in_zone(const Zone &zone, Place &place, Range &pfns) const
    {
        const uint64_t zone_end = zone.start + zone.pages;
        for (Range range; next({&memory, &reserved, zone.nid}, place, range);) {
            const uint64_t start = pfn_up(range.start), end = pfn_down(range.end);
            if (zone.start >= end || start >= end)
                continue;
            pfns = {std::max(zone.start, start), std::min(zone_end, end), zone.nid};
            return start < zone_end;
        }
        return false;
    }

    void walk_zone()
    {
        const Zone zone{nid(0), op_->arg[1], op_->arg[2]};
        Place place(0, 0);
        record_each(op_->arg[3], [&](Range &pfns) { return next_in_zone(zone, place, pfns); });
    }

    void step_zone()
    {
        Place place = Place::of_cookie(op_->arg[0]);
        Range pfns{};
        const bool found = next_in_zone({nid(1), op_->arg[2], op_->arg[3]}, place, pfns);
        found ? give(place.cookie(), pfns.start, pfns.end) : give(~uint64_t(0), ~uint64_t(0), 0);
    }

    const Op *op_ = nullptr;
};

Model::Model(const Variant &variant) : calls_(std::make_unique<Calls>(variant))
{
    reset();
}

Model::Model(const Model &other) : calls_(std::make_unique<Calls>(*other.calls_)) {}

Model &Model::operator=(const Model &other)
{
    calls_ = std::make_unique<Calls>(*other.calls_);
    return *this;
}

Model::~Model() = default;

const Variant &Model::variant() const
{
    return calls_->variant;
}

void Model::reset()
{
    calls_->reset();
}

bool Model::has(uint16_t kind) const
{
    switch (kind) {
    case MBLAB_OP_memblock_physmem_add:
    case MBLAB_OP_for_each_physmem_range:
    case MBLAB_OP___next_physmem_range:
        return variant().has(MBLAB_CONFIG_physmap);
    case MBLAB_OP_for_each_free_mem_pfn_range_in_zone_from:
    case MBLAB_OP___next_mem_pfn_range_in_zone:
        return variant().has(MBLAB_CONFIG_deferred);
    case MBLAB_OP_debugfs_show:
        return variant().has(MBLAB_CONFIG_keep) && variant().has(MBLAB_CONFIG_debugfs);
    default:
        return kind < MBLAB_OP_COUNT && op_info(kind).speakers == Speakers::all;
    }
}

const Outcome &Model::run(const Op &op)
{
    Outcome &outcome = calls_->outcome;
    calls_->begin();
    outcome.result = {MBLAB_RETURNED, 0, {}};
    try {
        if (!has(op.kind))
            throw Left{MBLAB_ABSENT};
        calls_->run(op);
    } catch (const Left &left) {
        outcome.result = {left.exit, 0, {}};
    }
    outcome.effects = calls_->effects();
    state();
    return outcome;
}

const mblab_state &Model::state()
{
    mblab_state &state = calls_->outcome.state;
    for (const uint64_t type : {MBLAB_TYPE_memory, MBLAB_TYPE_reserved, MBLAB_TYPE_physmem})
        if (const Collection *set = calls_->set_of(type))
            state.type[type] = {set->count(), set->room,      set->total,
                                set->storage, set->version(), set->regions().data()};
    state.current_limit = calls_->limit;
    state.totalram = calls_->totalram;
    state.region_bytes = calls_->region_bytes;
    state.bottom_up = calls_->bottom_up;
    return state;
}

} // namespace mblab
