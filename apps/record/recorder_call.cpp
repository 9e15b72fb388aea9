// SPDX-License-Identifier: GPL-2.0-or-later
// From registers to an op at a call's entry, and from registers to its result at its return.
#include "apps/record/recorder.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace mblab::recording {
namespace {

constexpr uint64_t null_pointer = 0;

constexpr std::string_view zone_names[] = {"DMA", "DMA32", "Normal", "HighMem", "Movable", "Device"};

bool is_zone_name(const std::vector<uint8_t> &bytes)
{
    const std::string text(bytes.begin(), std::find(bytes.begin(), bytes.end(), 0));
    return std::find(std::begin(zone_names), std::end(zone_names), text) != std::end(zone_names);
}

} // namespace

/// A register holds garbage above the width of what it passes.
uint64_t Recorder::value_of(ParameterKind kind, uint64_t raw) const
{
    switch (kind) {
    case ParameterKind::nid:
        return static_cast<uint64_t>(layout_.node(static_cast<int32_t>(raw)));
    case ParameterKind::error:
    case ParameterKind::index:
        return sign_extend(raw, 32);
    case ParameterKind::flags:
        return raw & 0xffffffff;
    case ParameterKind::boolean:
        return (raw & 0xff) != 0;
    default:
        return raw;
    }
}

/// What a pointer points to.
std::optional<uint64_t> Recorder::value_at(uint64_t address, ParameterKind kind)
{
    const bool is_int = kind == ParameterKind::index || kind == ParameterKind::nid;
    const auto raw = guest_.read_integer(address, is_int ? 4 : 8);
    return raw ? std::optional(value_of(kind, *raw)) : std::nullopt;
}

std::optional<uint64_t> Recorder::type_of(uint64_t address) const
{
    for (const mblab_type type : both_arrays)
        if (address == layout_.type_address(type))
            return type;
    if (address == null_pointer)
        return MBLAB_TYPE_none;
    return symbols_.find("physmem") == address ? std::optional<uint64_t>(MBLAB_TYPE_physmem) : std::nullopt;
}

Recorder::Call Recorder::read_call(const EntryPoint &entry, const Registers &registers)
{
    Call call;
    call.entry = entry;
    call.op.kind = entry.op;
    const OpInfo &info = op_info(entry.op);
    // A zone stands for three arguments of its op and is one of the function's.
    const bool has_zone = entry.signature == Signature::zone;
    const size_t passed = has_zone ? 1 : info.parameter_count;
    for (size_t i = 0; i < passed && call.sayable; i++) {
        const auto value = read_argument(call, i, registers);
        call.sayable = value.has_value();
        call.op.arg[i] = value.value_or(0);
    }
    if (call.sayable && has_zone) {
        auto in_zone = ops::__next_mem_pfn_range_in_zone::of(call.op);
        const auto zone = machine_.argument(guest_, registers, 1);
        call.sayable = zone && read_zone(in_zone, *zone);
        call.op = in_zone;
    }
    if (entry.signature != Signature::direct && entry.signature != Signature::parameter)
        for (size_t i = 1, at = has_zone ? 2 : passed; i < info.result_count; i++, at++)
            call.outputs.push_back(machine_.argument(guest_, registers, at).value_or(null_pointer));
    return call;
}

std::optional<uint64_t> Recorder::read_argument(Call &call, size_t position, const Registers &registers)
{
    const ParameterKind kind = op_info(call.op.kind).parameters[position].kind;
    const auto raw = machine_.argument(guest_, registers, position);
    if (!raw)
        return std::nullopt;
    if (position == 0 && (kind == ParameterKind::cookie || kind == ParameterKind::index)) {
        call.cookie = *raw;
        return value_at(*raw, kind);
    }
    switch (kind) {
    case ParameterKind::virt:
        return *raw == null_pointer ? raw : guest_.physical(*raw);
    case ParameterKind::type:
        return type_of(*raw);
    case ParameterKind::text:
        return read_text(call, *raw) ? std::optional<uint64_t>(0) : std::nullopt;
    default:
        return value_of(kind, *raw);
    }
}

bool Recorder::read_text(Call &call, uint64_t address)
{
    const auto bytes = guest_.read(address, MBLAB_TEXT_SIZE);
    if (!bytes)
        return false;
    const auto end = std::find(bytes->begin(), bytes->end(), 0);
    const std::string text = std::string(call.entry.prefix) + std::string(bytes->begin(), end);
    if (end == bytes->end() || text.size() >= MBLAB_TEXT_SIZE || text.find_first_of("\"\n)") != std::string::npos)
        return false;
    text.copy(call.op.text, text.size());
    return true;
}

/// The fields of struct zone lie at offsets that the configuration decides. Its name is found by what it points to, and
/// the page counts that the iterator reads lie right before it, in an order that has been the same since 5.12.
bool Recorder::read_zone(ops::__next_mem_pfn_range_in_zone &call, uint64_t zone)
{
    constexpr uint64_t zone_bytes = 1024, node_data_bytes = 1 << 16;
    const auto bytes = guest_.read(zone, zone_bytes);
    if (!bytes)
        return false;
    const auto word = [&](uint64_t index) { return integer_at(*bytes, 8 * index, 8); };
    // zone_start_pfn, managed_pages, spanned_pages, present_pages[, present_early_pages][, cma_pages], name
    const uint64_t before_name = 4 + configuration_.hotplug + configuration_.cma;
    for (uint64_t i = before_name; i < zone_bytes / 8; i++) {
        const auto name = word(i) >> 63 ? guest_.read(word(i), 8) : std::nullopt;
        if (!name || !is_zone_name(*name))
            continue;
        call.start_pfn = word(i - before_name);
        call.spanned_pages = word(i - before_name + 2);
        break;
    }
    if (!configuration_.numa)
        return call.spanned_pages != 0;
    // A zone lies near the start of its node's struct pglist_data and points there; its node comes right before that.
    for (uint64_t i = 1; i < zone_bytes / 8; i++) {
        if (word(i) > zone || zone - word(i) >= node_data_bytes)
            continue;
        call.nid = static_cast<int32_t>(layout_.node(static_cast<int32_t>(word(i - 1))));
        return call.spanned_pages != 0;
    }
    return false;
}

std::optional<uint64_t> Recorder::read_result(const Call &call, const Registers &registers)
{
    const OpInfo &info = op_info(call.op.kind);
    if (!info.result_count)
        return std::nullopt;
    const ParameterKind kind = info.results[0].kind;
    if (call.cookie)
        return value_at(call.cookie, kind);
    const uint64_t raw = machine_.result_of(registers);
    if (kind != ParameterKind::virt || raw == null_pointer)
        return value_of(kind, raw);
    if (known_.slab == MBLAB_SLAB_UP) {
        remark("slab is up: the next call gets memory from it, at an address that no replay can know");
        return std::nullopt;
    }
    const auto physical = guest_.physical(raw);
    if (!physical)
        remark(fmt::format("the next call returned {:#x}, where nothing is mapped", raw));
    return physical;
}

std::string Recorder::show_outputs(const Call &call)
{
    std::string text;
    for (size_t i = 0; i < call.outputs.size(); i++) {
        const Parameter &result = op_info(call.op.kind).results[i + 1];
        if (call.outputs[i] == null_pointer)
            continue;
        if (const auto value = value_at(call.outputs[i], result.kind))
            text += fmt::format(" {}={}", result.name, print_value(result.kind, *value));
    }
    return text;
}

} // namespace mblab::recording
