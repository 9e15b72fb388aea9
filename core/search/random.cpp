// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/search/random.hpp"

#include "core/op/typed.hpp"

#include <algorithm>
#include <string_view>

namespace mblab {
namespace {

constexpr uint64_t page = 4096;

/// Calls after which little can happen: worth their place, but a rare one.
bool ends_much(uint16_t kind)
{
    return kind == MBLAB_OP_memblock_discard || kind == MBLAB_OP_memblock_free_all ||
           kind == MBLAB_OP_memblock_enforce_memory_limit || kind == MBLAB_OP_memblock_cap_memory_range ||
           kind == MBLAB_OP_memblock_mem_limit_remove_map || kind == MBLAB_OP_world_slab ||
           kind == MBLAB_OP_free_all_bootmem || kind == MBLAB_OP_bump_mem_init;
}

} // namespace

Generator::Generator(Random &random, std::span<const uint16_t> kinds) : random_(random), kinds_(kinds)
{
    static_assert(static_cast<size_t>(Family::history) == family_count - 1);
    for (unsigned &weight : std::span(weights_).first(family_count - 1))
        weight = random.chance(30) ? 0 : 1 + static_cast<unsigned>(random.below(8));
    weights_.back() = 8; // the predecessors have no other family
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
    if (info.family == Family::history && random_.chance(90))
        draw_sensibly(op);
    normalize(op);
    return op;
}

/// What bootmem takes for a caller's mistake is a BUG, and ends the trace.
void Generator::draw_sensibly(Op &op)
{
    const OpInfo &info = op_info(op.kind);
    for (size_t i = 0; info.results[0].kind == ParameterKind::virt && i < info.parameter_count; i++)
        if (info.parameters[i].kind == ParameterKind::size && random_.chance(70))
            op.arg[i] = 1 + random_.below(3000); // a small block, of which many fit
    if (is<ops::__alloc_bootmem_core>(op))
        op.arg[4] = random_.chance(50) ? 0 : op.arg[3] + op.arg[1] + random_.below(64) * page;
    const bool on_node = is<ops::reserve_bootmem_node>(op) || is<ops::free_bootmem_node>(op);
    const bool frees = is<ops::free_bootmem>(op) || is<ops::free_bootmem_node>(op);
    if (spans_.empty() || !(on_node || frees || is<ops::reserve_bootmem>(op)))
        return;
    const auto span = ops::init_bootmem_node::of(spans_[random_.below(spans_.size())]);
    const uint64_t bytes = (span.endpfn - span.startpfn) * page, start = random_.below(bytes);
    uint64_t *const range = op.arg + (on_node ? 1 : 0);
    op.arg[0] = static_cast<uint64_t>(span.nid); // or where the range is
    range[0] = span.startpfn * page + start;
    range[1] = 1 + random_.below(bytes - start);
    if (!frees) {
        reservations_.push_back(ops::reserve_bootmem_node{span.nid, range[0], range[1], false});
    } else if (reservations_.empty()) {
        range[1] = random_.below(page); // of no whole page
    } else {
        const auto last = ops::reserve_bootmem_node::of(reservations_.back());
        op.arg[0] = static_cast<uint64_t>(last.nid);
        range[0] = last.addr;
        range[1] = last.size;
        reservations_.pop_back();
    }
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

void Generator::set_up_bootmem(Trace &trace)
{
    unit_ = page * (1 + random_.below(8)); // so that most addresses are on some node
    uint64_t end = random_.below(64);
    for (int32_t nid = 0, nodes = 1 + static_cast<int32_t>(random_.below(3)); nid < nodes; nid++) {
        const uint64_t start = end + (random_.chance(50) ? 0 : random_.below(128)), pages = 2 + random_.below(300);
        const uint64_t map = start + random_.below(pages - 1);
        end = start + pages;
        spans_.push_back(ops::init_bootmem_node{nid, map, start, end});
        trace.add(spans_.back());
        trace.add(ops::free_bootmem_node{nid, start * page, pages * page});
        trace.add(ops::reserve_bootmem_node{nid, map * page, page, false});
        if (start == 0)
            trace.add(ops::reserve_bootmem_node{nid, 0, page, false});
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
    if (std::ranges::find(kinds, MBLAB_OP_init_bootmem_node) != kinds.end())
        generator.set_up_bootmem(trace);
    if (std::ranges::find(kinds, MBLAB_OP_bump_setup) != kinds.end())
        trace.add(generator.draw(MBLAB_OP_bump_setup));
    while (trace.steps.size() < steps)
        trace.add(generator.next_op());
    return trace;
}

} // namespace mblab
