// SPDX-License-Identifier: GPL-2.0-or-later
// Which op is which change, walk or question: a line for each. What a handler returns is the result.
#include "core/oracle/model/model.hpp"

#include "core/oracle/model/boot.hpp"

#include <concepts>

namespace mblab {

using namespace model_detail;

namespace {

template <typename Call, typename... Known>
concept one_of = (std::same_as<Call, Known> || ...);

class Calls : public Boot {
  public:
    using Boot::Boot;
    using Boot::run;

    // ---- changes ----

    int run(const ops::memblock_add &call) { return add(memory_, range(call), {0, state_.no_node()}); }
    int run(const ops::memblock_add_node &call)
    {
        if (call.flags && !dialect_.add_node_takes_flags)
            throw Left{MBLAB_REFUSED};
        return add(memory_, range(call), {call.flags, node(call.nid)});
    }
    int run(const ops::memblock_physmem_add &call) { return add(physmem_, range(call), {0, state_.no_node()}); }
    int run(const ops::memblock_remove &call) { return remove(memory_, range(call)); }
    int run(const ops::memblock_reserve &call) { return add(reserved_, range(call), reservation()); }
    int run(const ops::memblock_reserve_kern &call) { return add(reserved_, range(call), reservation(flag_kern)); }
    int run(const ops::__memblock_reserve &call)
    {
        return add(reserved_, range(call), reservation(call.flags, call.nid));
    }
    int run(const ops::memblock_phys_free &call) { return free(call.base, call.size); }
    void run(const ops::memblock_free &call) { void(wrap(call.ptr) ? free(call.ptr, word(call.size)) : 0); }
    void run(const ops::memblock_allow_resize &) { state_.can_resize = true; }
    int run(const ops::memblock_mark_hotplug &call) { return mark(memory_, range(call), flag_hotplug, 0); }
    int run(const ops::memblock_clear_hotplug &call) { return mark(memory_, range(call), 0, flag_hotplug); }
    int run(const ops::memblock_mark_mirror &call)
    {
        const bool marks = state_.mirrored_kernelcore || dialect_.marks_any_mirror;
        state_.has_mirror |= marks;
        return marks ? mark(memory_, range(call), flag_mirror, 0) : 0;
    }
    int run(const ops::memblock_mark_nomap &call) { return mark(memory_, range(call), flag_nomap, 0); }
    int run(const ops::memblock_clear_nomap &call) { return mark(memory_, range(call), 0, flag_nomap); }
    int run(const ops::memblock_reserved_mark_noinit &call) { return mark(reserved_, range(call), flag_noinit, 0); }
    int run(const ops::memblock_reserved_mark_kern &call) { return mark(reserved_, range(call), flag_kern, 0); }
    int run(const ops::memblock_mark_kho_scratch &call) { return mark(memory_, range(call), flag_kho_scratch, 0); }
    int run(const ops::memblock_clear_kho_scratch &call) { return mark(memory_, range(call), 0, flag_kho_scratch); }
    int run(const ops::memblock_set_node &call) { return set_node(array(call.type), range(call), call.nid); }
    /// Both ends of each region are rounded inwards; the total is not told. Rounding up can wrap to 0 at the top of the
    /// address space: the region then covers everything below its end.
    void run(const ops::memblock_trim_memory &call)
    {
        if (memory_.set.empty())
            return;
        filter_memory([&, align = wrap(call.align)](Region &region) {
            const uint64_t start = wrap(round_up(region.base, align)), end = round_down(end_of(region), align);
            region.base = start, region.size = end - start;
            return start < end;
        });
    }
    void run(const ops::memblock_set_bottom_up &call) { state_.bottom_up = call.enable; }
    void run(const ops::memblock_set_kho_scratch_only &) { state_.scratch_only = state_.variant.has(MBLAB_CONFIG_kho); }
    void run(const ops::memblock_clear_kho_scratch_only &) { state_.scratch_only = false; }
    void run(const ops::memblock_set_current_limit &call) { state_.current_limit = wrap(call.limit); }
    void run(const ops::memblock_enforce_memory_limit &call) { limit_memory(wrap(call.limit), false); }
    void run(const ops::memblock_cap_memory_range &call) { cap(wrap(call.base), wrap(call.size)); }
    void run(const ops::memblock_mem_limit_remove_map &call) { limit_memory(wrap(call.limit), true); }

