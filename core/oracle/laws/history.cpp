// SPDX-License-Identifier: GPL-2.0-or-later
// What memblock's predecessors guarantee. A page is the unit of all but nobootmem, and a page that two small blocks
// share is nobody's alone.
#include "core/oracle/laws/call.hpp"

#include "core/op/bootmem.hpp"

#include <bit>

namespace mblab::law {
namespace {

constexpr std::string_view alloc_source = "mm/bootmem.c, kernel-doc of __alloc_bootmem(), __alloc_bootmem_node()";
constexpr std::string_view reserve_source = "mm/bootmem.c, kernel-doc of reserve_bootmem(), reserve_bootmem_node()";
constexpr std::string_view free_source = "mm/bootmem.c, kernel-doc of free_bootmem(), free_bootmem_node()";
constexpr std::string_view all_source = "mm/bootmem.c, kernel-doc of free_all_bootmem()";
constexpr std::string_view book = "Gorman, Understanding the Linux Virtual Memory Manager, 5.4: allocating memory";

/// What was asked for. A bump's request has neither goal nor limit.
BootmemRequest asked(const Call &call)
{
    if (is<ops::bump_take>(call.op))
        return {.size = ops::bump_take::of(call.op).size, .align = ops::bump_take::of(call.op).align};
    return *bootmem_request(call.op);
}

bool allocates(uint16_t kind)
{
    Op op{};
    op.kind = kind;
    return kind == MBLAB_OP_bump_take || bootmem_request(op);
}

constexpr uint64_t page_down(uint64_t address)
{
    return address & ~(page_size - 1);
}

/// Whether pages are the unit: then nodes have maps, which are shown as physmem.
bool has_maps(const Call &call)
{
    return !call.before.variant.has(MBLAB_CONFIG_physmap) && !call.old_regions(MBLAB_TYPE_physmem).empty();
}

Interval block(const Call &call)
{
    return {call.value(), call.value() + asked(call).size};
}

/// Whether it gave memory of its own, and not the slab's, nor none.
bool is_placed(const Call &call)
{
    return call.value() && asked(call).size && !call.slab_is_up();
}

/// The whole pages of a range.
Interval inner(uint64_t start, uint64_t end)
{
    const uint64_t first = pfn_up(start), last = pfn_down(end);
    return first < last ? Interval{first * page_size, last * page_size} : Interval{};
}

/// What the block takes: the whole of it, or the pages that it does not share.
Interval taken(const Call &call)
{
    const Interval all = block(call);
    return has_maps(call) ? Interval{page_align(all.start), page_align(all.end)} : all;
}

Verdict once(const Call &call)
{
    return is_placed(call) ? was_unreserved(call, taken(call)) : not_applicable;
}

Verdict inside(const Call &call)
{
    return is_placed(call) ? was_memory(call, block(call)) : not_applicable;
}

Verdict kept_for_it(const Call &call)
{
    if (!is_placed(call))
        return not_applicable;
    return covers(call.new_regions(MBLAB_TYPE_reserved), taken(call))
               ? holds
               : violated("{:#x}-{:#x} is free afterwards", taken(call).start, taken(call).end);
}

/// A panic comes from a call that may panic, or from an array that may not grow.
Verdict panics_if_told(const Call &call)
{
    const bool panics = asked(call).panics;
    if (call.outcome.result.exit == MBLAB_PANIC)
        return panics || !call.before.can_resize ? holds : violated("it panics");
    if (call.outcome.result.exit != MBLAB_RETURNED || call.slab_is_up())
        return not_applicable;
    return call.value() || !panics ? holds : violated("it returns without memory");
}

Verdict on_boundary(const Call &call)
{
    const uint64_t align = asked(call).align;
    if (!is_placed(call) || !std::has_single_bit(align))
        return not_applicable;
    return is_aligned(call.value(), align);
}

/// Whether whole free pages for the request lie in [from, end).
bool has_room(const Call &call, uint64_t from, uint64_t end, const BootmemRequest &request)
{
    bool found = false;
    const uint64_t step = std::max(request.align, page_size);
    call.before.reserved().set.each_gap(from, end, [&](uint64_t start, uint64_t stop, const Region *) {
        const uint64_t at = (start + step - 1) & ~(step - 1);
        found |= at >= start && at < stop && request.size <= page_down(stop) - std::min(page_down(stop), at);
    });
    return found;
}

/// A shared page may be the one before the goal's.
Verdict from_goal(const Call &call)
{
    const BootmemRequest request = asked(call);
    const bool is_met = page_down(request.goal) <= page_size || call.value() >= page_down(request.goal) - page_size;
    if (!is_placed(call) || !request.goal || !std::has_single_bit(request.align) || call.before.scratch_only ||
        call.cut_short())
        return not_applicable;
    const uint64_t limit = std::min(request.limit ? request.limit : never, call.before.current_limit);
    for (const Region &memory : call.old_regions(MBLAB_TYPE_memory)) {
        const Interval part{std::max(memory.base, page_down(request.goal)), page_down(std::min(end_of(memory), limit))};
        const bool is_asked = request.nid < 0 || (memory.nid == request.nid && memory.base < request.goal);
        if (!is_met && is_asked && !memory.flags && has_room(call, part.start, part.end, request))
            return violated("{:#x} is below {:#x}, and {:#x} has room", call.value(), request.goal, part.start);
    }
    return holds;
}

/// A node's own memory is tried without the limit where goal and size do not fit below it.
Verdict below_limit(const Call &call)
{
    const BootmemRequest request = asked(call);
    const bool is_dropped = request.nid >= 0 && !request.exact_nid && request.goal + request.size > request.limit;
    if (!is_placed(call) || !request.limit || is_dropped)
        return not_applicable;
    return block(call).end <= request.limit ? holds : violated("{:#x} is above {:#x}", block(call).end, request.limit);
}

Verdict on_node(const Call &call)
{
    const BootmemRequest request = asked(call);
    if (!is_placed(call) || !request.exact_nid || !call.before.is_valid_node(request.nid) || !call.before.is_numa())
        return not_applicable;
    const Region *region = region_at(call.old_regions(MBLAB_TYPE_memory), call.value());
    return region && region->nid == request.nid ? holds : violated("{:#x} is not of that node", call.value());
}

/// The reservations before that are none afterwards, if any; and the other way round.
std::optional<Interval> lost(Regions before, Regions after)
{
    for (const Region &region : before)
        if (!covers(after, interval_of(region)))
            return interval_of(region);
    return std::nullopt;
}

/// Whether every address outside of the range is reserved after the call if and only if it was before.
bool same_outside(const Call &call, Interval range)
{
    std::array<std::vector<Region>, 2> outside;
    const std::array<Regions, 2> all = {call.old_regions(MBLAB_TYPE_reserved), call.new_regions(MBLAB_TYPE_reserved)};
    for (size_t i = 0; i < all.size(); i++)
        for (const Region &region : all[i])
            for (const Interval part : {Interval{region.base, std::min(end_of(region), range.start)},
                                        Interval{std::max(region.base, range.end), end_of(region)}})
                if (!part.empty())
                    outside[i].push_back({part.start, part.size(), 0, 0});
    return same_set(outside[0], outside[1]);
}

/// Of a bump the gap before an aligned block is lost as well.
Verdict nothing_else(const Call &call)
{
    if (!call.doublings.empty() || call.slab_is_up() || is<ops::bump_take>(call.op))
        return not_applicable;
    const Interval pages{page_down(call.value()),
                         block(call).end > never - page_size ? never : page_align(block(call).end)};
    if (const auto gone = lost(call.old_regions(MBLAB_TYPE_reserved), call.new_regions(MBLAB_TYPE_reserved)))
        return violated("{:#x}-{:#x} was taken, and is not any more", gone->start, gone->end);
    return same_outside(call, call.value() ? pages : Interval{})
               ? holds
               : violated("more than {:#x}-{:#x} is taken", pages.start, pages.end);
}

/// The range of a call that reserves or frees: the address is in front of the size.
Interval ranged(const Call &call)
{
    const size_t at = op_info(call.op.kind).parameters[0].kind == ParameterKind::nid;
    return {call.op.arg[at], call.op.arg[at] + call.op.arg[at + 1]};
}

Verdict reserves_pages(const Call &call)
{
    const Interval range = ranged(call), pages{page_down(range.start), page_align(range.end)};
    const Regions after = call.new_regions(MBLAB_TYPE_reserved);
    if (call.error())
        return call.changed ? violated("it fails with {}, and changes something", call.value()) : holds;
    const bool kept = covers(after, pages) && !lost(call.old_regions(MBLAB_TYPE_reserved), after);
    return kept && same_outside(call, pages) ? holds
                                             : violated("not exactly {:#x}-{:#x} is reserved", pages.start, pages.end);
}

Verdict exclusive(const Call &call)
{
    const bool asks = call.op.arg[op_info(call.op.kind).parameter_count - 1];
    const Interval range = ranged(call), pages{page_down(range.start), page_align(range.end)};
    const bool busy = overlaps(call.old_regions(MBLAB_TYPE_reserved), pages);
    return (call.error() != 0) == (asks && busy) ? holds : violated("it gives {}", call.value());
}

Verdict frees_pages(const Call &call)
{
    const Interval range = ranged(call), pages = inner(range.start, range.end);
    if (!call.doublings.empty() || range.end < range.start || call.slab_is_up() || call.cut_short())
        return not_applicable;
    const Regions before = call.old_regions(MBLAB_TYPE_reserved), after = call.new_regions(MBLAB_TYPE_reserved);
    if (overlaps(after, pages))
        return violated("{:#x}-{:#x} is not all free", pages.start, pages.end);
    return !lost(after, before) && same_outside(call, has_maps(call) ? pages : range)
               ? holds
               : violated("more than {:#x}-{:#x} is changed", pages.start, pages.end);
}

/// Pages that are given, in the order of their addresses; what is given twice stays twice.
std::vector<Interval> given(const Call &call)
{
    std::vector<Interval> list;
    for (const Effect &effect : call.outcome.effect_list())
        if (effect.kind == MBLAB_EFFECT_page_to_buddy)
            list.push_back({effect.a * page_size, (effect.a + (effect.c << effect.b)) * page_size});
    std::ranges::sort(list, {}, &Interval::start);
    return list;
}

Verdict gives_once(const Call &call)
{
    const std::vector<Interval> list = given(call);
    for (size_t i = 1; i < list.size(); i++)
        if (list[i].start < list[i - 1].end)
            return violated("{:#x} is given twice", list[i].start);
    return holds;
}

Verdict counts_given(const Call &call)
{
    uint64_t pages = 0;
    for (const Interval &part : given(call))
        pages += part.size() / page_size;
    return pages == call.value() ? holds : violated("{} pages are given, it says {}", pages, call.value());
}

/// Nothing that is taken, but for the maps, whose time is over.
Verdict gives_free(const Call &call)
{
    if (!call.doublings.empty()) // an array was left on the way
        return not_applicable;
    RegionSet kept;
    for (const Region &region : call.old_regions(MBLAB_TYPE_reserved))
        kept.fill(interval_of(region), {});
    for (const Region &map : has_maps(call) ? call.old_regions(MBLAB_TYPE_physmem) : Regions())
        kept.remove({map.base, page_align(end_of(map))});
    for (const Interval &part : given(call))
        if (overlaps(kept, part))
            return violated("{:#x}-{:#x} is given, and not all of it is free", part.start, part.end);
    return holds;
}

/// Of bump and bootmem, which know no limit of what can be given.
Verdict gives_all(const Call &call)
{
    if (!has_maps(call) && !is<ops::bump_mem_init>(call.op))
        return not_applicable;
    std::vector<Region> gone;
    for (const Interval &part : given(call))
        gone.push_back({part.start, part.size(), 0, 0});
    for (const Region &memory : call.old_regions(MBLAB_TYPE_memory)) {
        Interval missing{};
        call.before.reserved().set.each_gap(memory.base, end_of(memory),
                                            [&](uint64_t start, uint64_t end, const Region *) {
                                                if (!covers(gone, inner(start, end)))
                                                    missing = {start, end};
                                            });
        if (!missing.empty())
            return violated("{:#x}-{:#x} is free, and not all of it is given", missing.start, missing.end);
    }
    return holds;
}

constexpr auto reserving = only<ops::reserve_bootmem, ops::reserve_bootmem_node>;
constexpr auto freeing = only<ops::free_bootmem, ops::free_bootmem_node>;
constexpr auto ending = only<ops::free_all_bootmem, ops::bump_mem_init>;

constexpr Law table[] = {
    {"history.once", "A block contains no page that was taken or, without a map, no byte that was.", alloc_source,
     allocates, once},
    {"history.inside", "A block lies in memory that the allocator was given.", alloc_source, allocates, inside},
    {"history.kept-for-it", "The pages of a block are taken afterwards.", alloc_source, allocates, kept_for_it},
    {"history.aligned", "A block is aligned as asked for.", alloc_source, allocates, on_boundary},
    {"history.goal",
     "A block lies above the goal, except for a page that it may share with what is below, unless no run of whole free "
     "pages above is large enough; for a named node, only if the goal is within it.",
     "mm/bootmem.c, kernel-doc of __alloc_bootmem(): the goal is dropped if it can not be satisfied",
     [](uint16_t kind) { return allocates(kind) && kind != MBLAB_OP_bump_take; }, from_goal},
    {"history.panics",
     "Without memory the calls named nopanic, and __alloc_bootmem_core(), return NULL; the others panic.", alloc_source,
     [](uint16_t kind) { return allocates(kind) && kind != MBLAB_OP_bump_take; }, panics_if_told, Occasion::call, true},
    {"history.limit", "A block ends below the limit.", book,
     only<ops::__alloc_bootmem_core, ops::__alloc_bootmem_low, ops::__alloc_bootmem_low_node>, below_limit},
    {"history.node", "A block that must be on one node is on it.", book, only<ops::__alloc_bootmem_core>, on_node},
    {"history.nothing-else", "An allocation takes pages of its block and no others, and frees none.", book, allocates,
     nothing_else},
    {"history.reserves-pages",
     "A reservation takes every page that it touches, and changes nothing else; one that fails changes nothing.",
     reserve_source, reserving, reserves_pages},
    {"history.exclusive", "A reservation fails if and only if it is exclusive and touches a page that is taken.",
     "mm/bootmem.c, reserve_bootmem(): BOOTMEM_EXCLUSIVE", reserving, exclusive},
    {"history.frees-pages",
     "Freeing frees every whole page of the range; a page that is freed in part stays taken where there is a map.",
     free_source, freeing, frees_pages},
    {"history.gives-once", "No page is given to the buddy allocator twice.", all_source, ending, gives_once},
    {"history.gives-free", "No page that is taken is given to the buddy allocator, except those of the maps.",
     all_source, ending, gives_free},
    {"history.gives-all", "Every whole free page is given to the buddy allocator.", all_source, ending, gives_all},
    {"history.counts-given", "The pages that are given are counted.", all_source, ending, counts_given},
};

} // namespace

std::span<const Law> history_laws()
{
    return table;
}

} // namespace mblab::law
