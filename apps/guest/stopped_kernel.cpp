// SPDX-License-Identifier: GPL-2.0-or-later
#include "apps/guest/stopped_kernel.hpp"

#include "core/base/error.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

namespace mblab::guest {
namespace {

using namespace recording;

constexpr uint64_t word = 8, scratch_bytes = 512, red_zone = 256, page_bytes = 4096, firmware_end = 1 << 20;

/// The first calls of memblock that kernels make, whichever comes first.
constexpr std::string_view first_calls[] = {"memblock_reserve",  "__memblock_reserve",         "memblock_add",
                                            "memblock_add_node", "memblock_set_current_limit", "memblock_remove"};

Qemu::Boot machine_options(const Ram &ram, int stub)
{
    const std::string size = std::to_string(ram.size());
    return {.append = "quiet",
            .options = {"-m", size + "B", "-object",
                        fmt::format("memory-backend-file,id=ram,size={},mem-path={},share=on", size, ram.path()),
                        "-machine", "memory-backend=ram"},
            .stub = stub,
            .files = {ram.fd()}};
}

} // namespace

StoppedKernel::StoppedKernel(const BootOptions &options, const Machine &machine, SymbolTable symbols)
    : machine_(machine), symbols_(std::move(symbols)), ram_(options.ram_bytes), deadline_(options.patience),
      sockets_(connected_sockets()), qemu_(options.files, machine, machine_options(ram_, sockets_.second.get()), {}),
      client_((sockets_.second.reset(), std::move(sockets_.first)), machine, deadline_)
{
    try {
        run_to_first_call();
    } catch (const Error &error) {
        throw Error(
            fmt::format("{} does not boot to its first call of memblock: {}", options.files.kernel, complaint(error)));
    }
    keep_image();
    observe("memset", &StoppedKernel::at_memset);
    observe("memcpy", &StoppedKernel::at_memcpy);
    observe("__warn", &StoppedKernel::at_warn);
    observe("panic", &StoppedKernel::at_panic);
    observe("report_bug", &StoppedKernel::at_report_bug);
    observe("early_fixup_exception", &StoppedKernel::at_exception);
}

/// That there was no answer in time, or what QEMU said, where it has ended.
std::string StoppedKernel::complaint(const Error &error)
{
    if (deadline_.passed())
        return fmt::format("the guest did not answer within {} s (MBLAB_GUEST_TIMEOUT)", deadline_.limit().count());
    return qemu_.ends_within(std::chrono::milliseconds(500)) ? "QEMU says: " + qemu_.complaint() : error.what();
}

void StoppedKernel::run_to_first_call()
{
    std::vector<uint64_t> planted;
    for (const std::string_view name : first_calls)
        if (const auto address = symbols_.find(name))
            client_.insert_breakpoint(planted.emplace_back(*address));
    if (planted.empty())
        throw Error("its symbols name no function of memblock");
    if (!client_.resume())
        throw Error("it ended before");
    for (const uint64_t address : planted)
        client_.remove_breakpoint(address);
    first_registers_ = client_.registers();
}

void StoppedKernel::keep_image()
{
    const auto need = [&](std::string_view name) {
        const auto address = symbols_.find(name);
        return address ? *address : throw Error(fmt::format("the kernel has no symbol {}", name));
    };
    const uint64_t image = need("_text"), end = need("_end");
    const auto image_phys = client_.physical(image);
    if (!image_phys)
        throw Error("the kernel's image is not mapped at its first call of memblock");
    Ram::Layout layout{image, end, *image_phys, 0xffff888000000000, 0};
    ram_.set_layout(layout);
    if (const auto base = symbols_.find("page_offset_base"))
        layout.direct_map = ram_.read(*base, word);
    ram_.set_layout(layout);
    const std::span<const uint8_t> data = ram_.at(need("_sdata"), end - need("_sdata"));
    image_.assign(data.begin(), data.end());
    first_return_ = ram_.read(machine_.stack_pointer_of(first_registers_), word);
    scratch_ = (machine_.stack_pointer_of(first_registers_) - red_zone - scratch_bytes) & ~uint64_t{63};
    client_.insert_breakpoint(first_return_);
}

void StoppedKernel::observe(std::string_view function, Handler handler)
{
    const auto address = symbols_.find(function);
    if (!address)
        return;
    observers_.emplace(*address, handler);
    client_.insert_breakpoint(*address);
}

bool StoppedKernel::reset()
{
    if (lost_)
        return false;
    arrays_.clear();
    const std::span<uint8_t> now = ram_.at(*symbols_.find("_sdata"), image_.size());
    for (size_t at = 0; at < now.size(); at += page_bytes) {
        const size_t bytes = std::min(page_bytes, now.size() - at);
        if (std::memcmp(&now[at], &image_[at], bytes) != 0)
            std::memcpy(&now[at], &image_[at], bytes);
    }
    return true;
}

Called StoppedKernel::call(uint64_t function, std::span<const uint64_t> arguments)
{
    Registers registers = first_registers_;
    const size_t in_registers = std::min(arguments.size(), machine_.arguments.size());
    for (size_t i = 0; i < in_registers; i++)
        registers[machine_.arguments[i]] = arguments[i];
    // Aligned as a caller has it, with the return address below the arguments that registers have no room for.
    uint64_t stack = (scratch_ - red_zone - word * arguments.size()) & ~uint64_t{15};
    for (size_t i = in_registers; i < arguments.size(); i++)
        ram_.write(stack + word * (i - in_registers), arguments[i], word);
    stack -= word;
    ram_.write(stack, first_return_, word);
    registers[machine_.stack_pointer] = stack;
    registers[machine_.program_counter] = function;
    Called called;
    try {
        deadline_.restart();
        client_.write_registers(registers);
        for (bool goes_on = true; goes_on;) {
            if (!client_.resume())
                throw Error("the machine ended");
            registers = client_.registers();
            goes_on = at_stop(registers, called);
        }
    } catch (const Error &error) {
        lost_ = true;
        called.exit = MBLAB_FAULT;
        called.why = complaint(error);
    }
    return called;
}

bool StoppedKernel::at_stop(Registers &registers, Called &called)
{
    const uint64_t here = machine_.program_counter_of(registers);
    if (here == first_return_) {
        called.value = machine_.result_of(registers);
        return false;
    }
    if (const auto observer = observers_.find(here); observer != observers_.end())
        (this->*observer->second)(registers, called);
    else if (here == bug_return_)
        at_report_bug(registers, called);
    else
        throw Error(fmt::format("it stopped at {}", symbols_.place_of(here)));
    return called.exit == MBLAB_RETURNED;
}

/// Leave the function that has just been entered, without doing what it does.
void StoppedKernel::return_now(Registers &registers, uint64_t value)
{
    uint64_t &stack = registers[machine_.stack_pointer];
    registers[machine_.result] = value;
    registers[machine_.program_counter] = ram_.read(stack, word);
    stack += word;
    client_.write_registers(registers);
}

/// Whether memblock may have an array there: in RAM, and not where the kernel itself is.
bool StoppedKernel::has_room(uint64_t address, uint64_t bytes) const
{
    const Ram::Layout &layout = ram_.layout();
    const Interval wanted{ram_.physical(address), ram_.physical(address) + bytes};
    const Interval kernel{layout.image_phys, layout.image_phys + layout.image_end - layout.image};
    return ram_.holds(address, bytes) && wanted.start >= firmware_end && !wanted.overlaps(kernel);
}

/// What is filled that no array lies in has no reader. It is not filled: it may be no RAM, or the kernel itself, which
/// a trace's machine need not know of.
void StoppedKernel::at_memset(Registers &registers, Called &called)
{
    const uint64_t to = registers[machine_.arguments[0]], size = registers[machine_.arguments[2]];
    const auto byte = static_cast<uint8_t>(registers[machine_.arguments[1]]);
    if (ram_.in_image(to)) {
        std::ranges::fill(ram_.at(to, size), byte);
        return return_now(registers, to);
    }
    const uint64_t start = ram_.physical(to);
    called.effects.push_back({MBLAB_EFFECT_zero, 0, start, size, byte});
    for (const Interval &array : arrays_)
        if (size && start < array.end && start + std::min(size, ~start) > array.start) {
            const uint64_t from = std::max(start, array.start),
                           end = std::min(start + std::min(size, ~start), array.end);
            std::ranges::fill(ram_.at(ram_.direct(from), end - from), byte);
        }
    return_now(registers, to);
}

/// A copy is an array that moves, to a place of twice its size.
void StoppedKernel::at_memcpy(Registers &registers, Called &called)
{
    const uint64_t to = registers[machine_.arguments[0]], from = registers[machine_.arguments[1]];
    const uint64_t size = registers[machine_.arguments[2]];
    if (!ram_.in_image(to)) {
        const uint64_t source = ram_.in_image(from) ? MBLAB_STATIC_ADDR : ram_.physical(from);
        called.effects.push_back({MBLAB_EFFECT_copy, 0, ram_.physical(to), source, size});
    }
    if (!ram_.in_image(to) && !has_room(to, 2 * size)) {
        called.exit = MBLAB_BUDGET;
        called.why = "an array moves to where the guest has no RAM, or its kernel";
        return;
    }
    if (!ram_.in_image(to))
        arrays_.push_back({ram_.physical(to), ram_.physical(to) + 2 * size});
    std::memmove(ram_.at(to, size).data(), ram_.at(from, size).data(), size);
    return_now(registers, to);
}

void StoppedKernel::at_warn(Registers &registers, Called &called)
{
    called.effects.push_back({MBLAB_EFFECT_warn, 0, 0, 0, 0});
    return_now(registers, 0);
}

void StoppedKernel::at_panic(Registers &, Called &called)
{
    called.effects.push_back({MBLAB_EFFECT_panic, 0, 0, 0, 0});
    called.exit = MBLAB_PANIC;
}

/// What the trap was is what report_bug() returns.
void StoppedKernel::at_report_bug(Registers &registers, Called &called)
{
    constexpr uint32_t bug_trap_type_bug = 2;
    if (machine_.program_counter_of(registers) != bug_return_) {
        if (bug_return_)
            client_.remove_breakpoint(bug_return_);
        bug_return_ = ram_.read(machine_.stack_pointer_of(registers), word);
        client_.insert_breakpoint(bug_return_);
    } else if (static_cast<uint32_t>(machine_.result_of(registers)) == bug_trap_type_bug) {
        called.effects.push_back({MBLAB_EFFECT_bug, 0, 0, 0, 0});
        called.exit = MBLAB_BUG;
    }
}

/// An exception that is no page of the direct map mapped on demand: an undefined instruction is WARN or BUG.
void StoppedKernel::at_exception(Registers &registers, Called &called)
{
    constexpr uint64_t undefined_instruction = 6;
    if (registers[machine_.arguments[1]] == undefined_instruction)
        return;
    called.exit = MBLAB_FAULT;
    called.why = fmt::format("exception {}", registers[machine_.arguments[1]]);
}

} // namespace mblab::guest
