// SPDX-License-Identifier: GPL-2.0-or-later
#include "apps/export/suite_rules.hpp"

#include "core/op/typed.hpp"

namespace mblab::exporting {
namespace {

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
    return op_info(op.kind).family == Family::alloc && visit(op, [](const auto &call) {
               if constexpr (requires { call.align; })
                   return call.align == 0;
               return false;
           });
}

bool is_no_memory(const PlayedStep &step)
{
    constexpr int64_t no_memory = -12;
    return step.result.count && op_info(step.op.kind).results[0].kind == ParameterKind::error &&
           static_cast<int64_t>(step.result.value[0]) == no_memory;
}

template <mblab_exit exit> bool ends_in(const PlayedStep &step, bool)
{
    return step.result.exit == exit;
}

template <typename... Call> bool calls(const PlayedStep &step, bool)
{
    return (is<Call>(step.op) || ...);
}

template <Family family> bool is_of(const PlayedStep &step, bool)
{
    return op_info(step.op.kind).family == family;
}

struct SuiteRule {
    bool (*applies)(const PlayedStep &step, bool resize_allowed);
    SuiteVerdict verdict;
};

/// The first that applies says what becomes of a call; one that none speaks of is made.
constexpr SuiteRule rules[] = {
    {[](const PlayedStep &step, bool) { return !step.refused_by.empty(); },
     {InSuite::leave_out, "the lab does not make this call either"}},
    {ends_in<MBLAB_REFUSED>, {InSuite::leave_out, "there is no such region"}},
    {ends_in<MBLAB_ABSENT>, {InSuite::leave_out, "this kernel has no such function"}},
    {[](const PlayedStep &step, bool) {
         return is<ops::memblock_physmem_add>(step.op) || has_type(step.op, MBLAB_TYPE_physmem);
     },
     {InSuite::refuse, "the suite has no physmem"}},
    {ends_in<MBLAB_BUDGET>, {InSuite::refuse, "the lab's budget of effects ended it"}},
    {[](const PlayedStep &step, bool) { return !step.returned(); },
     {InSuite::refuse, "the call does not return, which would end the suite"}},
    {[](const PlayedStep &step, bool) { return aligns_to_nothing(step.op); },
     {InSuite::refuse, "an alignment of 0 means a cache line, which is 64 bytes in the lab and 32 in the suite"}},
    {[](const PlayedStep &step, bool resize_allowed) { return is_no_memory(step) && !resize_allowed; },
     {InSuite::refuse, "an array is full; whether it may grow is a static variable that other checks have set"}},
    {calls<ops::world_movable_node, ops::world_max_low_pfn>, {InSuite::call, ""}},
    {calls<ops::world_budget, ops::world_online_nodes>, {InSuite::leave_out, "the arrays do not depend on it"}},
    {[](const PlayedStep &step, bool) {
         return is<ops::world_slab>(step.op) && ops::world_slab::of(step.op).state != MBLAB_SLAB_DOWN;
     },
     {InSuite::refuse, "the suite's slab stays down"}},
    {calls<ops::world_slab>, {InSuite::leave_out, "the suite's slab is down"}},
    {calls<ops::world_mirrored_kernelcore>, {InSuite::call, ""}},
    {[](const PlayedStep &step, bool) { return is<ops::memblock_has_mirror>(step.op) && step.result.value[0] == 0; },
     {InSuite::leave_out, "that there is mirrored memory is a static variable that other checks have set"}},
    {is_of<Family::world>, {InSuite::refuse, "the suite has no kexec handover, and its struct pages are all made"}},
    {calls<ops::memblock_free_late, ops::reset_all_zones_managed_pages>,
     {InSuite::leave_out, "the suite has no buddy allocator"}},
    {calls<ops::memblock_free_all>, {InSuite::call, ""}}, // it also changes flags and nodes
    {[](const PlayedStep &step, bool) { return is<ops::free_reserved_area>(step.op) && step.result.value[0] == 0; },
     {InSuite::call, ""}}, // no page
    {calls<ops::memblock_discard>, {InSuite::call, ""}},
    {is_of<Family::buddy>, {InSuite::refuse, "the suite has no struct pages that could be given away"}},
    {calls<ops::__next_mem_range, ops::__next_mem_range_rev, ops::__next_mem_pfn_range>, {InSuite::call, ""}},
    {is_of<Family::iterate>, {InSuite::leave_out, "a walk changes nothing"}},
    {is_of<Family::report>, {InSuite::leave_out, "it only prints"}},
    {[](const PlayedStep &step, bool) {
         return is<ops::early_param>(step.op) && ops::early_param::of(step.op).parameter == "memblock=debug";
     },
     {InSuite::leave_out, "it only prints"}},
    {[](const PlayedStep &step, bool) {
         return (is<ops::reserve_mem_find_by_name>(step.op) || is<ops::reserve_mem_release_by_name>(step.op)) &&
                step.result.value[0] == 0;
     },
     {InSuite::call, ""}},
    {is_of<Family::params>, {InSuite::refuse, "the suite has no kernel parameters"}},
    {calls<ops::memblock_set_region_node>, {InSuite::leave_out, "the lab puts the node back"}},
};

} // namespace

SuiteVerdict in_suite(const PlayedStep &step, bool resize_allowed)
{
    for (const SuiteRule &rule : rules)
        if (rule.applies(step, resize_allowed))
            return rule.verdict;
    return {InSuite::call, ""};
}

} // namespace mblab::exporting
