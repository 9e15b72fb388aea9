// SPDX-License-Identifier: GPL-2.0-or-later
// Flags and nodes of regions: what undoes what, pieces, order.
#include "property.hpp"

namespace mblab::property {
namespace {

/// From where the range has no such flag: setting it and clearing it leads back.
template <typename Mark, typename Clear> void clears_again(Subject &subject)
{
    const Layout layout = draw_layout();
    const Range range = draw_range(layout.line);
    const Snapshot before = subject.after(layout, over<Clear>(range));
    subject.cover(40, "some of it is memory", touches(before.memory, range));
    subject.cover(20, "cuts a region", before.memory.size() < subject.after(layout, over<Mark>(range)).memory.size());
    subject.same(before, subject.after(layout, over<Clear>(range), over<Mark>(range), over<Clear>(range)));
}

Op draw_mark(const Line &line)
{
    return over(pick_from<mblab_op_kind>({MBLAB_OP_memblock_mark_hotplug, MBLAB_OP_memblock_mark_nomap,
                                          MBLAB_OP_memblock_clear_hotplug, MBLAB_OP_memblock_clear_nomap,
                                          MBLAB_OP_memblock_mark_kho_scratch, MBLAB_OP_memblock_reserved_mark_kern,
                                          MBLAB_OP_memblock_reserved_mark_noinit}),
                draw_range(line));
}

auto setting(mblab_type type, int32_t nid)
{
    return [type, nid](const Range &range) -> Op {
        return ops::memblock_set_node{.base = range.start, .size = range.size(), .type = type, .nid = nid};
    };
}

} // namespace

PROPERTY(clearing_hotplug_undoes_marking_it, adds(&ops::memblock_clear_hotplug::size, -1))
{
    clears_again<ops::memblock_mark_hotplug, ops::memblock_clear_hotplug>(subject);
}

PROPERTY(clearing_nomap_undoes_marking_it, adds(&ops::memblock_mark_nomap::size, page))
{
    clears_again<ops::memblock_mark_nomap, ops::memblock_clear_nomap>(subject);
}

PROPERTY(clearing_scratch_undoes_marking_it, adds(&ops::memblock_clear_kho_scratch::size, -1))
{
    clears_again<ops::memblock_mark_kho_scratch, ops::memblock_clear_kho_scratch>(subject);
}

PROPERTY(reserving_for_the_kernel_is_reserving_and_marking, sets(&ops::memblock_reserved_mark_kern::size, page))
{
    const Layout layout = draw_layout();
    const Range range = draw_range(layout.line);
    const Op clear = over<ops::memblock_phys_free>(range);
    const Snapshot before = subject.after(layout);
    const Snapshot at_once = subject.after(layout, clear, over<ops::memblock_reserve_kern>(range));
    subject.cover(30, "beside other reservations", at_once.reserved.size() > 1);
    subject.same(at_once, subject.after(layout, clear, over<ops::memblock_reserve>(range),
                                        over<ops::memblock_reserved_mark_kern>(range)));
    subject.same(at_once, subject.after(layout, clear,
                                        ops::__memblock_reserve{
                                            .base = range.start, .size = range.size(), .nid = no_node, .flags = kern}));
}

PROPERTY(marking_in_pieces_is_marking_whole, adds(&ops::memblock_mark_nomap::size, -1))
{
    const Layout layout = draw_layout();
    const Op mark = draw_mark(layout.line);
    const Range range = {mark.arg[0], mark.arg[0] + mark.arg[1]};
    const Ops pieces =
        each(draw_pieces(range), [&](const Range &piece) { return over(mblab_op_kind(mark.kind), piece); });

    const Snapshot before = subject.after(layout);
    const Snapshot whole = subject.after(layout, mark);
    subject.cover(25, "marks something, in pieces", !(whole == before) && pieces.size() > 1);
    subject.same(whole, subject.after(layout, pieces));
}

PROPERTY(marks_of_different_kinds_are_made_in_any_order, adds_beside<ops::memblock_mark_nomap>(MBLAB_TYPE_memory, -1))
{
    const Layout layout = draw_layout({.flags = {0}});
    const Range range = draw_range(layout.line);
    const Op one = over<ops::memblock_mark_hotplug>(range);
    const Op other =
        pick(0, 1) ? over<ops::memblock_mark_nomap>(range) : over<ops::memblock_mark_nomap>(draw_range(layout.line));
    const Snapshot before = subject.after(layout);
    subject.cover(25, "both meet",
                  touches(before.memory, range) && overlap(range, {other.arg[0], other.arg[0] + other.arg[1]}));
    subject.same(subject.after(layout, one, other), subject.after(layout, other, one));
}

PROPERTY(setting_a_node_in_pieces_is_setting_it_whole, adds(&ops::memblock_set_node::size, -1), with_nodes)
{
    const Layout layout = draw_layout();
    const Range range = draw_range(layout.line);
    const std::vector<Range> pieces = draw_pieces(range);
    const auto set = setting(pick_from<mblab_type>({MBLAB_TYPE_memory, MBLAB_TYPE_reserved}), draw_node());

    const Snapshot before = subject.after(layout);
    const Snapshot whole = subject.after(layout, set(range));
    subject.cover(30, "sets something, in pieces", !(whole == before) && pieces.size() > 1);
    subject.same(whole, subject.after(layout, each(pieces, set)));
}

PROPERTY(the_node_set_last_stays, adds_beside<ops::memblock_set_node>(MBLAB_TYPE_memory, -1), with_nodes)
{
    const Layout layout = draw_layout();
    const Range range = draw_range(layout.line);
    const auto type = pick_from<mblab_type>({MBLAB_TYPE_memory, MBLAB_TYPE_reserved});
    const Op first = setting(type, draw_node())(range), last = setting(type, draw_node())(range);

    const Snapshot before = subject.after(layout);
    subject.cover(35, "there is something to set", touches(before.of(type), range));
    subject.same(subject.after(layout, last), subject.after(layout, first, last));
}

PROPERTY(memory_added_to_a_node_is_memory_put_on_it_later, adds(&ops::memblock_set_node::size, -1), with_nodes)
{
    const Layout layout = draw_layout();
    const Range range = draw_range(layout.line);
    const int32_t nid = draw_node();
    const Op clear = over<ops::memblock_remove>(range);

    const Snapshot at_once =
        subject.after(layout, clear, ops::memblock_add_node{.base = range.start, .size = range.size(), .nid = nid});
    subject.cover(50, "beside other memory", at_once.memory.size() > 1);
    subject.same(at_once,
                 subject.after(layout, clear, over<ops::memblock_add>(range), setting(MBLAB_TYPE_memory, nid)(range)));
}

} // namespace mblab::property