    // ---- allocations: all that have a size and an alignment ----

    template <typename Call>
        requires requires(Call call) { call.size + call.align; }
    uint64_t run(const Call &call)
    {
        constexpr bool exact = one_of<Call, ops::memblock_alloc_exact_nid_raw>;
        constexpr bool raw = exact || one_of<Call, ops::memblock_alloc_raw, ops::memblock_alloc_try_nid_raw>;
        Request want{wrap(call.size), wrap(call.align), 0, ACCESSIBLE, NO_NODE, exact};
        if constexpr (one_of<Call, ops::memblock_alloc_low>)
            want.end = 0xffffffff; // ARCH_LOW_ADDRESS_LIMIT
        if constexpr (requires { call.nid; })
            want.nid = call.nid;
        if constexpr (requires { call.exact_nid; })
            want.exact_nid = call.exact_nid;
        if constexpr (requires { call.min_addr; })
            want.start = wrap(call.min_addr);
        if constexpr (requires { call.max_addr; })
            want.end = wrap(call.max_addr);
        if constexpr (requires { call.end; })
            want.start = wrap(call.start), want.end = wrap(call.end);
        if (op_info(Call::op_kind).results[0].kind == ParameterKind::addr)
            return allocate(want);
        // kernel-doc of memblock_alloc_internal: never above the limit; when that fails, without the lower bound.
        want.end = std::min(want.end, state_.current_limit);
        const bool from_slab = is_late() && !dialect_.phys_alloc_uses_slab;
        uint64_t found = from_slab ? allocate_slab(want) : allocate(want);
        if (!found && !from_slab && std::exchange(want.start, 0))
            found = allocate(want);
        if (found && !raw)
            log_.record(MBLAB_EFFECT_zero, found, word(want.size)); // memset() takes a size_t
        if (!found && one_of<Call, ops::memblock_alloc_or_panic>)
            log_.leave(MBLAB_EFFECT_panic, MBLAB_PANIC);
        return found;
    }
    uint64_t run(const ops::memblock_alloc_hugetlb &call)
    {
        return allocate_huge(wrap(call.size), call.nid, call.exact_nid);
    }

    // ---- questions ----

