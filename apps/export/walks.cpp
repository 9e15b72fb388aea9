// SPDX-License-Identifier: GPL-2.0-or-later
#include "apps/export/walks.hpp"

#include "apps/view/player.hpp"
#include "core/op/typed.hpp"

#include <algorithm>
#include <optional>

namespace mblab::exporting {
namespace {

constexpr uint64_t walk_start = 0, reverse_start = ~uint64_t{0}, walk_end = ~uint64_t{0};
constexpr uint64_t steps_max = 16;    // of one walk
constexpr uint32_t plain_flags = 0x9; // MEMBLOCK_HOTPLUG | MEMBLOCK_DRIVER_MANAGED

struct Walk {
    Op first;
    uint64_t at_most;
};

Op range_step(bool reverse, int32_t nid, uint32_t flags, mblab_type type_a, mblab_type type_b)
{
    if (reverse)
        return ops::__next_mem_range_rev{reverse_start, nid, flags, type_a, type_b};
    return ops::__next_mem_range{walk_start, nid, flags, type_a, type_b};
}

/// The walk that a call is; none where it is none, or one that the suite lacks.
std::optional<Walk> walk_of(const Op &op)
{
    return visit(op, [](const auto &call) -> std::optional<Walk> {
        using Call = std::decay_t<decltype(call)>;
        constexpr bool reverse = Call::op_kind == MBLAB_OP_for_each_mem_range_rev ||
                                 Call::op_kind == MBLAB_OP_for_each_free_mem_range_reverse ||
                                 Call::op_kind == MBLAB_OP___for_each_mem_range_rev;
        constexpr int32_t any = -1;
        if constexpr (Call::op_kind == MBLAB_OP_for_each_mem_range || Call::op_kind == MBLAB_OP_for_each_mem_range_rev)
            return Walk{range_step(reverse, any, plain_flags, MBLAB_TYPE_memory, MBLAB_TYPE_none), call.at_most};
        else if constexpr (Call::op_kind == MBLAB_OP_for_each_reserved_mem_range)
            return Walk{range_step(reverse, any, 0, MBLAB_TYPE_reserved, MBLAB_TYPE_none), call.at_most};
        else if constexpr (Call::op_kind == MBLAB_OP_for_each_free_mem_range ||
                           Call::op_kind == MBLAB_OP_for_each_free_mem_range_reverse)
            return Walk{range_step(reverse, call.nid, call.flags, MBLAB_TYPE_memory, MBLAB_TYPE_reserved),
                        call.at_most};
        else if constexpr (Call::op_kind == MBLAB_OP___for_each_mem_range ||
                           Call::op_kind == MBLAB_OP___for_each_mem_range_rev)
            return Walk{range_step(reverse, call.nid, call.flags, call.type_a, call.type_b), call.at_most};
        else if constexpr (Call::op_kind == MBLAB_OP_for_each_mem_pfn_range)
            return Walk{ops::__next_mem_pfn_range{any, call.nid}, call.at_most};
        else
            return std::nullopt;
    });
}

} // namespace

Trace with_single_steps(const Trace &trace, Engine &engine)
{
    Trace out = trace;
    out.steps.clear();
    view::Player player(engine);
    for (const Step &step : trace.steps) {
        const std::optional<Walk> walk = walk_of(step.op);
        if (!walk) {
            out.steps.push_back(step);
            player.play(step.op);
            continue;
        }
        Op next = walk->first;
        for (uint64_t i = 0; i <= std::min(walk->at_most, steps_max); i++) {
            out.add(next);
            if (!player.play(next) || player.outcome().result.exit != MBLAB_RETURNED ||
                player.outcome().result.value[0] == walk_end)
                break;
            next.arg[0] = player.outcome().result.value[0];
        }
    }
    return out;
}

} // namespace mblab::exporting
