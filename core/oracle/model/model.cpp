// SPDX-License-Identifier: GPL-2.0-or-later
// Which op is which change, walk or question: a line for each. What a handler returns is the result.
#include "core/oracle/model/model.hpp"

#include "core/op/typed.hpp"
#include "core/oracle/model/boot.hpp"

#include <concepts>

namespace mblab {

using namespace model_detail;

namespace {

template <typename Call, typename... Known>
concept one_of = (std::same_as<Call, Known> || ...);

template <typename... Values> mblab_result values(Values... value)
{
    return {MBLAB_RETURNED, sizeof...(value), {static_cast<uint64_t>(value)...}};
}

class Calls : public Boot {
  public:
    using Boot::Boot;

    // ---- changes ----

    int run(const ops::memblock_add &call) { return add(memory_, range(call), {0, state_.no_node()}); }
    int run(const ops::memblock_add_node &call) { return add(memory_, range(call), {call.flags, node(call.nid)}); }
    int run(const ops::memblock_physmem_add &call) { return add(physmem_, range(call), {0, state_.no_node()}); }
    int run(const ops::memblock_remove &call) { return remove(memory_, range(call)); }
    int run(const ops::memblock_reserve &call) { return reserve(call.base, call.size); }
    int run(const ops::memblock_phys_free &call) { return free(call.base, call.size); }
    void run(const ops::memblock_free &call) { wrap(call.ptr) ? free(call.ptr, call.size) : 0; }
    void run(const ops::memblock_free_late &call) { free_late(wrap(call.base), wrap(call.size)); }
    void run(const ops::memblock_allow_resize &) { state_.can_resize = true; }
    void run(const ops::memblock_discard &) { discard(); }
    void run(const ops::memblock_free_all &) { free_all(); }
    void run(const ops::reset_all_zones_managed_pages &) { reset_managed_pages(); }
    int run(const ops::memblock_mark_hotplug &call) { return mark(memory_, range(call), HOTPLUG, 0); }
    int run(const ops::memblock_clear_hotplug &call) { return mark(memory_, range(call), 0, HOTPLUG); }
    int run(const ops::memblock_mark_mirror &call)
    {
        state_.has_mirror |= state_.mirrored_kernelcore;
        return state_.mirrored_kernelcore ? mark(memory_, range(call), MIRROR, 0) : 0;
    }
    int run(const ops::memblock_mark_nomap &call) { return mark(memory_, range(call), NOMAP, 0); }
    int run(const ops::memblock_clear_nomap &call) { return mark(memory_, range(call), 0, NOMAP); }
    int run(const ops::memblock_reserved_mark_noinit &call) { return mark(reserved_, range(call), NOINIT, 0); }
    int run(const ops::memblock_set_node &call) { return set_node(array(call.type), range(call), call.nid); }
    void run(const ops::memblock_trim_memory &call) { trim(wrap(call.align)); }
    void run(const ops::memblock_set_bottom_up &call) { state_.bottom_up = call.enable; }
    void run(const ops::memblock_set_current_limit &call) { state_.current_limit = wrap(call.limit); }
    void run(const ops::memblock_enforce_memory_limit &call) { limit_memory(wrap(call.limit), false); }
    void run(const ops::memblock_cap_memory_range &call) { cap(wrap(call.base), wrap(call.size)); }
    void run(const ops::memblock_mem_limit_remove_map &call) { limit_memory(wrap(call.limit), true); }
    int run(const ops::early_param &call) { return early_param(call.parameter); }

    // ---- allocations ----

    template <typename Call>
        requires one_of<Call, ops::memblock_phys_alloc, ops::memblock_phys_alloc_range, ops::memblock_alloc_range_nid,
                        ops::memblock_phys_alloc_try_nid>
    uint64_t run(const Call &call)
    {
        return allocate(request(call));
    }

    template <typename Call>
        requires one_of<Call, ops::memblock_alloc, ops::memblock_alloc_from, ops::memblock_alloc_low,
                        ops::memblock_alloc_node, ops::memblock_alloc_try_nid>
    uint64_t run(const Call &call)
    {
        return allocate_virtual(request(call), true);
    }

    template <typename Call>
        requires one_of<Call, ops::memblock_alloc_raw, ops::memblock_alloc_try_nid_raw,
                        ops::memblock_alloc_exact_nid_raw>
    uint64_t run(const Call &call)
    {
        return allocate_virtual(request(call), false);
    }

    // ---- questions ----