    bool run(const ops::memblock_has_mirror &) { return state_.has_mirror; }
    bool run(const ops::memblock_bottom_up &) { return state_.bottom_up; }
    uint64_t run(const ops::memblock_get_current_limit &) { return state_.current_limit; }
    uint64_t run(const ops::memblock_phys_mem_size &) { return memory_.set.total; }
    uint64_t run(const ops::memblock_reserved_size &) { return reserved_.set.total; }
    uint64_t run(const ops::memblock_estimated_nr_free_pages &)
    {
        const uint64_t taken =
            dialect_.estimate_counts_kern ? reserved_size(flag_kern, state_.top(), NO_NODE) : reserved_.set.total;
        return word(pfn_down(wrap(memory_.set.total - taken)));
    }
    uint64_t run(const ops::memblock_reserved_kern_size &call)
    {
        return reserved_size(flag_kern, wrap(call.limit), call.nid);
    }
    uint64_t run(const ops::memblock_reserved_hugetlb_size &call)
    {
        return reserved_size(flag_hugetlb, wrap(call.limit), call.nid);
    }
    uint64_t run(const ops::memblock_start_of_DRAM &) { return memory_.set.empty() ? 0 : memory_.set[0].base; }
    /// Of no memory the kernel reads what lies before its array; the lab does not ask that.
    uint64_t run(const ops::memblock_end_of_DRAM &)
    {
        return memory_.set.empty() ? 0 : end_of(memory_.set.regions().back());
    }
    bool run(const ops::memblock_is_memory &call) { return memory_.set.find(wrap(call.addr)); }
    bool run(const ops::memblock_is_map_memory &call)
    {
        const Region *region = memory_.set.find(wrap(call.addr));
        return region && !(region->flags & flag_nomap);
    }
    bool run(const ops::memblock_is_region_memory &call)
    {
        const Region *region = memory_.set.find(range(call).start);
        return region && end_of(*region) >= range(call).end;
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
        const Region *found = memory_.set.find(wrap(word(call.pfn) << page_shift));
        return found ? values(found->nid, pfn_down(found->base), pfn_down(end_of(*found))) : values(NO_NODE, 0, 0);
    }
    bool run(const ops::memblock_validate_numa_coverage &call)
    {
        uint64_t bytes = 0;
        Place place{};
        for (Range pfns; next(all_memory({}, every_page), place, pfns);)
            bytes += state_.is_valid_node(pfns.nid) ? 0 : pfns.size() << page_shift;
        return word(bytes) <= word(call.threshold_bytes);
    }
    bool run(const ops::memblock_is_kho_scratch_memory &call)
    {
        const Region *region = memory_.set.find(wrap(call.addr));
        return state_.variant.has(MBLAB_CONFIG_kho) && region && region->flags & flag_kho_scratch;
    }
    void run(const ops::memmap_init_kho_scratch_pages &) {} // it puts nothing off in the lab
    // Reports are texts.
    void run(const ops::memblock_dump_all &) {}
    int run(const ops::debugfs_show &) { return run(ops::debugfs_show_reserve_mem()), 0; }
    /// The first call that reads debugfs makes its files, this one if there is something to show.
    int run(const ops::debugfs_show_reserve_mem &)
    {
        if (!state_.shows_names)
            state_.shows_names = !state_.names.empty();
        return *state_.shows_names ? 0 : -ENOENT;
    }

    // ---- the machine ----

    void run(const ops::world_slab &call) { state_.slab = call.state; }
    void run(const ops::world_movable_node &call) { state_.movable_node = call.enabled; }
    void run(const ops::world_mirrored_kernelcore &call) { state_.mirrored_kernelcore = call.enabled; }
    void run(const ops::world_max_low_pfn &call) { state_.max_low_pfn = word(call.pfn); }
    void run(const ops::world_online_nodes &call)
    {
        state_.online_nodes = std::min<uint64_t>(call.nodes, state_.variant.max_nodes);
    }
    void run(const ops::world_deferred_pages &call) { state_.deferred_pages = call.enabled; }
    void run(const ops::world_kho_overlap &call) { state_.add_kho_scratch(call.base, call.size); }
    void run(const ops::world_budget &) {} // it spends nothing

    // ---- regions ----

    bool run(const ops::memblock_is_hotpluggable &call) { return region(call).flags & flag_hotplug; }
    bool run(const ops::memblock_is_mirror &call) { return region(call).flags & flag_mirror; }
    bool run(const ops::memblock_is_nomap &call) { return region(call).flags & flag_nomap; }
    bool run(const ops::memblock_is_reserved_noinit &call) { return region(call).flags & flag_noinit; }
    bool run(const ops::memblock_is_driver_managed &call) { return region(call).flags & flag_driver_managed; }
    bool run(const ops::memblock_is_kho_scratch &call) { return region(call).flags & flag_kho_scratch; }
    int run(const ops::memblock_get_region_node &call) { return region(call).nid; }
    int run(const ops::memblock_set_region_node &call) { return region(call), node(call.nid); } // put back by the lab
    uint64_t run(const ops::memblock_region_memory_base_pfn &call) { return pfn_up(region(call).base); }
    uint64_t run(const ops::memblock_region_memory_end_pfn &call) { return pfn_down(end_of(region(call))); }
    uint64_t run(const ops::memblock_region_reserved_base_pfn &call) { return pfn_down(region(call).base); }
    uint64_t run(const ops::memblock_region_reserved_end_pfn &call) { return pfn_up(end_of(region(call))); }

