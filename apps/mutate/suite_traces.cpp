// SPDX-License-Identifier: GPL-2.0-or-later
#include "apps/mutate/suite_traces.hpp"

#include "apps/export/play.hpp"
#include "core/op/typed.hpp"
#include "core/state/flags.hpp"

#include <algorithm>

namespace mblab::mutate {
namespace {

constexpr uint64_t page = 0x1000, megabyte = 0x100000;
constexpr uint64_t suite_max = 128;              // entries of an array
constexpr uint64_t far_away = uint64_t{1} << 40; // of what fills an array
constexpr uint32_t not_to_be_had = 0x4;          // MEMBLOCK_NOMAP: no block is allocated there

uint64_t plain_value(ParameterKind kind, size_t position)
{
    switch (kind) {
    case ParameterKind::addr:
    case ParameterKind::virt:
        return 2 * megabyte;
    case ParameterKind::size:
        return megabyte;
    case ParameterKind::align:
        return page;
    case ParameterKind::end:
        return 3 * megabyte;
    case ParameterKind::pfn:
        return 2 * megabyte / page;
    case ParameterKind::count:
        return 1;
    case ParameterKind::type:
        return position % 2; // memory where it comes first, or reserved behind it
    default:
        return 0;
    }
}

Op plain_op(uint16_t kind)
{
    const OpInfo &info = op_info(kind);
    Op op = make_op(static_cast<mblab_op_kind>(kind), {}, info.has_text() ? "name" : "");
    size_t types = 0;
    for (size_t i = 0; i < info.parameter_count; i++)
        if (info.parameters[i].kind != ParameterKind::text)
            op.arg[i] =
                plain_value(info.parameters[i].kind, info.parameters[i].kind == ParameterKind::type ? types++ : i);
    return op;
}

/// The array's free entries but as many as the smaller one had.
void fill(Trace &trace, mblab_type type, uint64_t count)
{
    for (uint64_t i = 0; i < count; i++) {
        const uint64_t base = far_away * (type + 1) + 2 * page * i;
        if (type == MBLAB_TYPE_memory)
            trace.add(ops::memblock_add_node{base, page, 0, not_to_be_had});
        else
            trace.add(ops::memblock_reserve{base, page});
    }
}

} // namespace

std::vector<Trace> plain_calls()
{
    std::vector<Trace> traces;
    for (const bool mirrored : {false, true})
        for (const uint16_t kind : memblock_ops()) {
            const Family family = op_info(kind).family;
            if (family == Family::world || (mirrored && family != Family::alloc))
                continue;
            Trace trace;
            if (mirrored)
                trace.add(ops::world_mirrored_kernelcore{true});
            trace.add(ops::memblock_add{megabyte, 4 * megabyte});
            if (mirrored)
                trace.add(ops::memblock_mark_mirror{megabyte, page});
            else
                trace.add(ops::memblock_reserve{megabyte, page});
            trace.add(plain_op(kind));
            traces.push_back(std::move(trace));
        }
    return traces;
}

std::vector<Trace> filled_up(const Trace &trace, Engine &engine)
{
    std::vector<Trace> traces;
    const exporting::Play played = exporting::play(trace, engine, "");
    if (std::ranges::none_of(played.steps, &exporting::PlayedStep::moved_array))
        return traces;
    const Variant &variant = engine.variant();
    const uint64_t of_memory = suite_max - std::min<uint64_t>(suite_max, variant.memory_regions),
                   of_reserved = suite_max - std::min<uint64_t>(suite_max, variant.reserved_regions);
    for (const auto &[memory, reserved] :
         {std::pair(of_memory, uint64_t{0}), std::pair(uint64_t{0}, of_reserved), std::pair(of_memory, of_reserved)}) {
        Trace filled;
        fill(filled, MBLAB_TYPE_memory, memory);
        fill(filled, MBLAB_TYPE_reserved, reserved);
        filled.steps.insert(filled.steps.end(), trace.steps.begin(), trace.steps.end());
        traces.push_back(std::move(filled));
    }
    return traces;
}

} // namespace mblab::mutate
