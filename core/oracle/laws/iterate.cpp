// SPDX-License-Identifier: GPL-2.0-or-later
// Each iterator, as the set that it walks over.
#include "core/oracle/laws/checks.hpp"

namespace mblab::contract {
namespace {

constexpr std::string_view next_source = "mm/memblock.c, kernel-doc of __next_mem_range()";

/// What a walk selects: the areas of a, without those of b, of a node and with regard to flags.
struct Walk {
    uint64_t type_a = MBLAB_TYPE_memory, type_b = MBLAB_TYPE_none;
    int32_t nid = -1;
    uint32_t flags = 0;
    uint64_t at_most = never;
    bool tells_node = false;
};

/// One area: region number a, cut to the gap before region number b.
struct Area {
    Range range;
    int32_t nid = 0;
    int64_t a = 0, b = 0;
    bool found = false;
};

bool selects(const Context &context, const Walk &walk, const Region &region)
{
    if (walk.type_a != MBLAB_TYPE_memory)
        return true;
    if (context.valid_node(walk.nid) && region.nid != walk.nid)
        return false;
    if ((region.flags & flag_hotplug) && context.facts.movable_node && !(walk.flags & flag_hotplug))
        return false;
    if ((walk.flags & flag_mirror) && !(region.flags & flag_mirror))
        return false;
    const uint32_t unasked = region.flags & ~walk.flags;
    return !(unasked & (flag_nomap | flag_driver_managed));
}

/// The gap before region number b: between the end of the one below and its start.
Range gap(const Context &context, Regions regions, int64_t b)
{
    const auto index = static_cast<size_t>(b);
    return {b ? end_of(regions[index - 1]) : 0, index < regions.size() ? regions[index].base : context.phys_max()};
}

/// Whether the gap and the area share an address, or the gap is empty and lies inside.
bool meets(const Range &area, const Range &gap)
{
    return area.start < gap.end && gap.start < area.end;
}

/// The first area from (a, b) on, upwards.
Area first_from(const Context &context, const Walk &walk, int64_t a, int64_t b)
{
    const Regions as = context.old_regions(walk.type_a);
    const bool whole = walk.type_b == MBLAB_TYPE_none;
    const Regions bs = whole ? Regions() : context.old_regions(walk.type_b);
    for (; a < static_cast<int64_t>(as.size()); a++) {
        const Region &region = as[static_cast<size_t>(a)];
        if (!selects(context, walk, region))
            continue;
        if (whole)
            return {range_of(region), region.nid, a, b, true};
        for (; b <= static_cast<int64_t>(bs.size()); b++) {
            const Range hole = gap(context, bs, b);
            if (hole.start >= end_of(region))
                break;
            if (meets(range_of(region), hole))
                return {
                    {std::max(region.base, hole.start), std::min(end_of(region), hole.end)}, region.nid, a, b, true};
        }
    }
    return {};
}

/// The first area from (a, b) on, downwards.
Area last_from(const Context &context, const Walk &walk, int64_t a, int64_t b)
{
    const Regions as = context.old_regions(walk.type_a);
    const bool whole = walk.type_b == MBLAB_TYPE_none;
    const Regions bs = whole ? Regions() : context.old_regions(walk.type_b);
    for (; a >= 0; a--) {
        const Region &region = as[static_cast<size_t>(a)];
        if (!selects(context, walk, region))
            continue;
        if (whole)
            return {range_of(region), region.nid, a, b, true};
        for (; b >= 0; b--) {
            const Range hole = gap(context, bs, b);
            if (hole.end <= region.base)
                break;
            if (meets(range_of(region), hole))
                return {
                    {std::max(region.base, hole.start), std::min(end_of(region), hole.end)}, region.nid, a, b, true};
        }
    }
    return {};
}

/// Where a walk upwards goes on after an area: past whichever of region and gap ends first.
void step_up(const Context &context, const Walk &walk, Area &area)
{
    const Region &region = context.old_regions(walk.type_a)[static_cast<size_t>(area.a)];
    const bool whole = walk.type_b == MBLAB_TYPE_none;
    if (whole || end_of(region) <= gap(context, context.old_regions(walk.type_b), area.b).end)
        area.a++;
    else
        area.b++;
}

void step_down(const Context &context, const Walk &walk, Area &area)
{
    const Region &region = context.old_regions(walk.type_a)[static_cast<size_t>(area.a)];
    const bool whole = walk.type_b == MBLAB_TYPE_none;
    if (whole || region.base >= gap(context, context.old_regions(walk.type_b), area.b).start)
        area.a--;
    else
        area.b--;
}

/// Whether the range effects of the op are the areas that next(i) gives one after the other, cut off at at_most.
template <typename Next> Verdict compare(Context &context, const Walk &walk, Next next)
{
    uint64_t steps = 0;
    const std::span<const Effect> list = context.outcome().effect_list();
    for (; steps < walk.at_most; steps++) {
        const Area area = next();
        if (!area.found)
            break;
        if (steps >= list.size() || list[steps].kind != MBLAB_EFFECT_range)
            return context.broken("ends after {} steps, before {:#x}-{:#x}", steps, area.range.start, area.range.end);
        const Effect &seen = list[steps];
        if (seen.a != area.range.start || seen.b != area.range.end)
            return context.broken("step {} is not {:#x}-{:#x}", steps, area.range.start, area.range.end);
        if (static_cast<int32_t>(seen.c) != (walk.tells_node ? area.nid : 0))
            return context.broken("step {} tells node {}, not {}", steps, seen.c, static_cast<uint64_t>(area.nid));
    }
    return steps == list.size() && context.value() == steps
               ? Verdict::holds
               : context.broken("{} steps, where {} were expected", context.value(), steps);
}

/// The walk that a for_each op stands for.
Walk walk_of(const Context &context)
{
    const Op &op = context.op();
    switch (op.kind) {
    case MBLAB_OP_for_each_mem_range:
    case MBLAB_OP_for_each_mem_range_rev:
        return {MBLAB_TYPE_memory, MBLAB_TYPE_none, -1, flag_hotplug | flag_driver_managed, op.arg[0], false};
    case MBLAB_OP_for_each_reserved_mem_range:
        return {MBLAB_TYPE_reserved, MBLAB_TYPE_none, -1, 0, op.arg[0], false};
    case MBLAB_OP_for_each_free_mem_range:
    case MBLAB_OP_for_each_free_mem_range_reverse:
        return {MBLAB_TYPE_memory, MBLAB_TYPE_reserved, context.nid(0), context.flags(1), op.arg[2], true};
    case MBLAB_OP___for_each_mem_range:
    case MBLAB_OP___for_each_mem_range_rev:
        return {op.arg[0], op.arg[1], context.nid(2), context.flags(3), op.arg[4], true};
    case MBLAB_OP_for_each_physmem_range:
        return {MBLAB_TYPE_physmem, op.arg[0], -1, 0, op.arg[1], false};
    case MBLAB_OP___next_physmem_range:
        return {MBLAB_TYPE_physmem, op.arg[1], -1, 0, 1, false};
    default: // __next_mem_range and its reverse
        return {op.arg[3], op.arg[4], context.nid(1), context.flags(2), 1, true};
    }
}

bool can_walk(const Context &context, const Walk &walk)
{
    return context.has_type(walk.type_a) && (walk.type_b == MBLAB_TYPE_none || context.has_type(walk.type_b));
}

Verdict forward(Context &context)
{
    const Walk walk = walk_of(context);
    if (!can_walk(context, walk))
        return Verdict::not_applicable;
    Area from;
    return compare(context, walk, [&] {
        const Area area = first_from(context, walk, from.a, from.b);
        from = area;
        if (area.found)
            step_up(context, walk, from);
        return area;
    });
}

Verdict backward(Context &context)
{
    const Walk walk = walk_of(context);
    if (!can_walk(context, walk))
        return Verdict::not_applicable;
    Area from;
    from.a = static_cast<int64_t>(context.old_regions(walk.type_a).size()) - 1;
    from.b = walk.type_b == MBLAB_TYPE_none ? 0 : static_cast<int64_t>(context.old_regions(walk.type_b).size());
    return compare(context, walk, [&] {
        const Area area = last_from(context, walk, from.a, from.b);
        from = area;
        if (area.found)
            step_down(context, walk, from);
        return area;
    });
}

/// A zone that wraps around the address space, or has no frames, is none.
bool is_insane_zone(const Context &context);

Verdict not_empty(Context &context)
{
    if (is_insane_zone(context))
        return Verdict::not_applicable;
    for (const Effect &effect : context.outcome().effect_list())
        if (effect.kind == MBLAB_EFFECT_range && effect.a >= effect.b)
            return context.broken("the range {:#x}-{:#x} is empty", effect.a, effect.b);
    return context.summary.ranges ? Verdict::holds : Verdict::not_applicable;
}

Verdict in_order(Context &context)
{
    if (is_insane_zone(context))
        return Verdict::not_applicable;
    const uint16_t kind = context.op().kind;
    const bool down = kind == MBLAB_OP_for_each_mem_range_rev || kind == MBLAB_OP_for_each_free_mem_range_reverse ||
                      kind == MBLAB_OP___for_each_mem_range_rev;
    const Effect *last = nullptr;
    for (const Effect &effect : context.outcome().effect_list()) {
        if (last && (down ? effect.b > last->a : effect.a < last->b))
            return context.broken("{:#x}-{:#x} is out of order", effect.a, effect.b);
        last = &effect;
    }
    return context.summary.ranges > 1 ? Verdict::holds : Verdict::not_applicable;
}

Verdict prefix(Context &context)
{
    const OpInfo &info = op_info(context.op().kind);
    const uint64_t at_most = context.op().arg[info.parameter_count - 1];
    return context.summary.ranges <= at_most && context.value() == context.summary.ranges
               ? Verdict::holds
               : context.broken("{} steps told, {} seen, {} allowed", context.value(), context.summary.ranges, at_most);
}

Verdict whole_regions(Context &context)
{
    const bool memory = context.op().kind == MBLAB_OP_for_each_mem_region;
    const Walk walk{memory ? MBLAB_TYPE_memory : MBLAB_TYPE_reserved,
                    MBLAB_TYPE_none,
                    -1,
                    never & 0xffffffff,
                    context.op().arg[0],
                    true};
    const Regions regions = context.old_regions(walk.type_a);
    size_t at = 0;
    return compare(context, walk, [&]() -> Area {
        if (at == regions.size())
            return {};
        const Region &region = regions[at++];
        return {range_of(region), region.nid, 0, 0, true};
    });
}

// ---- page frames ----

/// The whole page frames of the first region after index that has some and is of the node.
Area next_frames(const Context &context, int64_t index, int32_t nid)
{
    const Regions memory = context.old_regions(MBLAB_TYPE_memory);
    for (auto i = static_cast<uint64_t>(index + 1); i < memory.size(); i++) {
        const Range frames{pfn_up(memory[i].base), pfn_down(end_of(memory[i]))};
        if (!frames.empty() && (!context.valid_node(nid) || memory[i].nid == nid))
            return {frames, memory[i].nid, static_cast<int64_t>(i), 0, true};
    }
    return {};
}

Verdict frames(Context &context)
{
    const Walk walk{MBLAB_TYPE_memory, MBLAB_TYPE_none, -1, 0, context.op().arg[1], true};
    int64_t index = -1;
    return compare(context, walk, [&] {
        const Area area = next_frames(context, index, context.nid(0));
        index = area.a;
        return area;
    });
}

Verdict resume_frames(Context &context)
{
    // The index is incremented as an int: any other negative one is past every array.
    const auto index = static_cast<int32_t>(context.op().arg[0]);
    const Area area = index >= -1 ? next_frames(context, index, context.nid(1)) : Area{};
    if (static_cast<int64_t>(context.value(0)) != (area.found ? area.a : -1))
        return context.broken("continues at {}", context.value(0));
    if (!area.found)
        return Verdict::holds;
    const bool same = context.value(1) == area.range.start && context.value(2) == area.range.end &&
                      static_cast<int32_t>(context.value(3)) == area.nid;
    return same ? Verdict::holds
                : context.broken("{:#x}-{:#x}, node {}", context.value(1), context.value(2), context.value(3));
}

struct Zone {
    Range frames;
    bool sane;
};

Zone zone_of(const Context &context, size_t start_index)
{
    const uint64_t start = context.op().arg[start_index], pages = context.op().arg[start_index + 1];
    return {{start, start + pages}, pages != 0 && pages <= never - start};
}

bool is_insane_zone(const Context &context)
{
    return context.op().kind == MBLAB_OP_for_each_free_mem_pfn_range_in_zone_from && !zone_of(context, 1).sane;
}

/// The next free page frames of a zone. Leaves the place to go on from in `from`.
Area next_in_zone(const Context &context, const Walk &walk, const Zone &zone, Area &from)
{
    for (;;) {
        Area area = first_from(context, walk, from.a, from.b);
        if (!area.found)
            return {};
        from = area;
        step_up(context, walk, from);
        const Range whole{pfn_up(area.range.start), pfn_down(area.range.end)};
        if (whole.empty() || whole.end <= zone.frames.start)
            continue;
        if (whole.start >= zone.frames.end)
            return {};
        area.range = {std::max(whole.start, zone.frames.start), std::min(whole.end, zone.frames.end)};
        return area;
    }
}

Verdict zone(Context &context)
{
    const Walk walk{MBLAB_TYPE_memory, MBLAB_TYPE_reserved, context.nid(0), 0, context.op().arg[3], true};
    const Zone zone = zone_of(context, 1);
    if (!zone.sane)
        return Verdict::not_applicable;
    Area from;
    return compare(context, walk, [&] {
        Area area = next_in_zone(context, walk, zone, from);
        area.nid = context.nid(0); // the walk tells the zone's node
        return area;
    });
}

// ---- cookies ----

uint64_t cookie_of(const Area &area)
{
    return (static_cast<uint64_t>(area.b) << 32) | static_cast<uint32_t>(area.a);
}

/// The two indices of a cookie. Half of all numbers is past any array, as the kernel's int is.
Area place_of(uint64_t cookie)
{
    constexpr uint32_t beyond = 1u << 31;
    const auto a = static_cast<uint32_t>(cookie), b = static_cast<uint32_t>(cookie >> 32);
    Area place;
    place.a = a < beyond ? a : INT32_MAX;
    place.b = b < beyond ? b : INT32_MAX;
    return place;
}

Verdict compare_step(Context &context, const Walk &walk, const Area &area, uint64_t cookie)
{
    if (!area.found)
        return context.value(0) == never ? Verdict::holds
                                         : context.broken("goes on at {:#x} past the end", context.value(0));
    if (context.value(1) != area.range.start || context.value(2) != area.range.end)
        return context.broken("gives {:#x}-{:#x}, not {:#x}", context.value(1), context.value(2), area.range.start);
    if (walk.tells_node && static_cast<int32_t>(context.value(3)) != area.nid)
        return context.broken("tells node {}", context.value(3));
    return context.value(0) == cookie ? Verdict::holds
                                      : context.broken("goes on at {:#x}, not at {:#x}", context.value(0), cookie);
}

Verdict resume(Context &context)
{
    const Walk walk = walk_of(context);
    if (!can_walk(context, walk))
        return Verdict::not_applicable;
    Area from = place_of(context.op().arg[0]);
    // Without a second type its index is only carried along.
    if (walk.type_b == MBLAB_TYPE_none)
        from.b = static_cast<int64_t>(context.op().arg[0] >> 32);
    const Area area = first_from(context, walk, from.a, from.b);
    from = area;
    if (area.found)
        step_up(context, walk, from);
    return compare_step(context, walk, area, cookie_of(from));
}

Verdict resume_reverse(Context &context)
{
    const Walk walk = walk_of(context);
    if (!can_walk(context, walk))
        return Verdict::not_applicable;
    const uint64_t cookie = context.op().arg[0];
    const auto count_a = static_cast<int64_t>(context.old_regions(walk.type_a).size());
    const bool whole = walk.type_b == MBLAB_TYPE_none;
    const int64_t count_b = whole ? 0 : static_cast<int64_t>(context.old_regions(walk.type_b).size());
    Area from;
    from.a = cookie == never ? count_a - 1 : static_cast<int32_t>(cookie);
    from.b = cookie == never ? count_b : static_cast<int32_t>(cookie >> 32);
    if (from.a >= count_a || (!whole && from.b > count_b))
        return Verdict::not_applicable;
    const Area area = last_from(context, walk, from.a, from.b);
    from = area;
    if (area.found)
        step_down(context, walk, from);
    return compare_step(context, walk, area, (static_cast<uint64_t>(from.b) << 32) | static_cast<uint32_t>(from.a));
}

Verdict resume_zone(Context &context)
{
    const Walk walk{MBLAB_TYPE_memory, MBLAB_TYPE_reserved, context.nid(1), 0, 1, false};
    const Zone zone = zone_of(context, 2);
    if (!zone.sane)
        return Verdict::not_applicable;
    Area from = place_of(context.op().arg[0]);
    const Area area = next_in_zone(context, walk, zone, from);
    if (!area.found)
        return context.value(0) == never && context.value(1) == never && context.value(2) == 0
                   ? Verdict::holds
                   : context.broken("goes on at {:#x} past the end", context.value(0));
    return compare_step(context, walk, area, cookie_of(from));
}

bool is_loop(uint16_t kind)
{
    return in_family<Family::iterate>(kind) && op_info(kind).results[0].name == "steps";
}

constexpr Contract table[] = {
    {"iterate.forward",
     "A walk over a type gives each of its areas that fits node and flags, without what a second type excludes, from "
     "low "
     "to high.",
     "include/linux/memblock.h, kernel-doc of __for_each_mem_range(), for_each_free_mem_range()",
     only<MBLAB_OP_for_each_mem_range, MBLAB_OP_for_each_reserved_mem_range, MBLAB_OP_for_each_free_mem_range,
          MBLAB_OP___for_each_mem_range, MBLAB_OP_for_each_physmem_range>,
     forward},
    {"iterate.reverse", "The reverse walks give what the forward ones give, from high to low.",
     "mm/memblock.c, kernel-doc of __next_mem_range_rev()",
     only<MBLAB_OP_for_each_mem_range_rev, MBLAB_OP_for_each_free_mem_range_reverse, MBLAB_OP___for_each_mem_range_rev>,
     backward},
    {"iterate.order", "The steps of a walk follow each other in address order and do not overlap.", next_source,
     is_loop, in_order},
    {"iterate.not-empty", "No step of a walk is empty.",
     "include/linux/memblock.h, kernel-doc of for_each_free_mem_range(): free areas", is_loop, not_empty},
    {"iterate.prefix", "A walk that is left early has seen the first steps of the whole walk.", next_source, is_loop,
     prefix},
    {"iterate.regions", "A walk over regions gives each region of the type as it is.",
     "include/linux/memblock.h, kernel-doc of for_each_mem_region(), for_each_reserved_mem_region()",
     only<MBLAB_OP_for_each_mem_region, MBLAB_OP_for_each_reserved_mem_region>, whole_regions},
    {"iterate.frames", "A walk over page frames gives the whole page frames of each memory region of the node.",
     "include/linux/memblock.h, kernel-doc of for_each_mem_pfn_range()", only<MBLAB_OP_for_each_mem_pfn_range>, frames},
    {"iterate.zone",
     "A walk over the free frames of a zone gives free memory of its node, in whole frames, cut to the zone.",
     "mm/memblock.c, kernel-doc of __next_mem_pfn_range_in_zone()",
     only<MBLAB_OP_for_each_free_mem_pfn_range_in_zone_from>, zone},
    {"iterate.resume",
     "A step gives the first area from its cookie on, whose low half counts regions and whose high half counts the "
     "gaps "
     "between those excluded; the cookie that comes back is the place where the next step begins, or all ones.",
     next_source, only<MBLAB_OP___next_mem_range, MBLAB_OP___next_physmem_range>, resume},
    {"iterate.resume-reverse", "A step backwards does the same downwards, and starts at the top from all ones.",
     "mm/memblock.c, kernel-doc of __next_mem_range_rev()", only<MBLAB_OP___next_mem_range_rev>, resume_reverse},
    {"iterate.resume-frames", "A step over page frames goes on after the region of its index, and ends with -1.",
     "include/linux/memblock.h, kernel-doc of for_each_mem_pfn_range()", only<MBLAB_OP___next_mem_pfn_range>,
     resume_frames},
    {"iterate.resume-zone", "A step over a zone goes on from its cookie, and ends with all ones and an empty range.",
     "mm/memblock.c, kernel-doc of __next_mem_pfn_range_in_zone()", only<MBLAB_OP___next_mem_pfn_range_in_zone>,
     resume_zone},
};

} // namespace

std::span<const Contract> iterate_contracts()
{
    return table;
}

} // namespace mblab::contract