    bool run(const ops::memblock_validate_numa_coverage &call) { return covered_by_nodes(call.threshold_bytes); }
    bool run(const ops::memblock_has_mirror &) { return state_.has_mirror; }
    bool run(const ops::memblock_bottom_up &) { return state_.bottom_up; }
    uint64_t run(const ops::memblock_get_current_limit &) { return state_.current_limit; }
    uint64_t run(const ops::memblock_phys_mem_size &) { return memory_.set.total; }
    uint64_t run(const ops::memblock_reserved_size &) { return reserved_.set.total; }
    uint64_t run(const ops::memblock_estimated_nr_free_pages &)
    {
        return pfn_down(wrap(memory_.set.total - reserved_.set.total));
    }
    uint64_t run(const ops::memblock_start_of_DRAM &) { return memory_.set.empty() ? 0 : memory_.set[0].base; }
    // Of no memory the kernel reads what lies before its array; the lab does not ask that.
    uint64_t run(const ops::memblock_end_of_DRAM &)
    {
        return memory_.set.empty() ? 0 : end_of(memory_.set.regions().back());
    }
    bool run(const ops::memblock_is_memory &call) { return memory_.set.find(wrap(call.addr)); }
    bool run(const ops::memblock_is_map_memory &call)
    {
        const Region *region = memory_.set.find(wrap(call.addr));
        return region && !(region->flags & NOMAP);
    }
    bool run(const ops::memblock_is_region_memory &call)
    {
        const Interval asked = range(call);
        const Region *region = memory_.set.find(asked.start);
        return region && end_of(*region) >= asked.end;
    }
    bool run(const ops::memblock_is_reserved &call) { return reserved_.set.find(wrap(call.addr)); }
    bool run(const ops::memblock_is_region_reserved &call) { return meets(reserved_, range(call)); }
    bool run(const ops::memblock_overlaps_region &call) { return meets(array(call.type), range(call)); }
    bool run(const ops::memblock_addrs_overlap &call)
    {
        const uint64_t base1 = wrap(call.base1), base2 = wrap(call.base2);
        return base1 < wrap(base2 + call.size2) && base2 < wrap(base1 + call.size1);
    }
    mblab_result run(const ops::memblock_search_pfn_nid &call)
    {
        const Region *found = memory_.set.find(wrap(call.pfn << page_shift));
        return found ? values(found->nid, pfn_down(found->base), pfn_down(end_of(*found))) : values(NO_NODE, 0, 0);
    }
    void run(const ops::memblock_dump_all &) {}
    mblab_result run(const ops::reserve_mem_find_by_name &call)
    {
        const NamedRange *found = find_named(call.name);
        return found ? values(1, found->start, found->size) : values(0, 0, 0);
    }
    int run(const ops::debugfs_show &call)
    {
        const bool has_file = call.file < MBLAB_TYPE_physmem || state_.variant.has(MBLAB_CONFIG_physmap);
        return has_file && call.file != MBLAB_TYPE_none ? 0 : -ENOENT;
    }

    // ---- the machine ----

    void run(const ops::world_slab &call) { state_.slab = call.state % 3; }
    void run(const ops::world_movable_node &call) { state_.movable_node = call.enabled; }
    void run(const ops::world_mirrored_kernelcore &call) { state_.mirrored_kernelcore = call.enabled; }
    void run(const ops::world_max_low_pfn &call) { state_.max_low_pfn = call.pfn; }
    void run(const ops::world_online_nodes &call)
    {
        state_.online_nodes = std::min<uint64_t>(call.nodes, state_.variant.max_nodes);
    }
    void run(const ops::world_budget &call) { state_.budget = call.effects; }

    // ---- regions ----

    bool run(const ops::memblock_is_hotpluggable &call) { return region(call).flags & HOTPLUG; }
    bool run(const ops::memblock_is_mirror &call) { return region(call).flags & MIRROR; }
    bool run(const ops::memblock_is_nomap &call) { return region(call).flags & NOMAP; }
    bool run(const ops::memblock_is_reserved_noinit &call) { return region(call).flags & NOINIT; }
    bool run(const ops::memblock_is_driver_managed &call) { return region(call).flags & DRIVER_MANAGED; }
    int run(const ops::memblock_get_region_node &call) { return region(call).nid; }
    int run(const ops::memblock_set_region_node &call) { return region(call), node(call.nid); } // put back by the lab
    uint64_t run(const ops::memblock_region_memory_base_pfn &call) { return pfn_up(region(call).base); }
    uint64_t run(const ops::memblock_region_memory_end_pfn &call) { return pfn_down(end_of(region(call))); }
    uint64_t run(const ops::memblock_region_reserved_base_pfn &call) { return pfn_down(region(call).base); }
    uint64_t run(const ops::memblock_region_reserved_end_pfn &call) { return pfn_up(end_of(region(call))); }

    // ---- walks ----

