// SPDX-License-Identifier: GPL-2.0-or-later
// The course of a recording: where the guest stops, and what each stop is.
#include "apps/record/recorder.hpp"

#include "apps/record/variable.hpp"
#include "core/base/error.hpp"

#include <fmt/format.h>

namespace mblab::recording {
namespace {

/// The kernel's first C code at its linked addresses. No breakpoint slows down the firmware and the decompressor
/// before.
constexpr std::string_view first_functions[] = {"x86_64_start_kernel", "__primary_switched"};

/// Any of them is the moment before the first process, in order of preference: compilers inline some.
constexpr std::string_view init_functions[] = {"run_init_process", "try_to_run_init_process", "rcu_end_inkernel_boot"};

} // namespace

Recorder::Recorder(Guest &guest, const Machine &machine, const SymbolTable &symbols, RecorderOptions options)
    : guest_(guest), machine_(machine), symbols_(symbols), options_(std::move(options)),
      entries_(find_entry_points(symbols, options_.skip)), configuration_(configuration_of(symbols)),
      next_arrays_(options_.arrays_every)
{
    recording_.skipped = entries_.skipped;
}

const Recording &Recorder::run()
{
    try {
        if (!follow())
            remark(recording_.cut_short = "the guest ended before its init process ran");
    } catch (const Error &error) {
        recording_.cut_short = error.what();
    }
    return recording_;
}

/// Whether the guest came to its init process.
bool Recorder::follow()
{
    if (!wait_for_kernel())
        return false;
    const auto address = memblock_variable(guest_, machine_, symbols_);
    if (!address)
        throw Error("the variable memblock is not found: needs a kernel with CONFIG_KALLSYMS_ALL");
    layout_ = {*address, configuration_.numa, 0};
    plant();
    while (guest_.resume())
        if (!at_stop())
            return true;
    return false;
}

bool Recorder::wait_for_kernel()
{
    for (const std::string_view function : first_functions) {
        if (const uint64_t address = plant_named(function)) {
            const bool arrived = guest_.resume();
            if (arrived)
                guest_.remove_breakpoint(address);
            return arrived;
        }
    }
    return true;
}

uint64_t Recorder::plant_named(std::string_view function)
{
    const auto address = symbols_.find(function);
    if (address)
        guest_.insert_breakpoint(*address);
    return address.value_or(0);
}

void Recorder::plant()
{
    for (const auto &[address, entry] : entries_.by_address)
        guest_.insert_breakpoint(address);
    for (const std::string_view function : init_functions)
        if (!init_)
            init_ = plant_named(function);
    if (!init_)
        throw Error("the kernel's symbols do not say where its init process begins");
    slab_ = plant_named("kmem_cache_init");
    // Where the arrays are not kept, their memory goes with that of all init code.
    if (!configuration_.keep)
        end_of_init_memory_ = plant_named("free_initmem");
}

bool Recorder::at_stop()
{
    const Registers registers = guest_.registers();
    const uint64_t here = machine_.program_counter_of(registers);
    if (Stack::Frame *frame = stack_.returning(here, machine_.stack_pointer_of(registers)))
        at_return(*frame, registers);
    if (here == slab_return_) {
        slab_return_ = 0;
        known_.slab = MBLAB_SLAB_UP;
        release(here);
        add_step({ops::world_slab{known_.slab}, {}}, "kmem_cache_init has returned");
    }
    if (here == slab_)
        at_slab_entry(registers);
    const auto entry = entries_.by_address.find(here);
    if (entry != entries_.by_address.end())
        at_entry(entry->second, registers);
    if (here == end_of_init_memory_ || here == init_) {
        write_arrays("at the end");
        arrays_gone_ = arrays_gone_ || here == end_of_init_memory_;
        recording_.reached_init = here == init_;
    }
    return here != init_;
}

void Recorder::at_slab_entry(const Registers &registers)
{
    if (const auto address = machine_.return_address(guest_, registers)) {
        slab_return_ = *address;
        guest_.insert_breakpoint(*address);
    }
}

void Recorder::at_entry(const EntryPoint &entry, const Registers &registers)
{
    const uint64_t stack = machine_.stack_pointer_of(registers);
    const auto return_address = machine_.return_address(guest_, registers);
    if (!return_address)
        throw Error(fmt::format("the stack at {:#x} is not readable in {}", stack, entry.name));
    const Stack::Entry kind = stack_.classify(stack, *return_address);
    if (kind == Stack::Entry::nested) {
        recording_.counts.nested++;
        return;
    }
    if (kind == Stack::Entry::lost)
        forget_lost(stack);
    if (!started_)
        begin_state();
    notice_state(entry.op);
    Call call = read_call(entry, registers);
    call.caller = symbols_.place_of(*return_address);
    guest_.insert_breakpoint(*return_address);
    stack_.enter({stack, *return_address, machine_.stack_after_return(stack), std::move(call)});
}

void Recorder::forget_lost(uint64_t stack)
{
    const Stack::Frame frame = stack_.leave(stack_.lost(stack));
    remark(fmt::format("{} was entered from {} and left without a return", frame.call.entry.name, frame.call.caller));
    recording_.counts.unrecorded++;
    release(frame.return_address);
}

void Recorder::release(uint64_t return_address)
{
    const bool wanted = stack_.awaits(return_address) || entries_.by_address.contains(return_address) ||
                        return_address == init_ || return_address == slab_ || return_address == slab_return_ ||
                        return_address == end_of_init_memory_;
    if (!wanted)
        guest_.remove_breakpoint(return_address);
}

void Recorder::at_return(Stack::Frame &returning, const Registers &registers)
{
    const Stack::Frame frame = stack_.leave(returning);
    const Call &call = frame.call;
    RecordingCounts &counts = recording_.counts;
    release(frame.return_address);
    recording_.calls_by_function[call.entry.name]++;
    if (!call.sayable) {
        counts.unrecorded++;
        remark(fmt::format("a call of {} from {} that no op can express", call.entry.name, call.caller));
        return;
    }
    counts.calls++;
    const Step step{call.op, read_result(call, registers)};
    counts.results += step.expected.has_value();
    add_step(step, call.caller + show_outputs(call));
    remember_state(call.op.kind);
    if (options_.arrays_every && counts.calls >= next_arrays_) {
        next_arrays_ = counts.calls + options_.arrays_every;
        write_arrays(fmt::format("after {} calls", counts.calls));
    }
}

void Recorder::add_step(const Step &step, std::string note)
{
    recording_.trace.steps.push_back(step);
    recording_.notes.push_back(std::move(note));
}

void Recorder::remark(std::string text)
{
    recording_.remarks.push_back({recording_.trace.steps.size(), std::move(text)});
}

} // namespace mblab::recording
