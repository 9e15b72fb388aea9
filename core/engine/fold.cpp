// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/engine/fold.hpp"

#include "core/op/typed.hpp"

#include <algorithm>

namespace mblab {
namespace {

/// The copies of a call, which are moves of arrays; whose they are is not known yet.
std::vector<Doubling> copies_of(const Outcome &outcome)
{
    std::vector<Doubling> copies;
    uint64_t last_block = 0; // of slab
    const std::span<const Effect> list = outcome.effect_list();
    for (uint32_t i = 0; i < list.size(); i++) {
        const Effect &effect = list[i];
        if (effect.kind == MBLAB_EFFECT_kmalloc)
            last_block = effect.a;
        else if (effect.kind == MBLAB_EFFECT_copy)
            copies.push_back({i, effect.a, effect.b, effect.c, last_block && effect.a == last_block, false, false, -1});
    }
    return copies;
}

void fold_arrays(State &state, const Outcome &outcome, const std::vector<Doubling> &doublings, const Changed &changed)
{
    for (size_t type = 0; type < state.arrays.size(); type++) {
        ArrayState &array = state.arrays[type];
        const mblab_type_state &now = outcome.state.type[type];
        if (!now.max)
            continue; // the variant lacks it
        if (changed[type])
            array.set.load(outcome.regions(static_cast<mblab_type>(type)), now.total_size);
        array.set.total = now.total_size;
        array.max = now.max;
        array.storage = now.storage;
    }
    for (const Doubling &doubling : doublings)
        if (doubling.type >= 0)
            state.arrays[static_cast<size_t>(doubling.type)].in_slab = doubling.to_slab;
}

bool has_effect(const Outcome &outcome, mblab_effect_kind kind)
{
    const std::span<const Effect> list = outcome.effect_list();
    return std::any_of(list.begin(), list.end(), [=](const Effect &effect) { return effect.kind == kind; });
}

/// memblock=debug, and the name and place of what reserve_mem=SIZE:ALIGN:NAME reserved.
void fold_parameter(State &state, std::string_view text, const Outcome &outcome)
{
    if (text.starts_with("memblock=") && text.find("debug", text.find('=')) != text.npos)
        state.debug = true;
    if (!text.starts_with("reserve_mem=") || static_cast<int32_t>(outcome.result.value[0]) != 1)
        return;
    const std::string_view name = text.substr(text.find(':', text.find(':') + 1) + 1);
    for (const Effect &effect : outcome.effect_list()) {
        if (effect.kind != MBLAB_EFFECT_kmemleak_alloc_phys && effect.kind != MBLAB_EFFECT_kzalloc_node)
            continue;
        state.names.push_back({std::string(name), effect.a, effect.b});
        return;
    }
    // Nothing was allocated: it is where the kernel before left it.
    const auto is_it = [&](const HandedOver &left) { return left.is_called(name); };
    if (const auto left = std::ranges::find_if(state.kho.left, is_it); left != state.kho.left.end())
        state.names.push_back({std::string(name), left->start & state.top(), left->size & state.top()});
}

/// A name that was released keeps its place in the kernel's table.
void release_name(State &state, std::string_view name)
{
    for (NamedRange &named : state.names)
        if (named.name == name)
            named.size = 0;
}

/// What no array shows.
void fold_facts(State &state, const Op &op, const Outcome &outcome)
{
    switch (op.kind) {
    case MBLAB_OP_memblock_allow_resize:
        state.can_resize = true;
        break;
    case MBLAB_OP_memblock_mark_mirror:
        state.has_mirror |= state.mirrored_kernelcore || state.dialect.marks_any_mirror;
        break;
    case MBLAB_OP_memblock_discard:
        state.discarded |= !state.variant.has(MBLAB_CONFIG_keep);
        break;
    case MBLAB_OP_memblock_free_all:
    case MBLAB_OP_free_all_bootmem:
        state.managed_reset = true;
        state.scratch_only &= !state.dialect.free_all_ends_scratch_only;
        break;
    case MBLAB_OP_reset_all_zones_managed_pages:
        state.managed_reset = true;
        break;
    case MBLAB_OP_memblock_set_kho_scratch_only:
    case MBLAB_OP_memblock_clear_kho_scratch_only:
        state.scratch_only = state.variant.has(MBLAB_CONFIG_kho) && op.kind == MBLAB_OP_memblock_set_kho_scratch_only;
        break;
    case MBLAB_OP_early_param:
        fold_parameter(state, ops::early_param::of(op).parameter, outcome);
        break;
    case MBLAB_OP_reserve_mem_release_by_name:
        if (outcome.result.value[0])
            release_name(state, ops::reserve_mem_release_by_name::of(op).name);
        break;
    case MBLAB_OP_world_slab:
        state.slab = ops::world_slab::of(op).state % 3;
        break;
    case MBLAB_OP_world_movable_node:
        state.movable_node = ops::world_movable_node::of(op).enabled;
        break;
    case MBLAB_OP_world_mirrored_kernelcore:
        state.mirrored_kernelcore = ops::world_mirrored_kernelcore::of(op).enabled;
        break;
    case MBLAB_OP_world_max_low_pfn:
        state.max_low_pfn = ops::world_max_low_pfn::of(op).pfn & state.word_max();
        break;
    case MBLAB_OP_world_online_nodes:
        state.online_nodes = std::min<uint64_t>(ops::world_online_nodes::of(op).nodes, state.variant.max_nodes);
        break;
    case MBLAB_OP_world_deferred_pages:
        state.deferred_pages = ops::world_deferred_pages::of(op).enabled;
        break;
    case MBLAB_OP_world_kho_overlap: {
        const auto added = ops::world_kho_overlap::of(op);
        state.add_kho_scratch(added.base, added.size);
        break;
    }
    case MBLAB_OP_world_kho_reserve_mem: {
        const auto range = ops::world_kho_reserve_mem::of(op);
        state.kho.leave(range.name, range.base, range.size, range.form);
        break;
    }
    default:
        break;
    }
    const Family family = op_info(op.kind).family;
    if (state.slab != MBLAB_SLAB_DOWN && !state.warned_of_slab && (family == Family::alloc || family == Family::params))
        state.warned_of_slab = has_effect(outcome, MBLAB_EFFECT_warn);
}

} // namespace

/// Followed backwards, from where and how large each array is now to how large it was.
std::vector<Doubling> doublings_of(const State &before, const Outcome &outcome)
{
    std::vector<Doubling> doublings = copies_of(outcome);
    for (size_t type = 0; !doublings.empty() && type < before.arrays.size(); type++) {
        uint64_t at = outcome.state.type[type].storage, max = outcome.state.type[type].max;
        Doubling *later = nullptr;
        for (size_t i = doublings.size(); i-- > 0 && max > before.arrays[type].max;) {
            Doubling &doubling = doublings[i];
            if (doubling.type >= 0 || doubling.target != at || doubling.bytes != max / 2 * outcome.state.region_bytes)
                continue;
            doubling.type = static_cast<int>(type);
            doubling.from_static = (doubling.source & before.top()) == before.top();
            if (later)
                later->from_slab = doubling.to_slab;
            later = &doubling;
            at = doubling.source;
            max /= 2;
        }
        if (later)
            later->from_slab = before.arrays[type].in_slab;
    }
    return doublings;
}

void fold(State &state, const Op &op, const Outcome &outcome, const std::vector<Doubling> &doublings,
          const Changed &changed)
{
    if (outcome.result.exit == MBLAB_ABSENT || outcome.result.exit == MBLAB_REFUSED)
        return;
    fold_arrays(state, outcome, doublings, changed);
    state.current_limit = outcome.state.current_limit;
    state.totalram = outcome.state.totalram;
    state.bottom_up = outcome.state.bottom_up;
    fold_facts(state, op, outcome);
}

void fold(State &state, const Op &op, const Outcome &outcome)
{
    fold(state, op, outcome, doublings_of(state, outcome));
}

} // namespace mblab