    uint64_t run(const ops::for_each_mem_range &call) { return walk(mapped(true), call.at_most, false); }
    uint64_t run(const ops::for_each_mem_range_rev &call) { return walk(mapped(false), call.at_most, false); }
    uint64_t run(const ops::for_each_reserved_mem_range &call) { return walk({&reserved_.set}, call.at_most, false); }
    uint64_t run(const ops::for_each_physmem_range &call) { return walk(physmem_less(call.type), call.at_most, false); }
    uint64_t run(const ops::for_each_free_mem_range &call)
    {
        return walk({&memory_.set, &reserved_.set, call.nid, call.flags}, call.at_most);
    }
    uint64_t run(const ops::for_each_free_mem_range_reverse &call)
    {
        return walk({&memory_.set, &reserved_.set, call.nid, call.flags, false}, call.at_most);
    }
    uint64_t run(const ops::__for_each_mem_range &call) { return walk(pair(call, true), call.at_most); }
    uint64_t run(const ops::__for_each_mem_range_rev &call) { return walk(pair(call, false), call.at_most); }
    uint64_t run(const ops::for_each_mem_region &call) { return walk_regions(memory_.set, call.at_most); }
    uint64_t run(const ops::for_each_reserved_mem_region &call) { return walk_regions(reserved_.set, call.at_most); }
    uint64_t run(const ops::for_each_mem_pfn_range &call)
    {
        uint64_t place = 0;
        return record_each(call.at_most, [&](Range &pfns) { return next_pfns(call.nid, place, pfns); });
    }
    uint64_t run(const ops::for_each_free_mem_pfn_range_in_zone_from &call)
    {
        Place place(0, 0);
        return record_each(call.at_most, [&](Range &pfns) { return next_in_zone(call, place, pfns); });
    }

    mblab_result run(const ops::__next_mem_range &call) { return step(pair(call, true), call.idx); }
    mblab_result run(const ops::__next_mem_range_rev &call) { return step(pair(call, false), call.idx); }
    mblab_result run(const ops::__next_physmem_range &call)
    {
        mblab_result result = step(physmem_less(call.type), call.idx);
        return values(result.value[0], result.value[1], result.value[2]);
    }
    /// The index that a caller holds is that of the region before; -1 is the start and the end.
    mblab_result run(const ops::__next_mem_pfn_range &call)
    {
        uint64_t place = static_cast<uint32_t>(call.idx) + 1u;
        Range pfns{};
        return next_pfns(call.nid, place, pfns) ? values(place - 1, pfns.start, pfns.end, pfns.nid)
                                                : values(-1, 0, 0, 0);
    }
    mblab_result run(const ops::__next_mem_pfn_range_in_zone &call)
    {
        Place place = Place::of_cookie(call.idx);
        Range pfns{};
        return next_in_zone(call, place, pfns) ? values(place.cookie(), pfns.start, pfns.end)
                                               : values(~uint64_t{0}, ~uint64_t{0}, 0);
    }

  private:
    template <typename Call> Interval range(const Call &call) const { return state_.range(call.base, call.size); }
    int32_t node(int32_t nid) const { return state_.is_numa() ? nid : 0; }
    /// An empty interval inside a region meets it.
    static bool meets(const ArrayState &array, Interval at) { return array.set.meets(at.start, at.end); }

    ArrayState *find_array(mblab_type type)
    {
        return type < state_.arrays.size() && state_.arrays[type].max ? &state_.arrays[type] : nullptr;
    }
    /// The array, where a NULL is not allowed.
    ArrayState &array(mblab_type type)
    {
        ArrayState *found = find_array(type);
        if (!found)
            throw Left{MBLAB_FAULT};
        return *found;
    }
    const RegionSet *set_or_null(mblab_type type)
    {
        const ArrayState *found = find_array(type);
        return found ? &found->set : nullptr;
    }

    template <typename Call> const Region &region(const Call &call)
    {
        const ArrayState *found = find_array(call.type);
        const auto index = static_cast<uint64_t>(call.region);
        if (!found || index >= found->set.count())
            throw Left{MBLAB_REFUSED};
        return found->set[index];
    }

    /// What an allocation asks for, by the parameters that it has.
    template <typename Call> Request request(const Call &call) const
    {
        Request want{wrap(call.size), wrap(call.align)};
        if constexpr (requires { call.nid; })
            want.nid = call.nid;
        if constexpr (requires { call.min_addr; })
            want.start = wrap(call.min_addr);
        if constexpr (requires { call.max_addr; })
            want.end = wrap(call.max_addr);
        if constexpr (requires { call.end; })
            want.start = wrap(call.start), want.end = wrap(call.end);
        if constexpr (requires { call.exact_nid; })
            want.exact = call.exact_nid;
        if constexpr (std::same_as<Call, ops::memblock_alloc_exact_nid_raw>)
            want.exact = true;
        if constexpr (std::same_as<Call, ops::memblock_alloc_low>)
            want.end = 0xffffffff; // ARCH_LOW_ADDRESS_LIMIT
        return want;
    }

