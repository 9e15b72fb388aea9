// SPDX-License-Identifier: GPL-2.0-or-later
// What is seen in the guest's memory and not in calls: writes that were inlined, and the arrays themselves.
#include "apps/record/recorder.hpp"

#include "core/base/error.hpp"

#include <fmt/format.h>

namespace mblab::record {
namespace {

constexpr uint64_t no_limit = ~uint64_t{0};

/// Calls that leave both arrays as they are: no need to read them again.
bool leaves_arrays(const Op &op)
{
    switch (op_info(op.kind).family) {
    case Family::query:
    case Family::region:
    case Family::iterate:
    case Family::report:
        return true;
    default:
        return false;
    }
}

std::string variant_of(const KernelConfiguration &configuration, const MemblockHeader &header)
{
    const uint64_t memory = header.type[MBLAB_TYPE_memory].max, reserved = header.type[MBLAB_TYPE_reserved].max;
    if (memory == 128 && reserved == 128)
        return configuration.numa ? "numa-128" : "uma-128";
    // In the order of core/engine/variants.txt, so that the engines of a variant that is built there are found.
    return fmt::format("{},regions={}:{}{}{}", configuration.numa ? "numa" : "uma", memory, reserved,
                       configuration.keep ? ",keep,debugfs" : "", configuration.deferred ? ",deferred" : "");
}

} // namespace

void Recorder::begin_state()
{
    started_ = true;
    // Before nodes are counted, this variable still has its initial value.
    const auto max_nodes = symbols_.find("nr_node_ids");
    if (max_nodes)
        layout_.max_nodes = static_cast<int32_t>(guest_.read_integer(*max_nodes, 4).value_or(0));
    const auto header = layout_.read_header(guest_);
    if (!header)
        throw Error("struct memblock is not readable at the first call: are the symbols those of this kernel?");
    recording_.variant = variant_of(configuration_, *header);
    recording_.max_nodes = layout_.max_nodes;
    known_ = *header;
    known_.bottom_up = false;
    known_.current_limit = no_limit;
}

void Recorder::correct(const Op &op, std::string_view why)
{
    line(fmt::format("{} # {}", print_op(op), why));
    recording_.counts.corrections++;
}

void Recorder::notice_state(uint16_t next_op)
{
    notice_world(next_op);
    const auto header = arrays_gone_ ? std::nullopt : layout_.read_header(guest_);
    if (!header || !stack_.empty())
        return;
    if (header->bottom_up != known_.bottom_up)
        correct(make_op(MBLAB_OP_memblock_set_bottom_up, {header->bottom_up}), "inlined, seen in memblock.bottom_up");
    if (header->current_limit != known_.current_limit)
        correct(make_op(MBLAB_OP_memblock_set_current_limit, {header->current_limit}),
                "inlined, seen in memblock.current_limit");
    const bool headers_differ = header->type != known_.type;
    Op op{};
    op.kind = next_op;
    if (headers_differ || !leaves_arrays(op) || recording_.counts.calls == 0) {
        notice_array(MBLAB_TYPE_memory, header->type[MBLAB_TYPE_memory]);
        notice_array(MBLAB_TYPE_reserved, header->type[MBLAB_TYPE_reserved]);
    }
    known_ = *header;
    if (next_op == MBLAB_OP_memblock_discard)
        write_arrays("before memblock_discard");
}

void Recorder::notice_array(mblab_type type, const TypeHeader &header)
{
    const auto regions = layout_.read_regions(guest_, header);
    if (!regions) {
        comment(fmt::format("{} is not readable any more", print_value(ParameterKind::type, type)));
        arrays_gone_ = true;
        return;
    }
    if (same_regions(*regions, known_regions_[type]))
        return;
    const Correction found = correction(type, known_regions_[type], *regions);
    comment(fmt::format("{} changed without a call that was seen", print_value(ParameterKind::type, type)));
    for (const Op &op : found.ops)
        correct(op, "seen in the array");
    for (const std::string &what : found.inexpressible)
        comment(what);
    if (found.ops.empty() && found.inexpressible.empty())
        comment("the same ranges, cut into regions differently");
    known_regions_[type] = *regions;
}

void Recorder::notice_world_value(const char *symbol, uint64_t size, mblab_op_kind op)
{
    const auto address = symbols_.find(symbol);
    const auto value = address ? guest_.read_integer(*address, size) : std::nullopt;
    if (!value || *value == known_world_[op])
        return;
    known_world_[op] = *value;
    line(fmt::format("{} # seen in {}", print_op(make_op(op, {*value})), symbol));
}

/// Kernels whose symbols are functions only do not tell; what setup code computes it from is at hand.
void Recorder::assume_max_low_pfn()
{
    const Regions &memory = known_regions_[MBLAB_TYPE_memory];
    if (symbols_.has("max_low_pfn") || memory.empty())
        return;
    const uint64_t pfn = (memory.back().base + memory.back().size) >> 12;
    line(fmt::format("{} # assumed: the end of memory", print_op(make_op(MBLAB_OP_world_max_low_pfn, {pfn}))));
}

/// Variables that memblock.c reads, each before the calls that it can matter to.
void Recorder::notice_world(uint16_t next_op)
{
    notice_world_value("movable_node_enabled", 1, MBLAB_OP_world_movable_node);
    if (next_op == MBLAB_OP_memblock_mark_mirror)
        notice_world_value("mirrored_kernelcore", 1, MBLAB_OP_world_mirrored_kernelcore);
    if (next_op != MBLAB_OP_memblock_free_all && next_op != MBLAB_OP_reset_all_zones_managed_pages)
        return;
    notice_world_value("max_low_pfn", 8, MBLAB_OP_world_max_low_pfn);
    assume_max_low_pfn();
    notice_world_value("nr_online_nodes", 4, MBLAB_OP_world_online_nodes);
}

void Recorder::remember_state(const Op &op)
{
    if (op.kind == MBLAB_OP_memblock_discard && !configuration_.keep)
        arrays_gone_ = true;
    const auto header = arrays_gone_ ? std::nullopt : layout_.read_header(guest_);
    if (!header)
        return;
    for (const mblab_type type : {MBLAB_TYPE_memory, MBLAB_TYPE_reserved}) {
        if (header->type[type].max != known_.type[type].max) {
            recording_.counts.doublings++;
            comment(fmt::format("{} has room for {} regions now", print_value(ParameterKind::type, type),
                                header->type[type].max));
        }
        if (!leaves_arrays(op))
            remember_array(type, header->type[type]);
    }
    known_ = *header;
}

void Recorder::remember_array(mblab_type type, const TypeHeader &header)
{
    // A region that has no node yet holds MAX_NUMNODES, and the first one has none.
    if (configuration_.numa && !layout_.max_nodes && header.total_size) {
        layout_.max_nodes = static_cast<int32_t>(guest_.read_integer(header.regions + 20, 4).value_or(0));
        recording_.max_nodes = layout_.max_nodes;
    }
    if (auto regions = layout_.read_regions(guest_, header))
        known_regions_[type] = *std::move(regions);
}

/// The arrays as they are, as comments and as queries whose answers are known: a replay is held against them.
void Recorder::write_arrays(std::string_view why)
{
    if (arrays_gone_ || !started_ || !stack_.empty())
        return;
    const auto header = layout_.read_header(guest_);
    if (!header)
        return;
    for (const mblab_type type : {MBLAB_TYPE_memory, MBLAB_TYPE_reserved}) {
        const auto regions = layout_.read_regions(guest_, header->type[type]);
        if (!regions)
            return;
        comment(fmt::format("arrays {}: {}: {} regions of {}, {:#x} bytes", why, print_value(ParameterKind::type, type),
                            regions->size(), header->type[type].max, header->type[type].total_size));
        for (const Region &region : *regions)
            comment("  " + describe_region(region));
        for (const Answer &answer : questions(type, *regions, header->type[type].total_size)) {
            line(fmt::format("{} = {} # read from memory", print_op(answer.op),
                             print_value(op_info(answer.op.kind).results[0].kind, answer.value)));
            recording_.counts.checks++;
        }
    }
}

} // namespace mblab::record
