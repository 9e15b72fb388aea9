// SPDX-License-Identifier: GPL-2.0-or-later
#include "apps/export/suite_rules.hpp"

#include <algorithm>

namespace mblab::exporting {
namespace {

constexpr SuiteVerdict call{InSuite::call, ""};

SuiteVerdict leave_out(std::string_view why)
{
    return {InSuite::leave_out, why};
}

SuiteVerdict refuse(std::string_view why)
{
    return {InSuite::refuse, why};
}

SuiteVerdict world_verdict(const Op &op)
{
    switch (op.kind) {
    case MBLAB_OP_world_movable_node:
        return call;
    case MBLAB_OP_world_budget:
    case MBLAB_OP_world_max_low_pfn:
    case MBLAB_OP_world_online_nodes:
        return leave_out("the arrays do not depend on it");
    case MBLAB_OP_world_slab:
        return op.arg[0] ? refuse("the suite's slab stays down") : leave_out("the suite's slab is down");
    default:
        return op.arg[0] ? refuse("the suite has no mirrored memory") : leave_out("the suite has no mirrored memory");
    }
}

SuiteVerdict buddy_verdict(const Op &op)
{
    switch (op.kind) {
    case MBLAB_OP_memblock_free_late:
    case MBLAB_OP_reset_all_zones_managed_pages:
        return leave_out("the suite has no buddy allocator");
    case MBLAB_OP_memblock_free_all:
        return call; // it also changes flags and nodes
    default:
        return refuse("with CONFIG_ARCH_KEEP_MEMBLOCK it does nothing, and which it is the suite does not say");
    }
}

bool has_type(const Op &op, mblab_type wanted)
{
    const OpInfo &info = op_info(op.kind);
    for (size_t i = 0; i < info.parameter_count; i++)
        if (info.parameters[i].kind == ParameterKind::type && op.arg[i] == wanted)
            return true;
    return false;
}

bool aligns_to_nothing(const Op &op)
{
    const OpInfo &info = op_info(op.kind);
    for (size_t i = 0; i < info.parameter_count; i++)
        if (info.family == Family::alloc && info.parameters[i].kind == ParameterKind::align && op.arg[i] == 0)
            return true;
    return false;
}

bool is_no_memory(const PlayedStep &step)
{
    constexpr int64_t no_memory = -12;
    return step.result.count && op_info(step.op.kind).results[0].kind == ParameterKind::error &&
           static_cast<int64_t>(step.result.value[0]) == no_memory;
}

SuiteVerdict family_verdict(const Op &op)
{
    switch (op_info(op.kind).family) {
    case Family::world:
        return world_verdict(op);
    case Family::buddy:
        return buddy_verdict(op);
    case Family::iterate:
        return leave_out("a walk changes nothing");
    case Family::report:
        return leave_out("it only prints");
    case Family::params:
        return std::string_view(op.text) == "memblock=debug" ? leave_out("it only prints")
                                                             : refuse("the suite has no kernel parameters");
    default:
        return op.kind == MBLAB_OP_memblock_set_region_node ? leave_out("the lab puts the node back") : call;
    }
}

} // namespace

SuiteVerdict in_suite(const PlayedStep &step, bool resize_allowed)
{
    if (!step.refused_by.empty())
        return leave_out("the lab does not make this call either");
    if (step.result.exit == MBLAB_REFUSED)
        return leave_out("there is no such region");
    if (step.result.exit == MBLAB_ABSENT)
        return leave_out("this kernel has no such function");
    if (step.op.kind == MBLAB_OP_memblock_physmem_add || has_type(step.op, MBLAB_TYPE_physmem))
        return refuse("the suite has no physmem");
    if (step.result.exit == MBLAB_BUDGET)
        return refuse("the lab's budget of effects ended it");
    if (step.result.exit != MBLAB_RETURNED)
        return refuse("the call does not return, which would end the suite");
    if (aligns_to_nothing(step.op))
        return refuse("an alignment of 0 means a cache line, which is 64 bytes in the lab and 32 in the suite");
    if (is_no_memory(step) && !resize_allowed)
        return refuse("an array is full; whether it may grow is a static variable that other checks have set");
    return family_verdict(step.op);
}

} // namespace mblab::exporting
