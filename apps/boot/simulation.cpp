// SPDX-License-Identifier: GPL-2.0-or-later
#include "apps/boot/simulation.hpp"

#include <algorithm>

namespace mblab::boot {

void Simulation::reset()
{
    model_.reset();
    extra_size_ = 0;
}

void Simulation::take(Interval range, int32_t nid, const std::optional<Attributes> &shown)
{
    const Dialect &dialect = model_.dialect();
    if (shown)
        run(ops::__memblock_reserve{range.start, range.size(), shown->nid, shown->flags});
    else if (dialect.alloc_marks_kern)
        run(ops::__memblock_reserve{range.start, range.size(), dialect.alloc_keeps_node ? nid : nid_none, flag_kern});
    else
        run(reserve(range));
}

void Simulation::take_array(Interval range)
{
    run(reserve(range, model_.dialect().array_marks_kern ? flag_kern : 0));
}

void Simulation::load(const Snapshot &dump)
{
    for (const mblab_type type : {MBLAB_TYPE_memory, MBLAB_TYPE_reserved}) {
        const bool is_memory = type == MBLAB_TYPE_memory;
        if (!dump.shows(type))
            continue;
        run(make_op(is_memory ? MBLAB_OP_memblock_remove : MBLAB_OP_memblock_phys_free, {0, UINT64_MAX}));
        for (const Region &region : dump.regions[type]) {
            run(is_memory ? Op(ops::memblock_add{region.base, region.size})
                          : reserve(interval_of(region), region.flags));
            if (is_node(region.nid))
                run(set_node(interval_of(region), type, region.nid));
            for (const FlagCall &call : flag_calls)
                if (call.type == type && (region.flags & call.flag))
                    run(make_op(call.set, {region.base, region.size}));
        }
    }
    if (dump.file == MBLAB_TYPE_none)
        extra_size_ += dump.memory_size - memory_size();
}

uint64_t Simulation::place(const Op &allocation) const
{
    const uint64_t found = model_.run(allocation).result.value[0];
    // What was found was free: to free it again leaves what was there before.
    if (found)
        model_.run(ops::memblock_phys_free{found, allocation.arg[0]});
    return found;
}

Interval Simulation::hole_around(uint64_t place, Interval but) const
{
    const Region *memory_here = region_at(memory(), place);
    if (!memory_here)
        return {};
    const Regions taken = reserved();
    const size_t above = first_ending_above(taken, place);
    Interval hole = interval_of(*memory_here);
    if (above > 0)
        hole.start = std::max(hole.start, end_of(taken[above - 1]));
    if (above < taken.size())
        hole.end = std::min(hole.end, taken[above].base);
    if (place >= but.end)
        hole.start = std::max(hole.start, but.end);
    else if (place < but.start)
        hole.end = std::min(hole.end, but.start);
    return hole;
}

} // namespace mblab::boot
