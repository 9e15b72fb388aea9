// SPDX-License-Identifier: GPL-2.0-or-later
// Reading one op: what changed, what the effects say, which arrays were doubled.
#include "core/oracle/laws/context.hpp"

#include <cstring>
#include <fmt/format.h>

namespace mblab::contract {
namespace {

constexpr uint64_t physmem_regions = 4; // INIT_PHYSMEM_REGIONS
constexpr std::string_view failed_doubling = "memblock: Failed to double";
constexpr std::string_view mirror_fallback = "Could not allocate ";

bool same_bytes(Regions a, Regions b)
{
    return a.size() == b.size() && (a.empty() || std::memcmp(a.data(), b.data(), a.size_bytes()) == 0);
}

/// What two neighbours say of the shape of their array.
void compare(const Region &below, const Region &region, Shape &shape)
{
    shape.sorted &= below.base < region.base;
    shape.disjoint &= end_of(below) <= region.base;
    shape.minimal &= end_of(below) != region.base || !same_attributes(below, region);
}

} // namespace

void Context::reset()
{
    const uint64_t max[] = {variant.memory_regions, variant.reserved_regions,
                            variant.has(MBLAB_CONFIG_physmap) ? physmem_regions : 0};
    for (uint64_t type = 0; type < before.size(); type++) {
        Array &array = before[type];
        array.regions.clear();
        array.shape = {};
        array.max = max[type];
        array.total_size = array.surplus = array.version = 0;
        array.storage = MBLAB_STATIC_ADDR;
        array.in_slab = false;
    }
    in_slab_ = {};
    facts = {};
    old_limit = phys_max();
    old_totalram = 0;
    old_bottom_up = false;
    names.clear();
}

void Context::begin(const Op &op, const Outcome &outcome)
{
    op_ = &op;
    outcome_ = &outcome;
    same = {true, true, true};
    changed = false;
    searched_ = false;
    read_effects();
    for (uint64_t type = 0; type < type_count(); type++) {
        const mblab_type_state &now = outcome.state.type[type];
        const Array &old = before[type];
        same[type] = (now.version && now.version == old.version) || same_bytes(old.regions, new_regions(type));
        if (!same[type])
            measure(type);
        changed |= !same[type] || now.cnt != old.regions.size() || now.max != old.max ||
                   now.total_size != old.total_size || now.storage != old.storage;
    }
    attribute_doublings();
    is_alloc = op_info(op.kind).family == Family::alloc;
    if (is_alloc)
        read_request();

    edited_ = {};
    as_expected_ = {true, true, true};
    if (outcome.result.exit == MBLAB_RETURNED) {
        expect_doublings();
        expect_result();
    }
    for (uint64_t type = 0; type < type_count(); type++)
        as_expected_[type] = edited_[type] ? same_set(expected_[type].regions(), new_regions(type)) : same[type];
}

Range Context::range(size_t base_index) const
{
    const uint64_t base = phys(base_index), size = phys(base_index + 1);
    return {base, base + std::min(size, phys_max() - base)};
}

Range Context::storage(uint64_t type) const
{
    const mblab_type_state &array = outcome_->state.type[type];
    return {array.storage, array.storage + page_align(array.max * outcome_->state.region_bytes)};
}

/// One pass over an array that changed. Most regions are sound by themselves and lie apart from the one below, and then
/// there is nothing more to ask.
void Context::measure(uint64_t type)
{
    Shape shape;
    const Regions regions = new_regions(type);
    const uint64_t limit = phys_max();
    uint64_t apart_from = 0; // the lowest base that is apart from the region below; limit when that one is not sound
    for (size_t i = 0; i < regions.size(); i++) {
        const Region &region = regions[i];
        const uint64_t end = end_of(region);
        const bool sound = end > region.base && end < limit;
        shape.sum += region.size;
        if (!sound || region.base < apart_from) {
            shape.filled &= region.size != 0;
            shape.bounded &= region.base <= limit && region.size <= limit - region.base;
            if (i > 0)
                compare(regions[i - 1], region, shape);
        }
        apart_from = sound ? end + 1 : limit;
    }
    shape_[type] = shape;
}

// ---- effects ----

void Context::read_effects()
{
    summary = {};
    doublings.clear();
    uint64_t last_block = 0;
    const std::span<const Effect> list = outcome_->effect_list();
    for (uint32_t i = 0; i < list.size(); i++) {
        const Effect &effect = list[i];
        switch (effect.kind) {
        case MBLAB_EFFECT_kmalloc:
            last_block = effect.a;
            break;
        case MBLAB_EFFECT_copy:
            doublings.push_back(
                {i, effect.a, effect.b, effect.c, last_block && effect.a == last_block, false, false, -1});
            break;
        case MBLAB_EFFECT_zero:
            // A doubling clears the second half of the new array right after the copy.
            summary.kernel_zeroes += doublings.empty() || i != doublings.back().effect + 1;
            break;
        case MBLAB_EFFECT_print:
            read_text(effect);
            break;
        case MBLAB_EFFECT_range:
            summary.ranges++;
            break;
        case MBLAB_EFFECT_page_to_buddy:
            summary.pages++;
            break;
        case MBLAB_EFFECT_managed_pages:
            summary.managed++;
            break;
        case MBLAB_EFFECT_init_reserved_page:
            summary.reserved_inits++;
            break;
        default:
            break;
        }
    }
}

void Context::read_text(const Effect &effect)
{
    const std::string_view text = outcome_->text_of(effect);
    summary.errors += effect.a <= level_error;
    summary.infos += effect.a >= level_info;
    summary.failed_doublings += text.starts_with(failed_doubling);
    summary.mirror_warnings += text.starts_with(mirror_fallback);
}

/// Whose array each copy moved: followed backwards, from where and how large each array is now to how large it was.
void Context::attribute_doublings()
{
    if (doublings.empty())
        return;
    for (uint64_t type = 0; type < type_count(); type++) {
        const mblab_type_state &now = outcome_->state.type[type];
        uint64_t at = now.storage, max = now.max;
        Doubling *later = nullptr;
        for (size_t i = doublings.size(); i-- > 0 && max > before[type].max;) {
            Doubling &doubling = doublings[i];
            const uint64_t bytes = max / 2 * outcome_->state.region_bytes;
            if (doubling.type >= 0 || doubling.target != at || doubling.bytes != bytes)
                continue;
            doubling.type = static_cast<int>(type);
            doubling.from_static = is_static(doubling.source);
            (later ? later->from_slab : in_slab_[type]) = doubling.to_slab;
            later = &doubling;
            at = doubling.source;
            max /= 2;
        }
        if (later)
            later->from_slab = before[type].in_slab;
    }
}

// ---- what is said when a contract is broken ----

Verdict Context::broken(const char *format, uint64_t a, uint64_t b, uint64_t c)
{
    why_ = {format, a, b, c};
    return Verdict::broken;
}

std::string Context::explanation() const
{
    return fmt::format(fmt::runtime(why_.format), why_.a, why_.b, why_.c);
}

// ---- what the next op is held against ----

void Context::remember()
{
    learn();
    const mblab_state &state = outcome_->state;
    old_limit = state.current_limit;
    old_totalram = state.totalram;
    old_bottom_up = state.bottom_up;
    if (!changed)
        return;
    for (uint64_t type = 0; type < type_count(); type++) {
        Array &array = before[type];
        if (!same[type]) {
            const Regions now = new_regions(type);
            array.regions.assign(now.begin(), now.end());
            array.shape = shape_[type];
        }
        array.max = state.type[type].max;
        array.total_size = state.type[type].total_size;
        array.version = state.type[type].version;
        array.storage = state.type[type].storage;
        array.in_slab = in_slab_[type];
        array.surplus = array.total_size - array.shape.sum;
    }
}

bool Context::array_is_unprotected() const
{
    if (!changed)
        return false;
    for (uint64_t type = 0; type < type_count(); type++) {
        const bool moved = outcome_->state.type[type].storage != before[type].storage;
        if ((!moved && same[MBLAB_TYPE_reserved]) || is_static(outcome_->state.type[type].storage) || in_slab_[type])
            continue;
        if (!covers(new_regions(MBLAB_TYPE_reserved), storage(type)))
            return true;
    }
    return false;
}

void Context::learn()
{
    const uint64_t argument = op_->arg[0];
    switch (op_->kind) {
    case MBLAB_OP_memblock_allow_resize:
        facts.can_resize = true;
        break;
    case MBLAB_OP_memblock_mark_mirror:
        facts.has_mirror |= facts.mirrored_kernelcore;
        break;
    case MBLAB_OP_memblock_discard:
        facts.discarded |= !variant.has(MBLAB_CONFIG_keep);
        break;
    case MBLAB_OP_memblock_free_all:
    case MBLAB_OP_reset_all_zones_managed_pages:
        facts.managed_reset = true;
        break;
    case MBLAB_OP_early_param:
        learn_parameter();
        break;
    case MBLAB_OP_world_slab:
        facts.slab = argument % 3;
        break;
    case MBLAB_OP_world_movable_node:
        facts.movable_node = argument;
        break;
    case MBLAB_OP_world_mirrored_kernelcore:
        facts.mirrored_kernelcore = argument;
        break;
    case MBLAB_OP_world_max_low_pfn:
        facts.max_low_pfn = argument;
        break;
    case MBLAB_OP_world_online_nodes:
        facts.online_nodes = std::min<uint64_t>(argument, variant.max_nodes);
        break;
    default:
        break;
    }
    for (const Doubling &doubling : doublings)
        facts.physmem_doubled |= doubling.type == MBLAB_TYPE_physmem;
}

void Context::learn_parameter()
{
    const std::string_view text = op_->text;
    if (text.starts_with("memblock=") && text.find("debug", 9) != text.npos)
        facts.debug = true;
    if (!text.starts_with("reserve_mem=") || error() != 1)
        return;
    const size_t colon = text.find(':', text.find(':') + 1);
    NamedRange range{};
    text.substr(colon + 1).copy(range.name, sizeof range.name - 1);
    for (const Effect &effect : outcome_->effect_list()) {
        if (effect.kind != MBLAB_EFFECT_kmemleak_alloc_phys && effect.kind != MBLAB_EFFECT_kzalloc_node)
            continue;
        range.start = effect.a;
        range.size = effect.b;
        names.push_back(range);
        break;
    }
}

} // namespace mblab::contract
