// SPDX-License-Identifier: GPL-2.0-or-later
// Allocations: where they are put, what they leave, and which calls are the same call.
#include "property.hpp"

#include <algorithm>

namespace mblab::property {
namespace {

using Request = ops::memblock_alloc_range_nid;

/// Size, alignment and bounds of a request on the line.
Request draw_request(const Line &line, int32_t nid = no_node)
{
    Request request = {.size = pick(1, 6) * line.unit / 2 - pick(0, 1), .align = draw_align(line)};
    const Range bounds = pick(0, 3) ? line.whole() : draw_range(line);
    request.start = bounds.start;
    request.end = bounds.end + line.unit * pick(0, 6);
    request.nid = nid;
    return request;
}

/// Whether [start, start + size) is free memory of one region, within the bounds, aligned.
bool fits(const Walk &free, const Request &request, uint64_t start)
{
    const auto within = [&](uint64_t from, uint64_t to) {
        return from <= start && start <= to && request.size <= to - start;
    };
    return start % request.align == 0 && within(std::max(request.start, page), request.end) &&
           std::any_of(free.begin(), free.end(), [&](const Step &step) { return within(step.start, step.end); });
}

Ops bottom_up(bool enable)
{
    return {ops::memblock_set_bottom_up{.enable = enable}};
}

/// Where a request is put, then all candidates: the next aligned addresses to the edges of free memory and of the
/// bounds where it fits. A request that fails is put at 0.
std::vector<uint64_t> draw_places(Subject &subject, bool up)
{
    const Layout layout = draw_layout();
    const Request request = draw_request(layout.line);
    const Snapshot before = subject.after(layout, bottom_up(up));
    const Walk free = minus(mapped(before.memory), before.reserved);
    std::vector<uint64_t> edges = {request.start, request.end, page}, places = {subject.value(request)};
    for (const Step &step : free)
        edges.insert(edges.end(), {step.start, step.end});
    for (const uint64_t edge : edges)
        for (const uint64_t near : {edge, edge - request.size, edge + request.align - 1})
            if (const uint64_t start = near / request.align * request.align; fits(free, request, start))
                places.push_back(start);
    subject.check((places.size() == 1) == (places[0] == 0), "memory is given if there is a place");
    return places;
}

/// A huge page of a few units, where its size is a power of two.
ops::memblock_alloc_hugetlb draw_huge_page(const Line &line)
{
    return {
        .size = line.unit << pick(0, 2), .nid = pick_from<int32_t>({no_node, 0, 1, 2}), .exact_nid = pick(0, 1) != 0};
}

/// The reservation that a request leaves which was put there; none at 0.
Ops by_hand(uint64_t start, uint64_t size, int32_t nid, uint32_t flags)
{
    return start ? Ops{ops::__memblock_reserve{.base = start, .size = size, .nid = nid, .flags = flags}} : Ops{};
}

/// A call and the general one that it stands for give and leave the same.
void are_the_same(Subject &subject, const Layout &layout, const Op &one, const Op &other)
{
    subject.after(layout);
    const Answer first = subject.call(one);
    const Snapshot left = subject.snapshot();
    subject.after(layout);
    const Answer second = subject.call(other);
    subject.cover(40, "memory is given", first.result.value[0] != 0);
    subject.same(first.result.value[0], second.result.value[0]);
    subject.same(left, subject.snapshot());
    subject.check(first.effects_without() == second.effects_without(), "both calls have the same effects");
}

} // namespace

PROPERTY(top_down_takes_the_highest_place, adds(&Request::end, -1))
{
    const std::vector<uint64_t> places = draw_places(subject, false);
    subject.cover(40, "there is a place", places.size() > 1);
    subject.cover(10, "there is none", places.size() == 1);
    subject.same(places.front(), *std::max_element(places.begin(), places.end()));
}

PROPERTY(bottom_up_takes_the_lowest_place, sets(&ops::memblock_set_bottom_up::enable, false))
{
    const std::vector<uint64_t> places = draw_places(subject, true);
    subject.cover(30, "there is a choice", places.size() > 2);
    subject.same(places.front(), *std::min_element(places.begin(), places.end()));
}

PROPERTY(both_directions_agree_on_what_fits, miscalls<Request>([](Request call, const mblab_state &before) {
             call.size <<= before.bottom_up;
             return call;
         }))
{
    const Layout layout = draw_layout();
    const Request request = draw_request(layout.line, draw_node());
    subject.after(layout, bottom_up(false));
    const bool down = subject.value(request) != 0;
    subject.after(layout, bottom_up(true));
    subject.cover(30, "it fits", down);
    subject.cover(10, "it does not", !down);
    subject.same(uint64_t{down}, uint64_t{subject.value(request) != 0});
}

PROPERTY(an_allocation_reserves_exactly_what_it_gives, adds(&Request::size, page))
{
    const Layout layout = draw_layout();
    const int32_t nid = pick_from<int32_t>({no_node, 0, 1, 2});
    Request request = draw_request(layout.line, nid);
    subject.after(layout);
    const uint64_t start = subject.value(request);
    const Snapshot left = subject.snapshot();
    request.exact_nid = true;
    subject.after(layout);
    const bool on_node = subject.value(request) != 0;
    subject.cover(40, "memory is given", start);
    subject.same(left, subject.after(layout, by_hand(start, request.size, on_node ? nid : no_node, kern)));
}

PROPERTY(a_huge_page_is_an_aligned_allocation_for_user_space, sets(&ops::memblock_alloc_hugetlb::exact_nid, true),
         with_nodes)
{
    const Layout layout = draw_layout();
    const auto huge = draw_huge_page(layout.line);
    Request request = {.size = huge.size, .align = huge.size, .nid = huge.nid, .exact_nid = huge.exact_nid};
    const Ops direction = bottom_up(pick(0, 1));
    subject.after(layout, direction);
    const uint64_t start = subject.value(huge);
    const Snapshot left = subject.snapshot();
    subject.after(layout, direction);
    subject.cover(40, "memory is given", start);
    subject.same(subject.value(request), start);
    request.exact_nid = true;
    subject.after(layout, direction);
    const int32_t nid = subject.value(request) ? huge.nid : no_node;
    subject.cover(5, "another node's", start && nid != huge.nid);
    subject.same(left, subject.after(layout, direction, by_hand(start, huge.size, nid, kern | hugetlb)));
}

PROPERTY(huge_pages_are_taken_without_regard_to_the_mirror, miscalls<ops::memblock_alloc_hugetlb>([](auto call) -> Op {
             return ops::memblock_alloc_try_nid_raw{.size = call.size, .align = call.size, .nid = call.nid};
         }))
{
    const Layout layout = draw_layout({.flags = {0, 0, nomap}});
    const Range range = draw_range(layout.line);
    const auto huge = draw_huge_page(layout.line);
    const Ops boot = bottom_up(pick(0, 1));
    subject.after(layout, boot, over<ops::memblock_mark_hotplug>(range)); // cuts regions in the same places
    const uint64_t start = subject.value(huge);
    const Snapshot before = subject.after(layout, boot, ops::world_mirrored_kernelcore{.enabled = true},
                                          over<ops::memblock_mark_mirror>(range));
    const bool any_mirrored = touches(before.memory, range);
    subject.cover(20, "there is other memory than mirrored",
                  any_mirrored && start && !overlap(range, {start, start + 1}));
    subject.same(subject.value(huge), start);
}

PROPERTY(huge_pages_keep_off_scratch_memory_of_the_next_kernel, sets(&ops::world_kho_overlap::size, 0))
{
    const Layout layout = draw_layout();
    const Range range = draw_range(layout.line);
    const auto huge = draw_huge_page(layout.line);
    const Ops direction = bottom_up(pick(0, 1));
    subject.after(layout, direction);
    const uint64_t anywhere = subject.value(huge);
    subject.after(layout, direction, over<ops::world_kho_overlap>(range));
    const uint64_t start = subject.value(huge);
    subject.after(layout, direction, over<ops::memblock_reserve>(range));
    subject.cover(5, "scratch memory is in the way", start != anywhere);
    subject.same(subject.value(huge), start, "scratch memory is as good as reserved");
}

PROPERTY(freeing_all_allocations_leads_back, adds(&ops::memblock_phys_free::size, -1))
{
    const Layout layout = draw_layout();
    const Snapshot before = subject.after(layout, bottom_up(pick(0, 1)));
    std::vector<Range> blocks;
    for (uint64_t count = pick(1, 6); count; count--) {
        const Request request = draw_request(layout.line);
        if (const uint64_t start = subject.value(request))
            blocks.push_back({start, start + request.size});
    }
    subject.cover(40, "several allocations", blocks.size() > 1);
    for (const Range &block : blocks)
        subject.check(!touches(before.reserved, block), "what is given was not reserved");
    for (const Range &block : shuffled(blocks))
        subject.call(over<ops::memblock_phys_free>(block));
    subject.same(before, subject.snapshot());
}

PROPERTY(freeing_a_pointer_is_freeing_its_range, adds(&ops::memblock_free::size, -1))
{
    const Layout layout = draw_layout();
    const Range range = draw_range(layout.line);
    if (range.start == 0) // a NULL pointer is nothing to free
        return subject.cover(0, "NULL", true);
    const Snapshot before = subject.after(layout), freed = subject.after(layout, over<ops::memblock_phys_free>(range));
    subject.cover(25, "something is freed", !(before == freed));
    subject.same(freed, subject.after(layout, ops::memblock_free{.ptr = range.start, .size = range.size()}));
}

PROPERTY(more_free_memory_never_makes_a_request_fail, becomes<ops::memblock_phys_free, ops::memblock_remove>())
{
    const Layout layout = draw_layout();
    const Request request = draw_request(layout.line);
    subject.after(layout);
    const bool before = subject.value(request) != 0;
    const Snapshot more = subject.after(layout, over<ops::memblock_phys_free>(draw_range(layout.line)));
    const bool after = subject.value(request) != 0;
    subject.cover(30, "it fits before", before);
    subject.cover(10, "it does not", !before);
    subject.check(after || !before, "a request that fits still does when more is free");
}

PROPERTY(an_exact_node_is_never_left, sets(&Request::exact_nid, false), with_nodes)
{
    const Layout layout = draw_layout();
    Request request = draw_request(layout.line, draw_node());
    request.exact_nid = true;
    const Snapshot before = subject.after(layout);
    const uint64_t start = subject.value(request);
    subject.cover(15, "the node has memory", start);
    subject.check(!start || find(before.memory, start)->nid == request.nid, "the memory is the node's");
}

PROPERTY(another_node_is_taken_when_the_node_has_nothing, sets(&Request::exact_nid, true), with_nodes)
{
    const Layout layout = draw_layout();
    Request request = draw_request(layout.line, draw_node());
    const auto given = [&](int32_t nid, bool exact) {
        request.nid = nid;
        request.exact_nid = exact;
        subject.after(layout);
        return subject.value(request);
    };
    const int32_t nid = request.nid;
    const uint64_t preferred = given(nid, false), exact = given(nid, true), any = given(no_node, false);
    subject.cover(20, "another node is taken", preferred && !exact);
    subject.cover(15, "the node is taken", exact);
    subject.same(preferred, exact ? exact : any);
}

PROPERTY(raw_memory_differs_only_by_not_being_cleared, loses<ops::memblock_alloc_try_nid>(MBLAB_EFFECT_zero))
{
    const Layout layout = draw_layout();
    const Request request = draw_request(layout.line, draw_node());
    subject.after(layout);
    const Answer cleared = subject.call(ops::memblock_alloc_try_nid{.size = request.size,
                                                                    .align = request.align,
                                                                    .min_addr = request.start,
                                                                    .max_addr = request.end,
                                                                    .nid = request.nid});
    const Snapshot left = subject.snapshot();
    subject.after(layout);
    const Answer raw = subject.call(ops::memblock_alloc_try_nid_raw{.size = request.size,
                                                                    .align = request.align,
                                                                    .min_addr = request.start,
                                                                    .max_addr = request.end,
                                                                    .nid = request.nid});

    const uint64_t start = cleared.result.value[0];
    subject.cover(40, "memory is given", start);
    subject.same(start, raw.result.value[0]);
    subject.same(left, subject.snapshot());
    subject.check(cleared.effects_without(MBLAB_EFFECT_zero) == raw.effects_without(),
                  "the effects are the same but for zeroes");
    Walk zeroed, all;
    for (const Effect &effect : cleared.effects)
        if (effect.kind == MBLAB_EFFECT_zero)
            zeroed.push_back({effect.a, effect.a + effect.b, 0});
    if (start)
        all.push_back({start, start + request.size, 0});
    subject.same(zeroed, all, "all of it is cleared");
}

PROPERTY(short_calls_are_the_general_call, adds(&ops::memblock_alloc_node::size, page))
{
    const Layout layout = draw_layout();
    const Request r = draw_request(layout.line, draw_node());
    const auto general = [&r](uint64_t min, uint64_t max, int32_t nid) -> Op {
        return ops::memblock_alloc_try_nid{
            .size = r.size, .align = r.align, .min_addr = min, .max_addr = max, .nid = nid};
    };
    constexpr uint64_t low_limit = 0xffffffff; // ARCH_LOW_ADDRESS_LIMIT
    const std::vector<std::pair<Op, Op>> pairs = {
        {ops::memblock_alloc{.size = r.size, .align = r.align}, general(0, 0, no_node)},
        {ops::memblock_alloc_from{.size = r.size, .align = r.align, .min_addr = r.start}, general(r.start, 0, no_node)},
        {ops::memblock_alloc_low{.size = r.size, .align = r.align}, general(0, low_limit, no_node)},
        {ops::memblock_alloc_node{.size = r.size, .align = r.align, .nid = r.nid}, general(0, 0, r.nid)},
        {ops::memblock_phys_alloc_range{.size = r.size, .align = r.align, .start = r.start, .end = r.end},
         Request{.size = r.size, .align = r.align, .start = r.start, .end = r.end, .nid = no_node}},
        {ops::memblock_phys_alloc{.size = r.size, .align = r.align},
         Request{.size = r.size, .align = r.align, .nid = no_node}},
        {ops::memblock_phys_alloc_try_nid{.size = r.size, .align = r.align, .nid = r.nid},
         Request{.size = r.size, .align = r.align, .nid = r.nid}}};
    const auto &[one, other] = pick_from(pairs);
    are_the_same(subject, layout, one, other);
}

PROPERTY(the_current_limit_is_an_end, adds(&ops::memblock_set_current_limit::limit, page))
{
    const Layout layout = draw_layout();
    Request request = draw_request(layout.line);
    const Op limit = ops::memblock_set_current_limit{.limit = request.end};
    subject.after(layout);
    const uint64_t bounded = subject.value(request);
    request.end = 0; // the current limit
    const Snapshot limited = subject.after(layout, limit);
    subject.cover(40, "memory is given", bounded);
    subject.same(subject.value(request), bounded);
    subject.same(subject.value(ops::memblock_get_current_limit{}), limited.limit);
}

PROPERTY(memory_without_a_mapping_is_not_given, sets(&ops::memblock_mark_nomap::size, 0))
{
    const Layout layout = draw_layout();
    const Range range = draw_range(layout.line);
    const Request request = draw_request(layout.line);
    subject.after(layout, bottom_up(false));
    const uint64_t unmarked = subject.value(request);
    subject.after(layout, over<ops::memblock_mark_nomap>(range));
    const uint64_t marked = subject.value(request);
    subject.after(layout, over<ops::memblock_remove>(range));
    subject.cover(6, "the mark decides", marked != unmarked);
    subject.same(marked, subject.value(request), "a mark does what removing does");
}

PROPERTY(movable_nodes_keep_hotplug_memory_free, sets(&ops::memblock_mark_hotplug::size, 0))
{
    const Layout layout = draw_layout({.flags = {0, 0, nomap}});
    const Range range = draw_range(layout.line);
    const Request request = draw_request(layout.line);
    const Op movable = ops::world_movable_node{.enabled = true}, mark = over<ops::memblock_mark_hotplug>(range);
    subject.after(layout, mark);
    const uint64_t fixed = subject.value(request);
    subject.after(layout, mark, movable);
    const uint64_t given = subject.value(request);
    subject.after(layout, movable, over<ops::memblock_remove>(range));
    subject.cover(3, "the mark decides", given != fixed);
    subject.same(given, subject.value(request), "a mark does what removing does");
}

PROPERTY(mirrored_memory_is_given_first, adds(&ops::memblock_mark_mirror::size, -1))
{
    const Layout layout = draw_layout({.flags = {0, 0, nomap}});
    const Range range = draw_range(layout.line);
    const Request request = draw_request(layout.line);
    const Op mirrored = ops::world_mirrored_kernelcore{.enabled = true};
    subject.after(layout, over<ops::memblock_mark_hotplug>(range)); // cuts regions in the same places
    const uint64_t anywhere = subject.value(request);
    const Ops alone = each(outside(range), over<ops::memblock_remove>);
    subject.after(layout, alone);
    const uint64_t within_mirror = subject.value(request);
    subject.after(layout, mirrored, over<ops::memblock_mark_mirror>(range));
    subject.cover(8, "mirrored memory is given", within_mirror);
    subject.cover(15, "there is too little", anywhere && !within_mirror);
    subject.same(subject.value(request), within_mirror ? within_mirror : anywhere);
}

PROPERTY(only_scratch_memory_is_given_where_it_was_asked_for, sets(&ops::memblock_mark_kho_scratch::size, 0),
         with_scratch)
{
    const Layout layout = draw_layout({.flags = {0, 0, nomap}});
    const Range range = draw_range(layout.line);
    const Request request = draw_request(layout.line);
    subject.after(allow_growth(), layout, over<ops::memblock_mark_hotplug>(range)); // cuts regions in the same places
    const uint64_t anywhere = subject.value(request);
    subject.after(allow_growth(), layout, over<ops::memblock_remove>({0, range.start}),
                  over<ops::memblock_remove>({range.end, room.start}));
    const uint64_t within_scratch = subject.value(request);
    subject.after(allow_growth(), layout, over<ops::memblock_mark_kho_scratch>(room),
                  over<ops::memblock_mark_kho_scratch>(range), ops::memblock_set_kho_scratch_only{});
    subject.cover(8, "scratch memory is given", within_scratch);
    subject.cover(15, "there is too little", anywhere && !within_scratch);
    subject.same(subject.value(request), within_scratch);
}

PROPERTY(any_memory_is_given_again_when_boot_is_over,
         miscalls<ops::memblock_clear_kho_scratch_only>([](auto) -> Op { return ops::memblock_bottom_up{}; }),
         with_scratch)
{
    const Layout layout = draw_layout({.largest_unit = uint64_t{1} << 22});
    const Request request = draw_request(layout.line);
    const Op over_now = pick(0, 1) ? Op(ops::memblock_clear_kho_scratch_only{}) : Op(ops::memblock_free_all{});
    subject.after(allow_growth(), layout, over_now); // which changes more than that: hotplug memory is like any other
    const uint64_t start = subject.value(request);
    subject.after(allow_growth(), layout, ops::memblock_set_kho_scratch_only{}, over_now);
    subject.cover(40, "memory is given", start);
    subject.same(subject.value(request), start);
}

} // namespace mblab::property
