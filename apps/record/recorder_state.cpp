// SPDX-License-Identifier: GPL-2.0-or-later
// What is seen in the guest's memory and not in calls: writes that were inlined, and the arrays themselves.
#include "apps/record/recorder.hpp"

#include "core/base/error.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace mblab::recording {
namespace {

constexpr uint64_t no_limit = ~uint64_t{0};

/// Calls that leave both arrays as they are: no need to read them again.
bool leaves_arrays(uint16_t op)
{
    const Family family = op_info(op).family;
    return family == Family::query || family == Family::region || family == Family::iterate || family == Family::report;
}

std::string name_of(mblab_type type)
{
    return print_value(ParameterKind::type, type);
}

} // namespace

void Recorder::begin_state()
{
    started_ = true;
    // Before nodes are counted, this variable still has its initial value.
    layout_.max_nodes = static_cast<int32_t>(read_variable("nr_node_ids", 4).value_or(0));
    const auto header = layout_.read_header(guest_);
    if (!header)
        throw Error("struct memblock is not readable at the first call: are the symbols those of this kernel?");
    recording_.trace.variant =
        configuration_.variant(header->type[MBLAB_TYPE_memory].max, header->type[MBLAB_TYPE_reserved].max);
    recording_.max_nodes = layout_.max_nodes;
    known_headers_ = header->type;
    known_.current_limit = no_limit;
    known_.online_nodes = 0; // so that the first count is a step, also when it is one
}

/// Nothing when the arrays are gone.
std::optional<MemblockHeader> Recorder::read_header()
{
    return arrays_gone_ ? std::nullopt : layout_.read_header(guest_);
}

void Recorder::correct(const Op &op, std::string_view why)
{
    add_step({op, {}}, std::string(why));
    recording_.counts.corrections++;
}

void Recorder::notice_state(uint16_t next_op)
{
    notice_world(next_op);
    const auto header = read_header();
    if (!header || !stack_.empty())
        return;
    if (header->bottom_up != known_.bottom_up)
        correct(ops::memblock_set_bottom_up{header->bottom_up}, "inlined, seen in memblock.bottom_up");
    if (header->current_limit != known_.current_limit)
        correct(ops::memblock_set_current_limit{header->current_limit}, "inlined, seen in memblock.current_limit");
    if (header->type != known_headers_ || !leaves_arrays(next_op) || recording_.counts.calls == 0)
        for (const mblab_type type : both_arrays)
            notice_array(type, header->type[type]);
    remember_header(*header);
    if (next_op == MBLAB_OP_memblock_discard)
        write_arrays("before memblock_discard");
}

void Recorder::notice_array(mblab_type type, const TypeHeader &header)
{
    const auto regions = layout_.read_regions(guest_, header);
    if (!regions) {
        remark(fmt::format("{} is not readable any more", name_of(type)));
        arrays_gone_ = true;
        return;
    }
    RegionSet &known = known_.arrays[type].set;
    if (std::ranges::equal(*regions, known.regions()))
        return;
    const Correction found = correction(type, known, *regions);
    remark(fmt::format("{} changed without an observed call", name_of(type)));
    for (const Op &op : found.ops)
        correct(op, "seen in the array");
    for (const std::string &what : found.inexpressible)
        remark(what);
    if (found.ops.empty() && found.inexpressible.empty())
        remark("the same ranges, cut into regions differently");
    known.load(*regions, header.total_size);
}

std::optional<uint64_t> Recorder::read_variable(std::string_view symbol, uint64_t size)
{
    const auto address = symbols_.find(symbol);
    return address ? guest_.read_integer(*address, size) : std::nullopt;
}

template <typename Call, typename Value>
void Recorder::notice_variable(Value &known, std::string_view symbol, uint64_t size)
{
    const auto value = read_variable(symbol, size);
    if (!value || static_cast<Value>(*value) == known)
        return;
    known = static_cast<Value>(*value);
    add_step({Call{known}, {}}, fmt::format("seen in {}", symbol));
}

/// Variables that memblock.c reads, each before the calls that it can matter to.
void Recorder::notice_world(uint16_t next_op)
{
    notice_variable<ops::world_movable_node>(known_.movable_node, "movable_node_enabled", 1);
    if (next_op == MBLAB_OP_memblock_mark_mirror)
        notice_variable<ops::world_mirrored_kernelcore>(known_.mirrored_kernelcore, "mirrored_kernelcore", 1);
    if (next_op != MBLAB_OP_memblock_free_all && next_op != MBLAB_OP_reset_all_zones_managed_pages)
        return;
    notice_variable<ops::world_max_low_pfn>(known_.max_low_pfn, "max_low_pfn", 8);
    // Kernels whose symbols are functions only do not tell; what setup code computes it from is at hand.
    const Regions memory = known_.memory().set;
    if (!symbols_.has("max_low_pfn") && !memory.empty())
        add_step({ops::world_max_low_pfn{end_of(memory.back()) / page_size}, {}}, "assumed: the end of memory");
    notice_variable<ops::world_online_nodes>(known_.online_nodes, "nr_online_nodes", 4);
}

void Recorder::remember_state(uint16_t op)
{
    arrays_gone_ = arrays_gone_ || (op == MBLAB_OP_memblock_discard && !configuration_.keep);
    const auto header = read_header();
    if (!header)
        return;
    for (const mblab_type type : both_arrays) {
        if (header->type[type].max != known_headers_[type].max) {
            recording_.counts.doublings++;
            remark(fmt::format("{} has room for {} regions now", name_of(type), header->type[type].max));
        }
        if (!leaves_arrays(op))
            remember_array(type, header->type[type]);
    }
    remember_header(*header);
}

void Recorder::remember_header(const MemblockHeader &header)
{
    known_headers_ = header.type;
    known_.bottom_up = header.bottom_up;
    known_.current_limit = header.current_limit;
}

void Recorder::remember_array(mblab_type type, const TypeHeader &header)
{
    // A region that has no node yet holds MAX_NUMNODES, and the first one has none.
    if (configuration_.numa && !layout_.max_nodes && header.total_size) {
        layout_.max_nodes = static_cast<int32_t>(guest_.read_integer(header.regions + 20, 4).value_or(0));
        recording_.max_nodes = layout_.max_nodes;
    }
    if (const auto regions = layout_.read_regions(guest_, header))
        known_.arrays[type].set.load(*regions, header.total_size);
}

/// The arrays as they are, as comments and as queries whose answers are known: a replay is held against them.
void Recorder::write_arrays(std::string_view why)
{
    const auto header = started_ && stack_.empty() ? read_header() : std::nullopt;
    if (!header)
        return;
    for (const mblab_type type : both_arrays) {
        const auto regions = layout_.read_regions(guest_, header->type[type]);
        if (!regions)
            return;
        remark(fmt::format("arrays {}: {}: {} regions of {}, {:#x} bytes", why, name_of(type), regions->size(),
                           header->type[type].max, header->type[type].total_size));
        for (const Region &region : *regions)
            remark("  " + describe_region(region));
        for (const Step &question : questions(type, *regions, header->type[type].total_size)) {
            add_step(question, "read from memory");
            recording_.counts.checks++;
        }
    }
}

} // namespace mblab::recording