    // ---- walks ----

    auto run(const ops::for_each_mem_range &call) { return walk(mapped(true), call, 0); }
    auto run(const ops::for_each_mem_range_rev &call) { return walk(mapped(false), call, 0); }
    auto run(const ops::for_each_reserved_mem_range &call) { return walk({&reserved_}, call, 0); }
    auto run(const ops::for_each_physmem_range &call) { return walk(physmem(call), call, 0); }
    auto run(const ops::for_each_free_mem_range &call) { return walk(unreserved(call, true), call); }
    auto run(const ops::for_each_free_mem_range_reverse &call) { return walk(unreserved(call, false), call); }
    auto run(const ops::__for_each_mem_range &call) { return walk(pair(call, true), call); }
    auto run(const ops::__for_each_mem_range_rev &call) { return walk(pair(call, false), call); }
    auto run(const ops::for_each_mem_region &call) { return walk(all_memory(), call); }
    auto run(const ops::for_each_reserved_mem_region &call) { return walk({&reserved_}, call); }
    auto run(const ops::for_each_mem_pfn_range &call) { return walk(pages(call.nid), call); }
    auto run(const ops::for_each_free_mem_pfn_range_in_zone_from &call) { return walk(zone(call), call, call.nid); }
    auto run(const ops::__next_mem_range &call) { return step(pair(call, true), call); }
    auto run(const ops::__next_mem_range_rev &call) { return step(pair(call, false), call); }
    auto run(const ops::__next_physmem_range &call) { return step(physmem(call), call, 3); }
    auto run(const ops::__next_mem_pfn_range_in_zone &call)
    {
        mblab_result result = step(zone(call), call, 3);
        result.value[1] |= result.value[0] == ~uint64_t{0} ? ~uint64_t{0} : 0; // the end has this for a start
        return result;
    }
    /// The index that a caller holds is that of the region before; -1 is the start and the end.
    auto run(ops::__next_mem_pfn_range call)
    {
        call.idx++;
        mblab_result result = step(pages(call.nid), call);
        result.value[0] -= result.value[0] == ~uint64_t{0} ? 0 : 1;
        return result;
    }

  private:
    template <typename Call> Interval range(const Call &call) const { return state_.range(call.base, call.size); }
    /// An empty interval inside a region meets it.
    static bool meets(const ArrayState &array, Interval at) { return array.set.meets(at.start, at.end); }
    ArrayState &array(mblab_type type) { return state_.arrays[type]; }
    const ArrayState *array_or_null(mblab_type type) { return type == MBLAB_TYPE_none ? nullptr : &array(type); }

    template <typename Call> const Region &region(const Call &call)
    {
        const ArrayState *array = array_or_null(call.type);
        if (!array || static_cast<uint64_t>(call.region) >= listed(*array).size())
            throw Left{MBLAB_REFUSED};
        return listed(*array)[static_cast<size_t>(call.region)];
    }

    /// Bytes of reservations with the flag below the limit and, where the node is valid, for it.
    uint64_t reserved_size(uint32_t flag, uint64_t limit, int32_t nid) const
    {
        uint64_t bytes = 0;
        for (const Region &region : reserved_.set.regions())
            if (region.flags & flag && (!state_.is_valid_node(nid) || region.nid == nid))
                bytes += Interval{region.base, std::min(end_of(region), limit)}.size();
        return bytes;
    }

