// SPDX-License-Identifier: GPL-2.0-or-later
// An engine out of a shared object.
#include "core/engine/engine.hpp"

#include "core/base/error.hpp"
#include "core/engine/black_box.hpp"

#include <csetjmp>
#include <csignal>
#include <cstdlib>
#include <dlfcn.h>
#include <fmt/format.h>
#include <utility>

namespace mblab {
namespace {

// Where a fault inside an engine lands; null while no engine runs, and a fault is then the lab's own.
sigjmp_buf *fault_frame;

constexpr int fault_signals[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP};
struct sigaction earlier_actions[NSIG];

void on_fault(int signal_number)
{
    if (fault_frame)
        siglongjmp(*fault_frame, signal_number);
    // Not an engine's: whoever handled it before (a fuzzer saves its input) does so now.
    sigaction(signal_number, &earlier_actions[signal_number], nullptr);
    raise(signal_number);
}

class LoadedEngine final : public Engine {
  public:
    LoadedEngine(const mblab_engine &table, unsigned number) : table_(table), number_(number)
    {
        variant_ = {table.config, table.max_nodes, table.initial_memory_regions, table.initial_reserved_regions};
        catch_faults();
        reset();
    }

    std::string_view name() const override { return table_.name; }
    const Variant &variant() const override { return variant_; }
    bool has(uint16_t kind) const override { return table_.has(static_cast<mblab_op_kind>(kind)); }

    void reset() override
    {
        BlackBox::enter_reset(number_);
        table_.reset();
        BlackBox::leave();
    }

    const Outcome &run(const Op &op) override
    {
        BlackBox::enter(number_, op);
        sigjmp_buf frame;
        sigjmp_buf *const outer = std::exchange(fault_frame, &frame);
        if (sigsetjmp(frame, 0) == 0) {
            table_.run(&op, &outcome_.result);
            table_.effects(&outcome_.effects);
            table_.state(&outcome_.state);
        } else {
            outcome_.result = {MBLAB_FAULT, 0, {}};
            table_.effects(&outcome_.effects);
            // What faulted may be the arrays themselves: then their state stays as it was.
            if (sigsetjmp(frame, 0) == 0)
                table_.state(&outcome_.state);
        }
        fault_frame = outer;
        BlackBox::leave();
        return outcome_;
    }

    const mblab_state &state() override
    {
        table_.state(&outcome_.state);
        return outcome_.state;
    }

    mblab_coverage coverage() const override
    {
        mblab_coverage out{};
        table_.coverage(&out);
        return out;
    }

  private:
    const mblab_engine &table_;
    unsigned number_; // in the black box
    Variant variant_;
    Outcome outcome_;
};

} // namespace

/// Faults are caught on a stack of their own, since a runaway recursion has used up the usual one.
void catch_faults()
{
    static const bool done = [] {
        constexpr size_t stack_bytes = 1 << 16;
        static char stack[stack_bytes];
        stack_t where = {};
        where.ss_sp = stack;
        where.ss_size = stack_bytes;
        sigaltstack(&where, nullptr);
        struct sigaction action = {};
        action.sa_handler = on_fault;
        action.sa_flags = SA_NODEFER | SA_ONSTACK;
        for (const int number : fault_signals)
            sigaction(number, &action, &earlier_actions[number]);
        return true;
    }();
    (void)done;
}

std::unique_ptr<Engine> load_engine(const std::string &path)
{
    const unsigned number = BlackBox::enter_open(path);
    // Never closed: its code may be on a list of the sanitizer's or the fuzzer's, which has no way to strike it off.
    void *object = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (!object)
        throw Error(fmt::format("{}: not an engine: {}", path, dlerror()));
    const auto get = reinterpret_cast<const mblab_engine *(*)()>(dlsym(object, "mblab_get_engine"));
    if (!get)
        throw Error(fmt::format("{}: not an engine: it exports no mblab_get_engine", path));
    const mblab_engine *table = get();
    if (table->abi != MBLAB_ABI)
        throw Error(fmt::format("{}: built for another lab (interface {}, here {}): build it again", path, table->abi,
                                MBLAB_ABI));
    BlackBox::leave();
    return std::make_unique<LoadedEngine>(*table, number);
}

} // namespace mblab
