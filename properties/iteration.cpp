// SPDX-License-Identifier: GPL-2.0-or-later
// Walks against sets of addresses that are computed here, and walks against one another.
#include "property.hpp"

#include <algorithm>

namespace mblab::property {
namespace {

ops::__for_each_mem_range draw_walk()
{
    return {.type_a = pick_from<mblab_type>({MBLAB_TYPE_memory, MBLAB_TYPE_reserved, MBLAB_TYPE_physmem}),
            .type_b = pick_from<mblab_type>({MBLAB_TYPE_reserved, MBLAB_TYPE_none, MBLAB_TYPE_memory}),
            .nid = pick_from<int32_t>({no_node, 0, 1}),
            .flags = pick_from<uint32_t>({0, nomap, mirror, scratch}),
            .at_most = all_steps};
}

Layout draw_with_physmem()
{
    Layout layout = draw_layout();
    for (uint64_t count = pick(1, 3); count; count--) // its array has 4 entries
        layout.calls.push_back(over<ops::memblock_physmem_add>(draw_range(layout.line)));
    return layout;
}

/// A walk by steps of one call each, next(cookie), until that says that it was the last. No more than `most` + 1.
template <typename Next> Walk stepped(Subject &subject, uint64_t cookie, size_t most, Next next)
{
    Walk steps;
    while (steps.size() <= most) {
        const Answer step = subject.call(next(cookie));
        const auto &[following, start, end, nid] = step.result.value;
        if (following == ~uint64_t{0})
            break;
        steps.push_back({start, end, static_cast<int32_t>(nid)});
        cookie = following;
    }
    return steps;
}

} // namespace

PROPERTY(free_ranges_are_memory_without_reservations, loses<ops::for_each_free_mem_range>(MBLAB_EFFECT_range))
{
    const Layout layout = draw_layout();
    const int32_t nid = pick_from<int32_t>({no_node, 0, 1});
    const Snapshot snapshot = subject.after(layout);
    Walk walk = subject.walk(ops::for_each_free_mem_range{.nid = nid, .at_most = all_steps});
    // Between two reserved regions that touch there is a step of no bytes.
    std::erase_if(walk, [](const Step &step) { return step.start == step.end; });
    subject.cover(12, "several free ranges", walk.size() > 2);
    subject.same(walk, minus(on_node(mapped(snapshot.memory), nid, subject.variant()), snapshot.reserved));
}

PROPERTY(walks_of_scratch_memory_leave_out_the_rest, sets(&ops::memblock_mark_kho_scratch::size, 0))
{
    const Layout layout = draw_layout();
    const Range range = draw_range(layout.line);
    const Snapshot all = subject.after(layout);
    const Walk free = minus(within(mapped(all.memory), range), all.reserved);
    subject.after(layout, over<ops::memblock_mark_kho_scratch>(range));
    Walk walk = subject.walk(ops::for_each_free_mem_range{.nid = no_node, .flags = scratch, .at_most = all_steps});
    std::erase_if(walk, [](const Step &step) { return step.start == step.end; });
    subject.cover(20, "some of it is free", !free.empty());
    subject.same(joined(walk), joined(free));
}

PROPERTY(memory_ranges_and_regions_are_the_arrays, loses<ops::for_each_mem_range>(MBLAB_EFFECT_range))
{
    const Snapshot snapshot = subject.after(draw_layout());
    const Walk memory = steps_of(snapshot.memory);
    Walk ranges = steps_of(mapped(snapshot.memory)), reserved = steps_of(snapshot.reserved);
    subject.cover(20, "memory without a mapping", ranges.size() < memory.size());

    subject.same(memory, subject.walk(ops::for_each_mem_region{.at_most = all_steps}));
    subject.same(reserved, subject.walk(ops::for_each_reserved_mem_region{.at_most = all_steps}));
    // The macros for ranges do not ask for the node.
    for (Walk *walk : {&ranges, &reserved})
        for (Step &step : *walk)
            step.nid = 0;
    subject.same(ranges, subject.walk(ops::for_each_mem_range{.at_most = all_steps}));
    subject.same(reserved, subject.walk(ops::for_each_reserved_mem_range{.at_most = all_steps}));
}

PROPERTY(a_reverse_walk_is_the_forward_walk_backwards, loses<ops::__for_each_mem_range_rev>(MBLAB_EFFECT_range))
{
    subject.after(draw_with_physmem());
    const auto forward = draw_walk();
    const ops::__for_each_mem_range_rev backward = {.type_a = forward.type_a,
                                                    .type_b = forward.type_b,
                                                    .nid = forward.nid,
                                                    .flags = forward.flags,
                                                    .at_most = all_steps};
    const Walk walk = subject.walk(forward);
    subject.cover(30, "several steps", walk.size() > 1);
    subject.same(reversed(walk), subject.walk(backward));

    const auto free = ops::for_each_free_mem_range{.nid = forward.nid, .flags = forward.flags, .at_most = all_steps};
    subject.same(reversed(subject.walk(free)), subject.walk(ops::for_each_free_mem_range_reverse{
                                                   .nid = free.nid, .flags = free.flags, .at_most = all_steps}));
    subject.same(reversed(subject.walk(ops::for_each_mem_range{.at_most = all_steps})),
                 subject.walk(ops::for_each_mem_range_rev{.at_most = all_steps}));
}

PROPERTY(stepping_is_walking, misreports<ops::__next_mem_range>([](Answer &answer) {
             answer.result.value[2]--; // the end
         }))
{
    subject.after(draw_with_physmem());
    const auto whole = draw_walk();
    const Walk walk = subject.walk(whole);
    subject.cover(30, "several steps", walk.size() > 1);

    const Walk steps = stepped(subject, 0, walk.size(), [&](uint64_t cookie) -> Op {
        return ops::__next_mem_range{
            .idx = cookie, .nid = whole.nid, .flags = whole.flags, .type_a = whole.type_a, .type_b = whole.type_b};
    });
    subject.same(walk, steps);
}

PROPERTY(stepping_back_is_walking_back, misreports<ops::__next_mem_range_rev>([](Answer &answer) {
             answer.result.value[3] = 5; // the node
         }))
{
    subject.after(draw_with_physmem());
    const auto whole = draw_walk();
    const Walk walk = reversed(subject.walk(whole));
    subject.cover(30, "several steps", walk.size() > 1);

    const Walk steps = stepped(subject, ~uint64_t{0}, walk.size(), [&](uint64_t cookie) -> Op {
        return ops::__next_mem_range_rev{
            .idx = cookie, .nid = whole.nid, .flags = whole.flags, .type_a = whole.type_a, .type_b = whole.type_b};
    });
    subject.same(walk, steps);
}

PROPERTY(a_walk_that_stops_early_is_the_beginning_of_the_walk, adds(&ops::__for_each_mem_range::at_most, -1))
{
    subject.after(draw_with_physmem());
    auto call = draw_walk();
    Walk walk = subject.walk(call);
    call.at_most = pick(0, 6);
    subject.cover(6, "stops early", call.at_most != 0 && call.at_most < walk.size());
    walk.resize(std::min<size_t>(walk.size(), call.at_most));
    subject.same(walk, subject.walk(call));
}

PROPERTY(walks_of_the_nodes_are_parts_of_the_whole_walk, sets(&ops::for_each_free_mem_range::nid, 1), with_nodes)
{
    subject.after(draw_layout());
    const auto walk_of = [&](int32_t nid) {
        return subject.walk(ops::for_each_free_mem_range{.nid = nid, .at_most = all_steps});
    };
    Walk parts;
    size_t nodes = 0;
    for (int32_t nid = 0; nid < 4; nid++) {
        const Walk part = walk_of(nid);
        nodes += !part.empty();
        parts.insert(parts.end(), part.begin(), part.end());
    }
    subject.cover(50, "memory on several nodes", nodes > 1);
    std::sort(parts.begin(), parts.end(), [](const Step &a, const Step &b) { return a.start < b.start; });
    subject.same(walk_of(no_node), parts);
}

PROPERTY(pfn_ranges_are_the_whole_pages_of_memory, misreports<ops::for_each_mem_pfn_range>([](Answer &answer) {
             if (!answer.effects.empty())
                 answer.effects[0].a += answer.effects[0].a % 2; // the start
         }))
{
    const Snapshot snapshot = subject.after(draw_layout());
    const auto none = static_cast<int32_t>(subject.variant().max_nodes);
    const int32_t nid = pick_from<int32_t>({none, 0, 1});
    const Walk walk = subject.walk(ops::for_each_mem_pfn_range{.nid = nid, .at_most = all_steps});
    subject.cover(30, "several steps", walk.size() > 1);
    subject.cover(30, "parts of pages",
                  std::any_of(snapshot.memory.begin(), snapshot.memory.end(),
                              [](const Region &region) { return region.base % page != 0; }));
    subject.same(walk, pages_of(steps_of(on_node(snapshot.memory, nid, subject.variant()))));

    const Walk steps = stepped(subject, ~uint64_t{0}, walk.size(), [&](uint64_t index) -> Op {
        return ops::__next_mem_pfn_range{.idx = static_cast<int32_t>(index), .nid = nid};
    });
    subject.same(walk, steps);
}

} // namespace mblab::property
