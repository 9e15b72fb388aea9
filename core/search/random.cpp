// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/search/random.hpp"

#include <string_view>

namespace mblab {
namespace {

constexpr uint64_t page = 4096;

/// Calls after which little can happen: worth their place, but a rare one.
bool ends_much(uint16_t kind)
{
    return kind == MBLAB_OP_memblock_discard || kind == MBLAB_OP_memblock_free_all ||
           kind == MBLAB_OP_memblock_enforce_memory_limit || kind == MBLAB_OP_memblock_cap_memory_range ||
           kind == MBLAB_OP_memblock_mem_limit_remove_map || kind == MBLAB_OP_world_slab;
}

} // namespace

Generator::Generator(Random &random, std::span<const uint16_t> kinds) : random_(random), kinds_(kinds)
{
    for (unsigned &weight : weights_)
        weight = random.chance(30) ? 0 : 1 + static_cast<unsigned>(random.below(8));
    weights_[static_cast<size_t>(Family::basic)] += 4;
    unit_ = uint64_t{1} << (random.chance(70) ? 12 + random.below(10) : random.below(36));
    hostile_percent_ = random.chance(40) ? static_cast<unsigned>(random.below(10)) : 0;
}

Op Generator::draw(uint16_t kind)
{
    Op op{};
    op.kind = kind;
    const OpInfo &info = op_info(kind);
    for (size_t i = 0; i < info.parameter_count; i++)
        op.arg[i] = number(info.parameters[i].kind);
    if (info.has_text())
        draw_text(op);
    normalize(op);
    return op;
}

uint64_t Generator::number(ParameterKind kind)
{
    switch (kind) {
    case ParameterKind::addr:
    case ParameterKind::virt:
        return address();
    case ParameterKind::end:
        return random_.chance(40) ? random_.below(2) : random_.chance(30) ? ~uint64_t{0} : address();
    case ParameterKind::size:
        return hostile() ? wild() : (1 + random_.below(24)) * unit_ - (random_.chance(10) ? random_.below(2) : 0);
    case ParameterKind::align:
        return random_.chance(10) ? 0 : hostile() ? wild() : uint64_t{1} << random_.below(18);
    case ParameterKind::nid:
        return random_.chance(60) ? random_.below(4) : random_.chance(60) ? ~uint64_t{0} : random_.below(20) - 2;
    case ParameterKind::flags:
        return random_.chance(60) ? 0 : random_.chance(95) ? random_.below(256) : random_.next();
    case ParameterKind::pfn:
        return address() / page;
    case ParameterKind::count:
        return random_.below(random_.chance(50) ? 4 : 200);
    case ParameterKind::cookie:
        return random_.chance(40) ? ~uint64_t{0} : random_.below(6) << 32 | random_.below(6);
    case ParameterKind::index:
        return random_.below(8) - 1;
    default:
        return random_.below(4);
    }
}

uint16_t Generator::pick_kind(unsigned ends_much_percent)
{
    while (true) {
        const uint16_t kind = kinds_[random_.below(kinds_.size())];
        if (kind == MBLAB_OP_world_budget || (ends_much(kind) && !random_.chance(ends_much_percent)))
            continue;
        if (random_.below(12) < weights_[static_cast<size_t>(op_info(kind).family)])
            return kind;
    }
}

uint64_t Generator::wild()
{
    const uint64_t edge = uint64_t{1} << random_.below(64);
    switch (random_.below(4)) {
    case 0:
        return ~uint64_t{0} - random_.below(3) * (random_.chance(50) ? 1 : page);
    case 1:
        return edge + random_.below(3) - 1;
    case 2:
        return 0 - edge;
    default:
        return random_.next() >> random_.below(64);
    }
}

uint64_t Generator::address()
{
    if (hostile())
        return wild();
    const uint64_t place = random_.below(96) * unit_;
    return random_.chance(92) ? place : place + random_.below(3) - 1;
}

void Generator::draw_text(Op &op)
{
    static constexpr std::array<std::string_view, 10> texts = {
        "memblock=debug",          "reserve_mem=4096:4096:a",
        "reserve_mem=64K:0:trace", "reserve_mem=2M:2M:x y",
        "reserve_mem=0:1:b",       "reserve_mem=4K:4K:",
        "reserve_mem=8K:4K:   ",   "memblock=off",
        "reserve_mem=1G:64K:12",   "nothing=1",
    };
    static constexpr std::array<std::string_view, 4> names = {"a", "trace", "x y", "unknown"};
    static constexpr std::array<uint64_t, 4> sizes = {4096, 64 << 10, 2 << 20, page}; // that the texts ask for
    if (op.kind == MBLAB_OP_early_param) {
        texts[random_.below(texts.size())].copy(op.text, sizeof op.text - 1);
        return;
    }
    const uint64_t which = random_.below(names.size());
    names[which].copy(op.text, sizeof op.text - 1);
    // What the kernel before left is only revived where it is what this one asks for.
    if (op.kind == MBLAB_OP_world_kho_reserve_mem && random_.chance(60)) {
        op.arg[1] = sizes[which];
        op.arg[2] = MBLAB_KHO_GOOD;
    }
}

Trace random_trace(Random &random, size_t steps, std::span<const uint16_t> kinds)
{
    Generator generator(random, kinds);
    Trace trace;
    if (random.chance(85))
        trace.add(make_op(MBLAB_OP_memblock_allow_resize));
    if (random.chance(40))
        trace.add(make_op(MBLAB_OP_early_param, {}, "memblock=debug"));
    if (random.chance(70))
        trace.add(make_op(MBLAB_OP_world_max_low_pfn, {~uint64_t{0}}));
    for (size_t i = 0; i < 4; i++)
        trace.add(generator.draw(MBLAB_OP_memblock_add_node));
    while (trace.steps.size() < steps)
        trace.add(generator.next_op());
    return trace;
}

} // namespace mblab