    Selection mapped(bool up) const { return {&memory_.set, nullptr, NO_NODE, HOTPLUG | DRIVER_MANAGED, up}; }
    Selection physmem_less(mblab_type type) { return {&physmem_.set, set_or_null(type)}; }
    template <typename Call> Selection pair(const Call &call, bool up)
    {
        return {&array(call.type_a).set, set_or_null(call.type_b), call.nid, call.flags, up};
    }

    /// Record each range that advance(range) finds; how many there were.
    template <typename Advance> uint64_t record_each(uint64_t at_most, Advance advance)
    {
        uint64_t steps = 0;
        for (Range range{}; steps < at_most && advance(range); steps++)
            log_.record(MBLAB_EFFECT_range, range.start, range.end, static_cast<uint64_t>(range.nid));
        return steps;
    }

    uint64_t walk(const Selection &all, uint64_t at_most, bool with_nid = true)
    {
        Place place(all);
        return record_each(at_most, [&](Range &range) {
            const bool found = next(all, place, range);
            range.nid = with_nid ? range.nid : 0;
            return found;
        });
    }

    uint64_t walk_regions(const RegionSet &set, uint64_t at_most)
    {
        size_t at = 0;
        return record_each(at_most, [&](Range &range) {
            if (at == set.count())
                return false;
            range = {interval_of(set[at]), set[at].nid};
            at++;
            return true;
        });
    }

    /// One step of a walk that the caller holds the cookie of; all ones is the end, and the start of the way down.
    mblab_result step(const Selection &all, uint64_t cookie) const
    {
        Place place = !all.up && cookie == ~uint64_t{0} ? Place(all) : Place::of_cookie(cookie);
        Range range{};
        return next(all, place, range) ? values(place.cookie(), range.start, range.end, range.nid)
                                       : values(~uint64_t{0}, 0, 0, 0);
    }

    /// kernel-doc of __next_mem_pfn_range_in_zone: whole free pages of the zone's node that lie in the zone.
    template <typename Call> bool next_in_zone(const Call &zone, Place &place, Range &pfns) const
    {
        const uint64_t zone_end = zone.start_pfn + zone.spanned_pages;
        for (Range range; next({&memory_.set, &reserved_.set, zone.nid}, place, range);) {
            const uint64_t start = pfn_up(range.start), end = pfn_down(range.end);
            if (zone.start_pfn >= end || start >= end)
                continue;
            pfns = {{std::max(zone.start_pfn, start), std::min(zone_end, end)}, zone.nid};
            return start < zone_end;
        }
        return false;
    }
};

/// Make the call; its result.
template <typename Call> mblab_result answer(Calls &calls, const Call &call)
{
    if constexpr (!requires { calls.run(call); })
        throw Left{MBLAB_ABSENT};
    else if constexpr (std::same_as<decltype(calls.run(call)), void>)
        return calls.run(call), values();
    else if constexpr (std::same_as<decltype(calls.run(call)), mblab_result>)
        return calls.run(call);
    else
        return values(calls.run(call));
}

} // namespace

void Model::reset()
{
    const State start(state_.variant);
    state_ = start; // by copying, which keeps the memory
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
    const Outcome *first = std::exchange(first_, nullptr);
    log_.begin(first ? first->effect_list() : std::span<const Effect>());
    Calls calls(state_, log_);
    try {
        if (!has(op.kind))
            throw Left{MBLAB_ABSENT};
        outcome_.result = visit(op, [&](const auto &call) { return answer(calls, call); });
    } catch (const Left &left) {
        outcome_.result = {left.exit, 0, {}};
    }
    if (first && first->result.exit == MBLAB_BUDGET) {
        outcome_.result = {MBLAB_BUDGET, 0, {}};
        log_.cut_after(first->effect_list());
    }
    outcome_.effects = log_.effects();
    state();
    return outcome_;
}

const mblab_state &Model::state()
{
    mblab_state &state = outcome_.state;
    for (size_t type = 0; type < state_.arrays.size(); type++)
        if (const auto &[set, max, storage, in_slab] = state_.arrays[type]; max)
            state.type[type] = {set.count(), max, set.total, storage, set.version(), set.regions().data()};
    state.current_limit = state_.current_limit;
    state.totalram = state_.totalram;
    state.region_bytes = static_cast<uint32_t>(state_.region_bytes());
    state.bottom_up = state_.bottom_up;
    return state;
}

} // namespace mblab
