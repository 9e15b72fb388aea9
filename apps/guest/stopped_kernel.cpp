// SPDX-License-Identifier: GPL-2.0-or-later
#include "apps/guest/stopped_kernel.hpp"

#include "core/base/error.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>

namespace mblab::guest {
namespace {

using namespace recording;

constexpr uint64_t word = 8, scratch_bytes = 512, red_zone = 256, page_bytes = 4096, firmware_bytes = 1 << 20;

/// The first calls of memblock that kernels make, whichever comes first.
constexpr std::string_view first_calls[] = {"memblock_reserve",  "__memblock_reserve",         "memblock_add",
                                            "memblock_add_node", "memblock_set_current_limit", "memblock_remove"};

Qemu::Boot machine_options(const Machine &machine, const Ram &ram, int stub)
{
    const std::string size = std::to_string(ram.size());
    return {.append = "quiet",
            .options = {"-m", size + "B", "-object",
                        fmt::format("memory-backend-file,id=ram,size={},mem-path={},share=on", size, ram.path()),
                        "-machine",
                        fmt::format("{}{}memory-backend=ram", machine.board, machine.board.empty() ? "" : ",")},
            .stub = stub,
            .files = {ram.fd()}};
}

} // namespace

StoppedKernel::StoppedKernel(const BootOptions &options, const Machine &machine, SymbolTable symbols)
    : machine_(machine), symbols_(std::move(symbols)), ram_(options.ram_bytes), deadline_(options.patience),
      sockets_(connected_sockets()),
      qemu_(options.files, machine, machine_options(machine, ram_, sockets_.second.get()), {}),
      client_((sockets_.second.reset(), std::move(sockets_.first)), machine, deadline_)
{
    try {
        run_to_first_call();
    } catch (const Error &error) {
        throw Error(
            fmt::format("{} does not boot to its first call of memblock: {}", options.files.kernel, complaint(error)));
    }
    keep_image();
    map_ram();
    observe("memset", &StoppedKernel::at_memset);
    observe("memcpy", &StoppedKernel::at_memcpy);
    observe("__warn", &StoppedKernel::at_warn);
    observe("panic", &StoppedKernel::at_panic);
    observe("report_bug", &StoppedKernel::at_report_bug);
    observe("accept_memory", &StoppedKernel::at_accept);
    observe("early_fixup_exception", &StoppedKernel::at_exception);
    if (machine_.link) // elsewhere than on x86, what is no WARN or BUG comes there
        observe("die", &StoppedKernel::at_death);
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

uint64_t StoppedKernel::needed(std::string_view name) const
{
    const auto address = symbols_.find(name);
    return address ? *address : throw Error(fmt::format("the kernel has no symbol {}", name));
}

void StoppedKernel::keep_image()
{
    const uint64_t image = needed("_text"), end = needed("_end");
    const auto image_phys = client_.physical(image);
    if (!image_phys)
        throw Error("the kernel's image is not mapped at its first call of memblock");
    ram_.set_layout({image, end, *image_phys, 0, machine_.ram, ~uint64_t{0}});
    data_ = ram_.at(needed("_sdata"), end - needed("_sdata"));
    first_return_ = return_address(first_registers_);
    scratch_ = (machine_.stack_pointer_of(first_registers_) - red_zone - scratch_bytes) & ~uint64_t{63};
    client_.insert_breakpoint(first_return_);
    image_.assign(data_.begin(), data_.end());
}

/// The pointer to physical 0, as the kernel itself makes them: where the only page that it may allocate is.
uint64_t StoppedKernel::direct_map()
{
    constexpr uint64_t any_node = ~uint64_t{0};
    const uint64_t page[] = {machine_.ram + 32 * page_bytes, page_bytes};
    const uint64_t wanted[] = {page_bytes, page_bytes, 0, 0, any_node};
    call(needed("memblock_add"), page);
    const Called got = call(needed("memblock_alloc_try_nid_raw"), wanted);
    if (got.exit != MBLAB_RETURNED || !got.value || !reset())
        throw Error("the kernel does not allocate the only page that it has");
    return got.value - page[0];
}

/// Write a variable for good.
void StoppedKernel::set(uint64_t address, uint64_t value)
{
    ram_.write(address, value, word);
    image_.assign(data_.begin(), data_.end());
}

/// What pointers are made with is not set yet on all architectures.
void StoppedKernel::set_direct_map()
{
    if (const auto start = symbols_.find("memstart_addr")) {
        // Pointers of a kernel for 52 bits are those of 48 here, as the machine has them.
        constexpr uint64_t first_of_48 = uint64_t{0xffff} << 48;
        set(*start, 0);
        set(*start, direct_map() - first_of_48);
    }
    if (const auto map = symbols_.find("kernel_map")) {
        // It begins with the first pointer; one of its words is what is added to make one.
        const uint64_t distance = ram_.read(*map, word);
        for (uint64_t at = *map + word; direct_map() != distance && at < *map + 8 * word; at += word)
            if (ram_.read(at, word) == 0) {
                set(at, distance);
                if (direct_map() != distance)
                    set(at, 0);
            }
    }
}

/// Where the kernel maps its RAM only after its first calls of memblock: an array that moves is read before.
void StoppedKernel::map_ram()
{
    set_direct_map();
    Ram::Layout layout = ram_.layout();
    layout.direct_map = direct_map();
    const auto tables = page_tables_of(machine_.architecture);
    if (tables)
        layout.reach = uint64_t{1} << (tables->bits(layout.direct_map) - 2);
    ram_.set_layout(layout);
    if (tables) {
        tables_ = map_all(ram_, symbols_, *tables);
        image_.assign(data_.begin(), data_.end());
        if (client_.physical(ram_.direct(machine_.ram)) != machine_.ram)
            throw Error("the kernel's RAM cannot be mapped before it does so itself");
    }
}

uint64_t StoppedKernel::return_address(const Registers &registers) const
{
    return machine_.link ? registers[*machine_.link] : ram_.read(machine_.stack_pointer_of(registers), word);
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
    for (size_t at = 0; at < data_.size(); at += page_bytes) {
        const size_t bytes = std::min(page_bytes, data_.size() - at);
        if (std::memcmp(&data_[at], &image_[at], bytes) != 0)
            std::memcpy(&data_[at], &image_[at], bytes);
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
    if (machine_.link) {
        registers[*machine_.link] = first_return_;
    } else {
        stack -= word;
        ram_.write(stack, first_return_, word);
    }
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
    registers[machine_.result] = value;
    registers[machine_.program_counter] = return_address(registers);
    registers[machine_.stack_pointer] = machine_.stack_after_return(machine_.stack_pointer_of(registers));
    client_.write_registers(registers);
}

/// Whether memblock may have an array there: in RAM, and not where the kernel itself is.
bool StoppedKernel::has_room(uint64_t address, uint64_t bytes) const
{
    const Ram::Layout &layout = ram_.layout();
    const Interval wanted{ram_.physical(address), ram_.physical(address) + bytes};
    const Interval kernel{layout.image_phys, layout.image_phys + layout.image_end - layout.image};
    const bool is_free =
        std::ranges::none_of(std::array{kernel, tables_}, [&](const Interval &each) { return wanted.overlaps(each); });
    return ram_.holds(address, bytes) && wanted.start >= machine_.ram + firmware_bytes && is_free;
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

/// A copy is an array that moves, to a place of twice its size. Within an array it is memmove(), which is the same
/// function on some architectures.
void StoppedKernel::at_memcpy(Registers &registers, Called &called)
{
    const uint64_t to = registers[machine_.arguments[0]], from = registers[machine_.arguments[1]];
    const uint64_t size = registers[machine_.arguments[2]];
    const bool stays = ram_.in_image(to) || std::ranges::any_of(arrays_, [&](const Interval &array) {
                           return array.contains(ram_.physical(to)) && array.contains(ram_.physical(from));
                       });
    if (!stays) {
        const uint64_t source = ram_.in_image(from) ? MBLAB_STATIC_ADDR : ram_.physical(from);
        called.effects.push_back({MBLAB_EFFECT_copy, 0, ram_.physical(to), source, size});
    }
    if (!stays && !has_room(to, 2 * size)) {
        called.exit = MBLAB_BUDGET;
        called.why = "an array moves to where the guest has no RAM, or its kernel";
        return;
    }
    if (!stays)
        arrays_.push_back({ram_.physical(to), ram_.physical(to) + 2 * size});
    std::memmove(ram_.at(to, size).data(), ram_.at(from, size).data(), size);
    return_now(registers, to);
}

/// Of memblock's own, which pass the name of its file: what it prints may warn of a machine that is not set up yet.
void StoppedKernel::at_warn(Registers &registers, Called &called)
{
    constexpr std::string_view ours = "memblock.c";
    const std::span<const uint8_t> bytes = ram_.at(registers[machine_.arguments[0]], page_bytes);
    const std::string_view file(reinterpret_cast<const char *>(bytes.data()), bytes.size());
    if (file.substr(0, file.find('\0')).ends_with(ours))
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
        bug_return_ = return_address(registers);
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

/// An oops.
void StoppedKernel::at_death(Registers &registers, Called &called)
{
    called.exit = MBLAB_FAULT;
    called.why = fmt::format("the kernel dies in {}", symbols_.place_of(return_address(registers)));
}

void StoppedKernel::at_accept(Registers &registers, Called &called)
{
    called.effects.push_back(
        {MBLAB_EFFECT_accept_memory, 0, registers[machine_.arguments[0]], registers[machine_.arguments[1]], 0});
    return_now(registers, 0);
}

} // namespace mblab::guest