    Selection mapped(bool up) const { return {&memory_, nullptr, {}, flag_hotplug | flag_driver_managed, up}; }
    template <typename Call> Selection physmem(const Call &call) { return {&physmem_, array_or_null(call.type)}; }
    template <typename Call> Selection unreserved(const Call &call, bool up)
    {
        return free_memory(wanted_node(call.nid, up ? of_walks_up : of_walks_down), call.flags, up);
    }
    template <typename Call> Selection pair(const Call &call, bool up)
    {
        return {&array(call.type_a), array_or_null(call.type_b),
                wanted_node(call.nid, up ? of_walks_up : of_walks_down), call.flags, up};
    }
    template <typename Call> Selection zone(const Call &call)
    {
        Selection zone = free_memory(wanted_node(call.nid, of_walks_up));
        zone.pages = {call.start_pfn, call.start_pfn + call.spanned_pages};
        return zone;
    }
    /// Whole pages of a node, or of any.
    Selection pages(int32_t nid) const
    {
        const bool is_any =
            dialect_.invalid_node_is_any ? !state_.is_valid_node(nid) : std::cmp_equal(nid, state_.variant.max_nodes);
        return all_memory(is_any ? Node() : nid, every_page);
    }

    /// Record the ranges; how many there were. They are said to be on this node, or on their own.
    template <typename Call> uint64_t walk(const Selection &all, const Call &call, std::optional<int32_t> nid = {})
    {
        Place place = start_of(all);
        uint64_t steps = 0;
        for (Range range{}; steps < call.at_most && next(all, place, range); steps++)
            log_.record(MBLAB_EFFECT_range, range.start, range.end, static_cast<uint64_t>(nid.value_or(range.nid)));
        return steps;
    }

    /// One step of a walk that the caller holds the cookie of; all ones is the end, and the start of the way down.
    template <typename Call> mblab_result step(const Selection &all, const Call &call, uint32_t results = 4) const
    {
        const auto cookie = static_cast<uint64_t>(call.idx);
        Place place{static_cast<uint32_t>(cookie), static_cast<uint32_t>(cookie >> 32)};
        if (!all.up && cookie == ~uint64_t{0})
            place = start_of(all);
        Range range{};
        const bool found = next(all, place, range);
        mblab_result result = found ? values(place.cookie(), range.start, range.end, range.nid) : values(-1, 0, 0, 0);
        result.count = results;
        return result;
    }
};

/// Make the call; its result.
template <typename Call> mblab_result answer(Calls &calls, const Call &call)
{
    if constexpr (Call::op_family == Family::history)
        throw Left{MBLAB_ABSENT};
    else if constexpr (std::same_as<decltype(calls.run(call)), void>)
        return calls.run(call), values();
    else if constexpr (std::same_as<decltype(calls.run(call)), mblab_result>)
        return calls.run(call);
    else
        return values(calls.run(call));
}

} // namespace

bool Model::has(uint16_t kind) const
{
    constexpr std::pair<mblab_op_kind, uint32_t> needs[] = {
        {MBLAB_OP_memblock_physmem_add, MBLAB_CONFIG_physmap},
        {MBLAB_OP_for_each_physmem_range, MBLAB_CONFIG_physmap},
        {MBLAB_OP___next_physmem_range, MBLAB_CONFIG_physmap},
        {MBLAB_OP_for_each_free_mem_pfn_range_in_zone_from, MBLAB_CONFIG_deferred},
        {MBLAB_OP___next_mem_pfn_range_in_zone, MBLAB_CONFIG_deferred},
        {MBLAB_OP_debugfs_show, MBLAB_CONFIG_keep | MBLAB_CONFIG_debugfs},
        {MBLAB_OP_debugfs_show_reserve_mem, MBLAB_CONFIG_debugfs},
        {MBLAB_OP_reserve_mem_init, MBLAB_CONFIG_handover},
    };
    const auto lacks = [=, this](const auto &row) {
        return row.first == kind && (variant().config & row.second) != row.second;
    };
    return kind < MBLAB_OP_COUNT && !is_of_history(kind) && dialect().functions[kind] &&
           std::ranges::none_of(needs, lacks);
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
    outcome_.effects = log_.effects();
    state();
    return outcome_;
}

} // namespace mblab
