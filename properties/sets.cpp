// SPDX-License-Identifier: GPL-2.0-or-later
// Memory and reservations as sets of addresses: pieces, order, repetition, and what undoes what.
#include "property.hpp"

namespace mblab::property {
namespace {

/// A call over a range leaves what the same calls over its pieces leave, in any order.
template <typename Make> void in_pieces_is_whole(Subject &subject, Make make)
{
    const Layout layout = draw_layout();
    const Range range = draw_range(layout.line);
    const std::vector<Range> pieces = draw_pieces(range);

    const Snapshot before = subject.after(layout);
    const Snapshot whole = subject.after(layout, make(range));
    subject.cover(30, "changes something", !(whole == before));
    subject.cover(50, "in several pieces", pieces.size() > 1);
    subject.same(whole, subject.after(layout, each(pieces, make)));
}

/// Calls over disjoint ranges leave the same in any order.
void in_any_order(Subject &subject, const Layout &layout, const Ops &calls)
{
    const Snapshot ascending = subject.after(layout, calls);
    subject.cover(80, "several calls", calls.size() > 2);
    subject.same(ascending, subject.after(layout, shuffled(calls)));
}

/// From where the range is empty: filling it and emptying it again leads back.
template <typename Fill, typename Empty> void empties_again(Subject &subject, mblab_type type)
{
    const Layout layout = draw_layout();
    const Range range = draw_range(layout.line);

    const Snapshot before = subject.after(layout, over<Empty>(range));
    const Regions &regions = before.of(type);
    subject.cover(20, "between two regions",
                  !regions.empty() && regions[0].base < range.start && range.end < range_of(regions.back()).end);
    subject.same(before, subject.after(layout, over<Empty>(range), over<Fill>(range), over<Empty>(range)));
}

} // namespace

PROPERTY(adding_in_pieces_is_adding_whole, adds(&ops::memblock_add_node::size, -1))
{
    const int32_t nid = draw_node();
    const auto flags = pick_from<uint32_t>({0, hotplug});
    in_pieces_is_whole(subject, [&](const Range &range) -> Op {
        return ops::memblock_add_node{.base = range.start, .size = range.size(), .nid = nid, .flags = flags};
    });
}

PROPERTY(removing_in_pieces_is_removing_whole, adds(&ops::memblock_remove::size, -1))
{
    in_pieces_is_whole(subject, over<ops::memblock_remove>);
}

PROPERTY(reserving_in_pieces_is_reserving_whole, adds(&ops::memblock_reserve::size, -1))
{
    in_pieces_is_whole(subject, over<ops::memblock_reserve>);
}

PROPERTY(freeing_in_pieces_is_freeing_whole, adds(&ops::memblock_phys_free::size, -1))
{
    in_pieces_is_whole(subject, over<ops::memblock_phys_free>);
}

PROPERTY(disjoint_memory_is_added_in_any_order, adds_beside<ops::memblock_add_node>(MBLAB_TYPE_memory, -1))
{
    const Layout layout{draw_line(), {}};
    Ops calls;
    for (const Range &range : draw_disjoint(layout.line))
        calls.push_back(ops::memblock_add_node{.base = range.start, .size = range.size(), .nid = draw_node()});
    in_any_order(subject, layout, calls);
}

PROPERTY(disjoint_reservations_are_made_in_any_order, adds_beside<ops::memblock_reserve>(MBLAB_TYPE_reserved, -1))
{
    const Layout layout = draw_layout();
    in_any_order(subject, layout, each(draw_disjoint(layout.line), over<ops::memblock_reserve>));
}

PROPERTY(removing_what_was_added_leads_back, adds(&ops::memblock_add::size, page))
{
    empties_again<ops::memblock_add, ops::memblock_remove>(subject, MBLAB_TYPE_memory);
}

PROPERTY(freeing_what_was_reserved_leads_back, adds(&ops::memblock_reserve::size, page))
{
    empties_again<ops::memblock_reserve, ops::memblock_phys_free>(subject, MBLAB_TYPE_reserved);
}

PROPERTY(adding_back_what_was_removed_leads_back, sets(&ops::memblock_add_node::flags, 0))
{
    const Layout layout = draw_layout();
    const Range range = draw_range(layout.line);
    const Snapshot before = subject.after(layout);
    Ops add_back;
    for (const Region &part : within(before.memory, range))
        add_back.push_back(
            ops::memblock_add_node{.base = part.base, .size = part.size, .nid = part.nid, .flags = part.flags});

    subject.cover(10, "memory of several kinds", add_back.size() > 1);
    subject.same(before, subject.after(layout, over<ops::memblock_remove>(range), shuffled(add_back)));
}

PROPERTY(reserving_back_what_was_freed_leads_back, adds(&ops::memblock_phys_free::size, page))
{
    const Layout layout = draw_layout({.allocations = false, .reserved_attributes = false});
    const Range range = draw_range(layout.line);
    const Snapshot before = subject.after(layout);
    Ops reserve_back;
    for (const Region &part : within(before.reserved, range))
        reserve_back.push_back(over<ops::memblock_reserve>(range_of(part)));

    subject.cover(25, "something is freed", !reserve_back.empty());
    subject.same(before, subject.after(layout, over<ops::memblock_phys_free>(range), shuffled(reserve_back)));
}

PROPERTY(any_change_made_twice_is_made_once, adds_beside<ops::memblock_reserve>(MBLAB_TYPE_reserved, 1))
{
    const Layout layout = draw_layout();
    const Op change = over(
        pick_from<mblab_op_kind>(
            {MBLAB_OP_memblock_reserve, MBLAB_OP_memblock_add, MBLAB_OP_memblock_remove, MBLAB_OP_memblock_phys_free,
             MBLAB_OP_memblock_physmem_add, MBLAB_OP_memblock_mark_hotplug, MBLAB_OP_memblock_clear_hotplug,
             MBLAB_OP_memblock_mark_nomap, MBLAB_OP_memblock_clear_nomap, MBLAB_OP_memblock_reserved_mark_noinit,
             MBLAB_OP_memblock_reserve_kern, MBLAB_OP_memblock_reserved_mark_kern, MBLAB_OP_memblock_mark_kho_scratch}),
        draw_range(layout.line));
    const Snapshot before = subject.after(layout);
    const Snapshot once = subject.after(layout, change);
    subject.cover(40, "changes something", !(once == before));
    subject.same(once, subject.after(layout, change, change));
}

PROPERTY(memory_and_reservations_do_not_meet, becomes<ops::memblock_reserve, ops::memblock_add>())
{
    const Layout layout = draw_layout({.allocations = false});
    Layout memory = layout, reserved = layout;
    const auto edits_reserved = [](const Op &op) {
        return is<ops::memblock_reserve>(op) || is<ops::memblock_phys_free>(op) ||
               is<ops::memblock_reserved_mark_noinit>(op) ||
               (is<ops::memblock_set_node>(op) && ops::memblock_set_node::of(op).type == MBLAB_TYPE_reserved);
    };
    std::erase_if(memory.calls, edits_reserved);
    std::erase_if(reserved.calls, [&](const Op &op) { return !edits_reserved(op); });

    Snapshot both = subject.after(layout);
    subject.cover(60, "both kinds of calls", memory.calls.size() > 2 && !reserved.calls.empty());
    Snapshot apart = subject.after(memory);
    apart.reserved = subject.after(reserved).reserved;
    subject.same(both, apart);
}

PROPERTY(nothing_outside_of_its_range_changes, adds(&ops::memblock_remove::size, page))
{
    const Layout layout = draw_layout();
    const Range range = draw_range(layout.line);
    const auto kind = pick_from<mblab_op_kind>(
        {MBLAB_OP_memblock_remove, MBLAB_OP_memblock_add, MBLAB_OP_memblock_reserve, MBLAB_OP_memblock_phys_free,
         MBLAB_OP_memblock_mark_hotplug, MBLAB_OP_memblock_mark_nomap, MBLAB_OP_memblock_reserved_mark_noinit,
         MBLAB_OP_memblock_reserve_kern, MBLAB_OP_memblock_reserved_mark_kern, MBLAB_OP_memblock_mark_kho_scratch});

    Snapshot before = subject.after(layout), after = subject.after(layout, over(kind, range));
    subject.cover(40, "changes something", !(before == after));
    for (Snapshot *snapshot : {&before, &after})
        for (Regions *regions : {&snapshot->memory, &snapshot->reserved}) {
            const Regions all = *regions;
            regions->clear();
            for (const Range &part : outside(range))
                for (const Region &region : within(all, part))
                    regions->push_back(region);
        }
    subject.same(before, after);
}

} // namespace mblab::property
