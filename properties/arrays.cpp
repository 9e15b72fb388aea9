// SPDX-License-Identifier: GPL-2.0-or-later
// Arrays that grow: however small they are at first, calls do the same.
#include "property.hpp"

#include <algorithm>

namespace mblab::property {
namespace {

const Ops boot = allow_growth();

/// Without what lies in the room.
Snapshot below_room(Snapshot snapshot)
{
    snapshot.memory = within(snapshot.memory, {0, room.start});
    snapshot.reserved = within(snapshot.reserved, {0, room.start});
    return snapshot;
}

/// These calls do the same with arrays of 4 entries as with arrays of 128.
void grow_unseen(Subject &subject, const Ops &calls, mblab_type type)
{
    const Snapshot large = below_room(subject.after(boot, calls));
    subject.use("numa-4");
    const Snapshot small = below_room(subject.after(boot, calls));
    subject.cover(70, "grows", large.of(type).size() > 4);
    subject.cover(20, "grows twice", large.of(type).size() > 8);
    subject.same(large, small);
}

/// A bug: calls are for a byte less once the array has doubled.
template <typename Call> Bug short_once_grown(mblab_type type)
{
    return miscalls<Call>([type](Call call, const mblab_state &before) {
        call.size -= before.type[type].max == 8;
        return call;
    });
}

/// Ranges that do not touch.
std::vector<Range> draw_apart(const Line &line)
{
    std::vector<Range> ranges;
    for (uint64_t place = 0; place < Line::places; place += 2)
        if (pick(0, 3))
            ranges.push_back({line.at(place), line.at(place + 1)});
    return ranges;
}

} // namespace

PROPERTY(a_small_memory_array_changes_nothing, short_once_grown<ops::memblock_add_node>(MBLAB_TYPE_memory), with_nodes)
{
    const Line line = draw_line();
    Ops calls;
    for (const Range &range : shuffled(draw_apart(line)))
        calls.push_back(ops::memblock_add_node{.base = range.start, .size = range.size(), .nid = draw_node()});
    for (uint64_t count = pick(0, 6); count; count--)
        calls.push_back(over(pick_from<mblab_op_kind>({MBLAB_OP_memblock_mark_nomap, MBLAB_OP_memblock_mark_hotplug,
                                                       MBLAB_OP_memblock_remove, MBLAB_OP_memblock_add}),
                             draw_range(line)));
    grow_unseen(subject, calls, MBLAB_TYPE_memory);
}

PROPERTY(a_small_reserved_array_changes_nothing, short_once_grown<ops::memblock_reserve>(MBLAB_TYPE_reserved),
         with_nodes)
{
    const Line line = draw_line();
    Ops calls = {over<ops::memblock_add>(line.whole())};
    for (const Range &range : shuffled(draw_apart(line)))
        calls.push_back(over<ops::memblock_reserve>(range));
    for (uint64_t count = pick(0, 6); count; count--)
        calls.push_back(pick(0, 1)
                            ? over(pick_from<mblab_op_kind>({MBLAB_OP_memblock_phys_free, MBLAB_OP_memblock_reserve,
                                                             MBLAB_OP_memblock_reserved_mark_noinit}),
                                   draw_range(line))
                            : ops::memblock_alloc_range_nid{.size = line.unit / 2,
                                                            .align = draw_align(line),
                                                            .start = line.origin,
                                                            .end = line.at(Line::places),
                                                            .nid = no_node});
    grow_unseen(subject, calls, MBLAB_TYPE_reserved);
}

PROPERTY(reservations_grow_the_array_in_any_order, short_once_grown<ops::memblock_reserve>(MBLAB_TYPE_reserved),
         with_nodes)
{
    const Ops calls = each(draw_apart(draw_line()), over<ops::memblock_reserve>);
    subject.use("numa-4");
    const Snapshot ascending = below_room(subject.after(boot, calls));
    subject.cover(70, "grows", ascending.reserved.size() > 4);
    subject.same(ascending, below_room(subject.after(boot, shuffled(calls))));
}

PROPERTY(an_array_takes_what_it_has_room_for_and_then_panics, sets(&ops::memblock_reserve::size, 0), with_nodes)
{
    const Ops reserve = each(shuffled(draw_apart(draw_line())), over<ops::memblock_reserve>);
    const bool allowed = pick(0, 1);
    subject.use("numa-4");
    const uint64_t entries = std::min<uint64_t>(reserve.size(), subject.variant().reserved_regions);
    const auto after_all = reserve.begin() + static_cast<long>(entries);
    const Snapshot full = subject.after(over<ops::memblock_add>(room), Ops(reserve.begin(), after_all));
    if (allowed)
        subject.call(ops::memblock_allow_resize{});
    subject.cover(60, "the array is full, and there is more", entries < reserve.size());
    subject.same<uint64_t>(full.reserved.size(), entries);
    if (entries < reserve.size())
        subject.same<uint64_t>(subject.attempt(*after_all).result.exit, allowed ? MBLAB_RETURNED : MBLAB_PANIC);
}

} // namespace mblab::property
