// SPDX-License-Identifier: GPL-2.0-or-later
// The end of memblock: which page frames the buddy allocator gets, and which are initialised as reserved.
#include "property.hpp"

#include <algorithm>

namespace mblab::property {
namespace {

/// Frames in small units: each block of frames is an effect.
const LayoutKinds small_units = {.largest_unit = uint64_t{1} << 22};

/// What the buddy allocator got, in the order of the calls; fails on a block that is not aligned to its order.
Walk given_to_buddy(Subject &subject, const Answer &answer)
{
    Walk frames;
    for (const Effect &effect : answer.effects) {
        if (effect.kind != MBLAB_EFFECT_page_to_buddy)
            continue;
        subject.check(effect.a % (uint64_t{1} << effect.b) == 0, "a block is aligned to its order");
        frames.push_back({effect.a, effect.a + (effect.c << effect.b), 0});
    }
    return frames;
}

/// As memblock_free_all() begins: hotplug memory is like any other.
const Op unplug = over<ops::memblock_clear_hotplug>({0, no_limit});

} // namespace

PROPERTY(each_free_page_is_given_once, loses<ops::memblock_free_all>(MBLAB_EFFECT_page_to_buddy))
{
    const Layout layout = draw_layout(small_units);
    const uint64_t end = pick(0, 1) ? no_limit / page : draw_range(layout.line).start / page; // of low memory
    const Snapshot before = subject.after(layout, unplug, ops::world_max_low_pfn{.pfn = end});
    const Walk free = joined(pages_of(minus(mapped(before.memory), before.reserved)));
    Walk low;
    for (const Step &step : free)
        if (step.start < end)
            low.push_back({step.start, std::min(step.end, end), 0});
    subject.cover(30, "several free ranges", free.size() > 1);
    subject.cover(15, "some frames are low, some high", total(low) && total(low) < total(free));
    subject.same(joined(given_to_buddy(subject, subject.call(ops::memblock_free_all{}))), low);
}

PROPERTY(what_is_not_given_is_initialised_as_reserved, loses<ops::memblock_free_all>(MBLAB_EFFECT_init_reserved_page))
{
    const Snapshot before = subject.after(draw_layout(small_units));
    Walk expected, initialised;
    for (const Region &region : before.memory)
        if (region.flags & nomap)
            expected.push_back({region.base, range_of(region).end, 0});
    for (const Region &region : before.reserved)
        if (!(region.flags & noinit))
            expected.push_back({region.base, range_of(region).end, 0});
    for (Step &step : expected) // whole pages, if they are only in part what they are
        step = {step.start / page * page, (step.end + page - 1) / page * page, 0};
    for (const Effect &effect : subject.call(ops::memblock_free_all{}).effects)
        if (effect.kind == MBLAB_EFFECT_init_reserved_page)
            initialised.push_back({effect.a, effect.b, 0});

    subject.cover(30, "several ranges", expected.size() > 2);
    subject.same(joined(initialised), joined(expected));
}

PROPERTY(freeing_late_in_pieces_is_freeing_late_whole, adds(&ops::memblock_phys_free::size, page))
{
    const Layout layout = draw_layout(small_units);
    const Range range = draw_range(layout.line);
    const Op up = ops::world_slab{.state = MBLAB_SLAB_UP};
    const Snapshot expected = subject.variant().has(MBLAB_CONFIG_keep)
                                  ? subject.after(layout, over<ops::memblock_phys_free>(range))
                                  : subject.after(layout);
    subject.after(layout, up);
    const Walk whole = joined(given_to_buddy(subject, subject.call(over<ops::memblock_phys_free>(range))));
    subject.same(whole, pages_of({{range.start, range.end, 0}}), "all whole pages are given");
    subject.same(expected, subject.snapshot(), "memblock knows of it only where its arrays are kept");

    // Cuts between pages lose none.
    const uint64_t cut = range.start / page * page + pick(1, range.size() / page + 1) * page;
    subject.after(layout, up);
    Walk parts;
    for (const Range &part : {Range{range.start, std::min(cut, range.end)}, Range{std::min(cut, range.end), range.end}})
        for (const Step &step : given_to_buddy(subject, subject.call(over<ops::memblock_phys_free>(part))))
            parts.push_back(step);
    subject.cover(50, "in two pieces", cut < range.end);
    subject.same(whole, joined(parts));
}

PROPERTY(what_was_reserved_by_name_is_released_zeroed_and_once,
         loses<ops::reserve_mem_release_by_name>(MBLAB_EFFECT_zero))
{
    const Layout layout = draw_layout(small_units);
    const Op named =
        ops::early_param{.parameter = pick_from<const char *>(
                             {"reserve_mem=64K:4K:one", "reserve_mem=12K:0:one", "reserve_mem=4K:1M:one"})};
    const Snapshot without = subject.after(layout), with = subject.after(layout, named);
    const auto [found, start, size, unused] = subject.call(ops::reserve_mem_find_by_name{.name = "one"}).result.value;
    const bool keeps = subject.variant().has(MBLAB_CONFIG_keep);

    subject.call(ops::world_slab{.state = MBLAB_SLAB_UP});
    const Answer released = subject.call(ops::reserve_mem_release_by_name{.name = "one"});
    Walk zeroed;
    for (const Effect &effect : released.effects)
        if (effect.kind == MBLAB_EFFECT_zero && effect.c == 0)
            zeroed.push_back({effect.a, effect.a + effect.b, 0});
    const Walk pages = pages_of({{start, start + size, 0}});
    subject.cover(30, "pages are given", !pages.empty());
    subject.same(released.result.value[0], found);
    subject.same(joined(given_to_buddy(subject, released)), pages);
    subject.same(joined(pages_of(zeroed)), pages);
    subject.same(keeps ? without : with, subject.snapshot());
    subject.same<uint64_t>(subject.value(ops::reserve_mem_find_by_name{.name = "one"}), 0);
    subject.check(subject.call(ops::reserve_mem_release_by_name{.name = "one"}).effects.empty(), "it is gone");
}

} // namespace mblab::property
