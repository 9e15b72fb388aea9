// SPDX-License-Identifier: GPL-2.0-or-later
// What may be renamed, moved or repeated without a difference.
#include "property.hpp"

#include <algorithm>

namespace mblab::property {
namespace {

/// The same call on addresses that lie `distance` further.
Op shifted(Op op, uint64_t distance)
{
    const OpInfo &info = op_info(op.kind);
    for (size_t i = 0; i < info.parameter_count; i++)
        if (info.parameters[i].kind == ParameterKind::addr || info.parameters[i].kind == ParameterKind::end)
            op.arg[i] += distance;
    return op;
}

Ops shifted(Ops calls, uint64_t distance)
{
    for (Op &op : calls)
        op = shifted(op, distance);
    return calls;
}

Snapshot shifted(Snapshot snapshot, uint64_t distance)
{
    for (Regions *regions : {&snapshot.memory, &snapshot.reserved, &snapshot.physmem})
        for (Region &region : *regions)
            region.base += distance;
    return snapshot;
}

constexpr int32_t nodes = 4;

int32_t renamed(int32_t nid, int32_t by)
{
    return nid >= 0 && nid < nodes ? (nid + by) % nodes : nid;
}

Op draw_request(const Line &line)
{
    const Range bounds = draw_range(line);
    return ops::memblock_alloc_range_nid{.size = line.unit / pick(1, 4),
                                         .align = draw_align(line),
                                         .start = line.origin,
                                         .end = bounds.end,
                                         .nid = draw_node(),
                                         .exact_nid = pick(0, 1) != 0};
}

} // namespace

PROPERTY(moving_all_addresses_moves_the_outcome, miscalls<ops::memblock_reserve>([](auto call) {
             call.size -= call.base >> 42 & 1;
             return call;
         }))
{
    Layout layout = draw_layout();
    if (layout.line.origin == 0) // the first page is never given, wherever the rest lies
        layout.calls = shifted(layout.calls, layout.line.unit * Line::places);
    const Line line = {layout.line.origin ? layout.line.origin : layout.line.at(Line::places), layout.line.unit};
    const uint64_t distance = (uint64_t{1} << 42) * pick(1, 3); // a multiple of every alignment
    const Op request = draw_request(line);

    subject.after(layout);
    const uint64_t here = subject.value(request);
    const Snapshot left = subject.snapshot();
    subject.after(shifted(layout.calls, distance));
    subject.cover(10, "memory is given", here);
    subject.cover(50, "several regions", left.memory.size() > 1 && left.reserved.size() > 1);
    subject.same(subject.value(shifted(request, distance)), here ? here + distance : 0);
    subject.same(shifted(left, distance), subject.snapshot());
}

PROPERTY(renaming_nodes_renames_them_in_the_outcome, sets(&ops::memblock_add_node::nid, 1), with_nodes)
{
    const Layout layout = draw_layout();
    const auto by = static_cast<int32_t>(pick(1, nodes - 1));
    Ops calls = layout.calls;
    calls.push_back(draw_request(layout.line));
    Snapshot expected = subject.after(calls);
    for (Regions *regions : {&expected.memory, &expected.reserved})
        for (Region &region : *regions)
            region.nid = renamed(region.nid, by);
    for (Op &op : calls)
        for (size_t i = 0; i < op_info(op.kind).parameter_count; i++)
            if (op_info(op.kind).parameters[i].kind == ParameterKind::nid)
                op.arg[i] = static_cast<uint64_t>(renamed(static_cast<int32_t>(op.arg[i]), by));
    subject.cover(50, "several nodes",
                  std::any_of(expected.memory.begin(), expected.memory.end(),
                              [&](const Region &r) { return r.nid != expected.memory[0].nid; }));
    subject.same(expected, subject.after(calls));
}

PROPERTY(a_state_is_made_again_from_its_regions, sets(&ops::__memblock_reserve::flags, 0))
{
    const Snapshot before = subject.after(draw_layout());
    Ops add;
    for (const Region &region : before.memory)
        add.push_back(
            ops::memblock_add_node{.base = region.base, .size = region.size, .nid = region.nid, .flags = region.flags});
    for (const Region &region : before.reserved)
        add.push_back(ops::__memblock_reserve{
            .base = region.base, .size = region.size, .nid = region.nid, .flags = region.flags});
    subject.cover(50, "several regions", before.memory.size() > 2);
    subject.cover(20, "reservations with flags",
                  !where(before.reserved, [](const Region &r) { return r.flags; }).empty());
    subject.same(before, subject.after(shuffled(add)));
}

PROPERTY(debug_messages_are_all_that_debugging_adds,
         miscalls<ops::early_param>([](auto) -> Op { return ops::memblock_set_bottom_up{.enable = true}; }))
{
    const Layout layout = draw_layout();
    const Op debug = ops::early_param{.parameter = "memblock=debug"}, request = draw_request(layout.line);
    subject.after(layout);
    const Answer silent = subject.call(request);
    const Snapshot left = subject.snapshot();
    subject.after(debug, layout);
    const Answer loud = subject.call(request);
    subject.cover(10, "there are messages", loud.effects.size() > silent.effects.size());
    subject.same(loud.result.value[0], silent.result.value[0]);
    subject.check(loud.effects_without(MBLAB_EFFECT_print) == silent.effects_without(MBLAB_EFFECT_print),
                  "the other effects are the same");
    subject.same(left, subject.snapshot());
}

} // namespace mblab::property
