// SPDX-License-Identifier: GPL-2.0-or-later
#include "apps/guest/guest_engine.hpp"

#include "apps/record/entry_points.hpp"
#include "apps/record/kernel_image.hpp"
#include "apps/record/kernel_symbols.hpp"
#include "core/base/error.hpp"
#include "core/op/typed.hpp"
#include "core/state/flags.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>

namespace mblab::guest {
namespace {

using namespace recording;

constexpr uint64_t region_bytes_numa = 24;
constexpr uint64_t accessible = 0, any_node = ~uint64_t{0}, low_limit = 0xffffffff;
constexpr uint64_t text_at = 256; // in the scratch memory
constexpr uint64_t hidden_from_walks = flag_hotplug | flag_driver_managed;

/// An allocation that is inline in the header, and the function that it is a call of.
struct InlineAllocation {
    mblab_op_kind op;
    std::string_view function;
};
constexpr InlineAllocation inline_allocations[] = {
    {MBLAB_OP_memblock_phys_alloc, "memblock_phys_alloc_range"},
    {MBLAB_OP_memblock_alloc, "memblock_alloc_try_nid"},
    {MBLAB_OP_memblock_alloc_raw, "memblock_alloc_try_nid_raw"},
    {MBLAB_OP_memblock_alloc_from, "memblock_alloc_try_nid"},
    {MBLAB_OP_memblock_alloc_low, "memblock_alloc_try_nid"},
    {MBLAB_OP_memblock_alloc_node, "memblock_alloc_try_nid"},
    {MBLAB_OP_memblock_reserve, "__memblock_reserve"},
    {MBLAB_OP_memblock_reserve_kern, "__memblock_reserve"},
    {MBLAB_OP_memblock_alloc_or_panic, "__memblock_alloc_or_panic"},
};

/// Walks, and the function that takes their steps.
constexpr InlineAllocation walks[] = {
    {MBLAB_OP_for_each_mem_range, "__next_mem_range"},
    {MBLAB_OP_for_each_mem_range_rev, "__next_mem_range_rev"},
    {MBLAB_OP_for_each_reserved_mem_range, "__next_mem_range"},
    {MBLAB_OP_for_each_free_mem_range, "__next_mem_range"},
    {MBLAB_OP_for_each_free_mem_range_reverse, "__next_mem_range_rev"},
    {MBLAB_OP___for_each_mem_range, "__next_mem_range"},
    {MBLAB_OP___for_each_mem_range_rev, "__next_mem_range_rev"},
    {MBLAB_OP_for_each_mem_pfn_range, "__next_mem_pfn_range"},
};

template <typename Table> std::string_view function_of(const Table &table, uint16_t kind)
{
    const auto row =
        std::ranges::find(table, kind, [](const InlineAllocation &each) { return static_cast<uint16_t>(each.op); });
    return row == std::end(table) ? std::string_view() : row->function;
}

} // namespace

GuestEngine::GuestEngine(std::string name, const BootOptions &options, const Variant &variant)
    : name_(std::move(name)), options_(options), variant_(variant)
{
    boot();
    check_variant();
    for (uint16_t kind = 0; kind < MBLAB_OP_COUNT; kind++)
        has_[kind] = is_there(kind);
}

void GuestEngine::boot()
{
    kernel_.reset();
    const std::string image = read_file(options_.files.kernel);
    const Machine &machine = machine_of(architecture_of(image, options_.files.kernel));
    SymbolTable symbols(kernel_symbols(options_.files, machine, image, std::chrono::seconds(600)));
    const auto memblock = symbols.find("memblock");
    const KernelConfiguration configuration = configuration_of(symbols);
    if (!memblock)
        throw Error(options_.files.kernel + ": the variable memblock is not found: needs CONFIG_KALLSYMS_ALL");
    kernel_ = std::make_unique<StoppedKernel>(options_, machine, std::move(symbols));
    layout_ = {*memblock, configuration.numa, 1};
    if (configuration.numa) // before nodes are counted, this variable still has its initial value
        layout_.max_nodes = static_cast<int32_t>(kernel_->ram().read(function("nr_node_ids").value_or(0), 4));
}

void GuestEngine::check_variant()
{
    const KernelConfiguration configuration = configuration_of(kernel_->symbols());
    const mblab_state &now = state();
    const auto require = [&](bool alike, std::string_view what) {
        if (!alike)
            throw Error(fmt::format("{} is not of this variant: it has {}", name_, what));
    };
    require(configuration.numa == variant_.has(MBLAB_CONFIG_numa), configuration.numa ? "nodes" : "no nodes");
    require(
        now.type[MBLAB_TYPE_memory].max == variant_.memory_regions &&
            now.type[MBLAB_TYPE_reserved].max == variant_.reserved_regions,
        fmt::format("arrays of {} and {} regions", now.type[MBLAB_TYPE_memory].max, now.type[MBLAB_TYPE_reserved].max));
    require(now.type[MBLAB_TYPE_memory].total_size == 0 && now.type[MBLAB_TYPE_reserved].total_size == 0,
            "regions before its first call");
}

/// By its symbol, or that of what it is made of. What gives pages to the buddy allocator needs their struct pages,
/// which do not exist yet; a region's accessors are inline in the header, and nothing of the kernel.
bool GuestEngine::is_there(uint16_t kind) const
{
    const OpInfo &info = op_info(kind);
    const auto has_function = [&](std::string_view name) { return !name.empty() && function(name).has_value(); };
    switch (kind) {
    case MBLAB_OP_memblock_set_bottom_up:
    case MBLAB_OP_memblock_bottom_up:
    case MBLAB_OP_for_each_mem_region:
    case MBLAB_OP_for_each_reserved_mem_region:
    case MBLAB_OP_world_budget:
    case MBLAB_OP_world_max_low_pfn: // of what gives pages
    case MBLAB_OP_world_online_nodes:
        return true;
    case MBLAB_OP_world_movable_node:
        return has_function("movable_node_enabled");
    case MBLAB_OP_world_mirrored_kernelcore:
        return has_function("mirrored_kernelcore");
    case MBLAB_OP_early_param:
        return has_function("early_memblock");
    case MBLAB_OP_reserve_mem_release_by_name: // gives pages, too
    case MBLAB_OP_reserve_mem_init:
    case MBLAB_OP___next_mem_pfn_range_in_zone: // takes a struct zone, whose layout no symbol tells
        return false;
    default:
        break;
    }
    if (info.family == Family::world || info.family == Family::region || info.family == Family::buddy)
        return false;
    return has_function(info.name) || has_function(function_of(inline_allocations, kind)) ||
           has_function(function_of(walks, kind));
}

EffectMask GuestEngine::predicted_effects() const
{
    EffectMask mask = 0;
    for (const mblab_effect_kind kind : {MBLAB_EFFECT_zero, MBLAB_EFFECT_copy, MBLAB_EFFECT_warn, MBLAB_EFFECT_bug,
                                         MBLAB_EFFECT_panic, MBLAB_EFFECT_range})
        mask |= EffectMask{1} << kind;
    if (function("accept_memory")) // where the kernel is configured to
        mask |= EffectMask{1} << MBLAB_EFFECT_accept_memory;
    return mask;
}

void GuestEngine::reset()
{
    if (!kernel_->reset())
        boot();
}

// ---- the lab's terms and the guest's ----

uint64_t GuestEngine::type_address(uint64_t type) const
{
    return type < 2 ? layout_.type_address(static_cast<mblab_type>(type)) : 0;
}

uint64_t GuestEngine::pointer(uint64_t physical) const
{
    return physical ? kernel_->ram().direct(physical) : 0;
}

/// MAX_NUMNODES differs; what is no node there is none here. Some architectures pass 32 bits with their sign.
uint64_t GuestEngine::to_guest(int32_t nid) const
{
    const auto max = static_cast<int32_t>(variant_.max_nodes);
    return static_cast<uint64_t>(int64_t{nid >= max ? nid - max + layout_.max_nodes : nid});
}

int32_t GuestEngine::from_guest(int32_t nid) const
{
    const auto max = static_cast<int32_t>(variant_.max_nodes);
    return nid >= layout_.max_nodes ? nid - layout_.max_nodes + max : nid;
}

/// Kernels of some architectures have fewer nodes than the variant, and pointers to the first addresses only.
bool GuestEngine::can_say(const Op &op) const
{
    const OpInfo &info = op_info(op.kind);
    for (size_t i = 0; i < info.parameter_count; i++) {
        const uint64_t value = op.arg[i];
        const auto nid = static_cast<int32_t>(value);
        if (info.parameters[i].kind == ParameterKind::virt && value >= kernel_->ram().layout().reach)
            return false;
        if (info.parameters[i].kind == ParameterKind::nid && layout_.numa && nid >= layout_.max_nodes &&
            nid < static_cast<int32_t>(variant_.max_nodes))
            return false;
    }
    return true;
}

uint64_t GuestEngine::put_text(std::string_view text) const
{
    const uint64_t where = kernel_->scratch() + text_at;
    for (size_t i = 0; i <= text.size(); i++)
        kernel_->ram().write(where + i, i < text.size() ? static_cast<uint8_t>(text[i]) : 0, 1);
    return where;
}

void GuestEngine::returned(std::initializer_list<uint64_t> values)
{
    if (called_.exit != MBLAB_RETURNED)
        return;
    outcome_.result.count = static_cast<uint32_t>(values.size());
    std::ranges::copy(values, outcome_.result.value);
}

/// Whether it returned.
bool GuestEngine::call(std::string_view name, const Arguments &arguments)
{
    called_ = kernel_->call(*function(name), arguments);
    effects_.insert(effects_.end(), called_.effects.begin(), called_.effects.end());
    outcome_.result.exit = called_.exit;
    return called_.exit == MBLAB_RETURNED;
}

// ---- ops ----

const Outcome &GuestEngine::run(const Op &op)
{
    effects_.clear();
    called_ = {};
    outcome_.result = {has_[op.kind] ? MBLAB_RETURNED : MBLAB_ABSENT, 0, {}};
    if (has_[op.kind] && !can_say(op)) {
        outcome_.result.exit = MBLAB_BUDGET;
        called_.why = "the guest has no such node, or no pointer to that address";
    } else if (has_[op.kind] && !run_world(op) && !run_walk(op) && !run_cookie(op) && !run_parameter(op) &&
               !run_inline(op)) {
        run_direct(op);
    }
    outcome_.effects = {effects_.data(), "", static_cast<uint32_t>(effects_.size()), 1};
    state();
    return outcome_;
}

/// The function of the op's own name, with its parameters in the order of the op's.
void GuestEngine::run_direct(const Op &op)
{
    const OpInfo &info = op_info(op.kind);
    Arguments arguments;
    for (size_t i = 0; i < info.parameter_count; i++) {
        const uint64_t value = op.arg[i];
        switch (info.parameters[i].kind) {
        case ParameterKind::virt:
            arguments.push_back(pointer(value));
            break;
        case ParameterKind::nid:
            arguments.push_back(to_guest(static_cast<int32_t>(value)));
            break;
        case ParameterKind::flags:
            arguments.push_back(sign_extend(value, 32));
            break;
        case ParameterKind::type:
            arguments.push_back(type_address(value));
            break;
        case ParameterKind::text:
            arguments.push_back(put_text(op.text));
            break;
        default:
            arguments.push_back(value);
        }
    }
    if (!call(info.name, arguments) || !info.result_count)
        return;
    const uint64_t value = called_.value;
    switch (info.results[0].kind) {
    case ParameterKind::virt:
        return returned({value ? kernel_->ram().physical(value) : 0});
    case ParameterKind::error:
        return returned({sign_extend(value, 32)});
    case ParameterKind::boolean:
        return returned({value & 0xff});
    default:
        return returned({value});
    }
}

/// What the header makes of it.
bool GuestEngine::run_inline(const Op &op)
{
    const std::string_view name = function_of(inline_allocations, op.kind);
    if (name.empty() || function(op_info(op.kind).name))
        return false;
    const uint64_t size = op.arg[0], align = op.arg[1];
    if (op.kind == MBLAB_OP_memblock_reserve || op.kind == MBLAB_OP_memblock_reserve_kern) {
        const uint64_t flags = op.kind == MBLAB_OP_memblock_reserve ? 0 : flag_kern;
        if (call(name, {op.arg[0], op.arg[1], any_node, flags}))
            returned({sign_extend(called_.value, 32)});
        return true;
    }
    Arguments arguments{size, align, 0, accessible, any_node};
    if (op.kind == MBLAB_OP_memblock_phys_alloc)
        arguments.pop_back();
    else if (op.kind == MBLAB_OP_memblock_alloc_or_panic)
        arguments = {size, align, put_text("mblab")};
    else if (op.kind == MBLAB_OP_memblock_alloc_from)
        arguments[2] = op.arg[2];
    else if (op.kind == MBLAB_OP_memblock_alloc_low)
        arguments[3] = low_limit;
    else if (op.kind == MBLAB_OP_memblock_alloc_node)
        arguments[4] = to_guest(static_cast<int32_t>(op.arg[2]));
    if (!call(name, arguments))
        return true;
    const bool is_address = op.kind == MBLAB_OP_memblock_phys_alloc;
    returned({is_address || !called_.value ? called_.value : kernel_->ram().physical(called_.value)});
    return true;
}

bool GuestEngine::step(uint64_t at_most, uint64_t start, uint64_t end, int64_t nid)
{
    uint64_t &steps = outcome_.result.value[0];
    if (steps >= at_most)
        return false;
    effects_.push_back({MBLAB_EFFECT_range, 0, start, end, static_cast<uint64_t>(nid)});
    steps++;
    return true;
}

void GuestEngine::walk(std::string_view next, uint64_t type_a, uint64_t type_b, int32_t nid, uint64_t flags,
                       uint64_t at_most, bool tells_nid)
{
    const bool up = next == "__next_mem_range";
    const uint64_t nid_out = tells_nid ? out(3) : 0;
    kernel_->ram().write(out(0), up ? 0 : ~uint64_t{0}, 8);
    outcome_.result.count = 1;
    for (;;) {
        if (!call(next, {out(0), to_guest(nid), flags, type_a, type_b, out(1), out(2), nid_out})) {
            outcome_.result = {called_.exit, 0, {}};
            return;
        }
        if (read_out(0) == ~uint64_t{0} ||
            !step(at_most, read_out(1), read_out(2), from_guest(static_cast<int32_t>(read_out(3, 4)))))
            return;
    }
}

void GuestEngine::walk_regions(mblab_type type, uint64_t at_most)
{
    state();
    outcome_.result.count = 1;
    for (const Region &region : regions_[type])
        if (!step(at_most, region.base, region.base + region.size, region.nid))
            return;
}

void GuestEngine::walk_pfns(int32_t nid, uint64_t at_most)
{
    kernel_->ram().write(out(0), ~uint64_t{0}, 4);
    outcome_.result.count = 1;
    while (call("__next_mem_pfn_range", {out(0), to_guest(nid), out(1), out(2), out(3)})) {
        if (static_cast<int32_t>(read_out(0, 4)) < 0 ||
            !step(at_most, read_out(1), read_out(2), from_guest(static_cast<int32_t>(read_out(3, 4)))))
            return;
    }
}

bool GuestEngine::run_walk(const Op &op)
{
    const uint64_t memory = type_address(MBLAB_TYPE_memory), reserved = type_address(MBLAB_TYPE_reserved);
    const std::string_view next = function_of(walks, op.kind);
    const auto nid = static_cast<int32_t>(op.arg[0]);
    for (size_t i = 0; i < 4; i++)
        kernel_->ram().write(out(i), 0, 8);
    switch (op.kind) {
    case MBLAB_OP_for_each_mem_range:
    case MBLAB_OP_for_each_mem_range_rev:
        return walk(next, memory, 0, -1, hidden_from_walks, op.arg[0], false), true;
    case MBLAB_OP_for_each_reserved_mem_range:
        return walk(next, reserved, 0, -1, 0, op.arg[0], false), true;
    case MBLAB_OP_for_each_free_mem_range:
    case MBLAB_OP_for_each_free_mem_range_reverse:
        return walk(next, memory, reserved, nid, sign_extend(op.arg[1], 32), op.arg[2]), true;
    case MBLAB_OP___for_each_mem_range:
    case MBLAB_OP___for_each_mem_range_rev:
        return walk(next, type_address(op.arg[0]), type_address(op.arg[1]), static_cast<int32_t>(op.arg[2]),
                    sign_extend(op.arg[3], 32), op.arg[4]),
               true;
    case MBLAB_OP_for_each_mem_pfn_range:
        return walk_pfns(nid, op.arg[1]), true;
    case MBLAB_OP_for_each_mem_region:
        return walk_regions(MBLAB_TYPE_memory, op.arg[0]), true;
    case MBLAB_OP_for_each_reserved_mem_region:
        return walk_regions(MBLAB_TYPE_reserved, op.arg[0]), true;
    default:
        return false;
    }
}

/// Functions that write their results through pointers.
bool GuestEngine::run_cookie(const Op &op)
{
    const std::string_view name = op_info(op.kind).name;
    const auto nid_out = [&](size_t index) {
        return static_cast<uint64_t>(int64_t{from_guest(static_cast<int32_t>(read_out(index, 4)))});
    };
    for (size_t i = 0; i < 4; i++)
        kernel_->ram().write(out(i), 0, 8);
    switch (op.kind) {
    case MBLAB_OP___next_mem_range:
    case MBLAB_OP___next_mem_range_rev:
        kernel_->ram().write(out(0), op.arg[0], 8);
        if (call(name, {out(0), to_guest(static_cast<int32_t>(op.arg[1])), sign_extend(op.arg[2], 32),
                        type_address(op.arg[3]), type_address(op.arg[4]), out(1), out(2), out(3)}))
            returned({read_out(0), read_out(1), read_out(2), nid_out(3)});
        return true;
    case MBLAB_OP___next_mem_pfn_range:
        kernel_->ram().write(out(0), op.arg[0], 4);
        if (call(name, {out(0), to_guest(static_cast<int32_t>(op.arg[1])), out(1), out(2), out(3)}))
            returned({sign_extend(read_out(0, 4), 32), read_out(1), read_out(2), nid_out(3)});
        return true;
    case MBLAB_OP_memblock_search_pfn_nid:
        if (call(name, {op.arg[0], out(1), out(2)}))
            returned({static_cast<uint64_t>(int64_t{from_guest(static_cast<int32_t>(called_.value))}), read_out(1),
                      read_out(2)});
        return true;
    case MBLAB_OP_reserve_mem_find_by_name:
        if (call(name, {put_text(op.text), out(1), out(2)}))
            returned({called_.value & 0xffffffff, read_out(1), read_out(2)});
        return true;
    default:
        return false;
    }
}

/// The handler of a parameter of the command line, which is given what stands behind the name.
bool GuestEngine::run_parameter(const Op &op)
{
    if (op.kind != MBLAB_OP_early_param)
        return false;
    const std::string_view text = op.text, name = text.substr(0, text.find('='));
    const std::string_view handler = name == "memblock"                                 ? "early_memblock"
                                     : name == "reserve_mem" && function("reserve_mem") ? "reserve_mem"
                                                                                        : "";
    if (handler.empty()) {
        returned({static_cast<uint64_t>(-int64_t{ENOENT})});
        return true;
    }
    const bool has_value = name.size() < text.size();
    if (call(handler, {has_value ? put_text(text.substr(name.size() + 1)) : 0}))
        returned({sign_extend(called_.value, 32)});
    return true;
}

bool GuestEngine::run_world(const Op &op)
{
    switch (op.kind) {
    case MBLAB_OP_world_movable_node:
        kernel_->ram().write(*function("movable_node_enabled"), op.arg[0] != 0, 1);
        return true;
    case MBLAB_OP_world_mirrored_kernelcore:
        kernel_->ram().write(*function("mirrored_kernelcore"), op.arg[0] != 0, 1);
        return true;
    case MBLAB_OP_memblock_set_bottom_up:
        kernel_->ram().write(layout_.address, op.arg[0] != 0, 1);
        return true;
    case MBLAB_OP_memblock_bottom_up:
        returned({kernel_->ram().read(layout_.address, 1)});
        return true;
    case MBLAB_OP_world_budget:
    case MBLAB_OP_world_max_low_pfn:
    case MBLAB_OP_world_online_nodes:
        return true;
    default:
        return false;
    }
}

// ---- the state ----

void GuestEngine::read_array(mblab_type type)
{
    const Ram &ram = kernel_->ram();
    const uint64_t at = layout_.type_address(type);
    mblab_type_state &array = outcome_.state.type[type];
    array = {ram.read(at, 8), ram.read(at + 8, 8), ram.read(at + 16, 8), 0, 0, nullptr};
    const uint64_t storage = ram.read(at + 24, 8);
    array.storage = ram.in_image(storage) ? MBLAB_STATIC_ADDR : ram.physical(storage);
    std::vector<Region> &regions = regions_[type];
    regions.clear();
    const std::span<const uint8_t> bytes = ram.at(storage, std::min(array.cnt, array.max) * region_bytes_numa);
    for (size_t i = 0; i + region_bytes_numa <= bytes.size(); i += region_bytes_numa)
        regions.push_back({integer_at(bytes, i, 8), integer_at(bytes, i + 8, 8),
                           static_cast<uint32_t>(integer_at(bytes, i + 16, 4)),
                           layout_.numa ? from_guest(static_cast<int32_t>(integer_at(bytes, i + 20, 4))) : 0});
    array.regions = regions.data();
}

const mblab_state &GuestEngine::state()
{
    const Ram &ram = kernel_->ram();
    outcome_.state.bottom_up = ram.read(layout_.address, 1);
    outcome_.state.current_limit = ram.read(layout_.address + 8, 8);
    outcome_.state.region_bytes = region_bytes_numa;
    read_array(MBLAB_TYPE_memory);
    read_array(MBLAB_TYPE_reserved);
    return outcome_.state;
}

} // namespace mblab::guest
