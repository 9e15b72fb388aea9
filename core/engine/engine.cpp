// SPDX-License-Identifier: GPL-2.0-or-later
// An engine out of a shared object.
#include "core/engine/engine.hpp"

#include "core/base/error.hpp"
#include "core/base/files.hpp"
#include "core/engine/black_box.hpp"
#include "core/engine/fold.hpp"
#include "core/op/typed.hpp"

#include <algorithm>
#include <bitset>
#include <csetjmp>
#include <csignal>
#include <cstdlib>
#include <deque>
#include <dlfcn.h>
#include <fmt/format.h>
#include <map>
#include <set>
#include <utility>
#include <vector>

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

// ---- states ----

/// What a state says of the engine itself, and no array shows.
using Facts = std::bitset<9>;

Facts facts_of(const State &state)
{
    Facts facts;
    size_t next = 0;
    for (const bool fact :
         {state.memory().in_slab, state.reserved().in_slab, state.can_resize, state.has_mirror, state.debug,
          state.managed_reset, state.scratch_only, state.warned_of_slab, state.discarded})
        facts[next++] = fact;
    return facts;
}

/// Calls that lead to these facts from the first moment of boot. What they do to the arrays does not matter.
std::vector<Op> preparation(const State &state)
{
    std::vector<Op> ops;
    if (state.can_resize)
        ops.push_back(ops::memblock_allow_resize{});
    constexpr uint64_t page = 4096;
    if (state.memory().in_slab || state.reserved().in_slab)
        ops.push_back(ops::world_slab{MBLAB_SLAB_UP});
    for (uint64_t i = 0; state.memory().in_slab && i <= state.variant.memory_regions; i++)
        ops.push_back(ops::memblock_add{2 * i * page, page});
    for (uint64_t i = 0; state.reserved().in_slab && i <= state.variant.reserved_regions; i++)
        ops.push_back(ops::memblock_reserve{2 * i * page, page});
    if (state.has_mirror) {
        ops.push_back(ops::world_mirrored_kernelcore{true});
        ops.push_back(ops::memblock_mark_mirror{});
    }
    if (state.debug)
        ops.push_back(ops::early_param{"memblock=debug"});
    if (state.managed_reset)
        ops.push_back(ops::reset_all_zones_managed_pages{});
    if (state.scratch_only)
        ops.push_back(ops::memblock_set_kho_scratch_only{});
    if (state.warned_of_slab) {
        ops.push_back(ops::world_slab{MBLAB_SLAB_UP});
        ops.push_back(ops::memblock_alloc{page, page});
    }
    if (state.discarded)
        ops.push_back(ops::memblock_discard{});
    return ops;
}

/// The machine around memblock, which is that of the first moment of boot.
void set_machine(Engine &engine, const State &state)
{
    if (state.slab != MBLAB_SLAB_DOWN)
        engine.run(ops::world_slab{state.slab});
    if (state.max_low_pfn)
        engine.run(ops::world_max_low_pfn{state.max_low_pfn});
    if (state.online_nodes != 1)
        engine.run(ops::world_online_nodes{state.online_nodes});
    if (state.movable_node)
        engine.run(ops::world_movable_node{true});
    if (state.mirrored_kernelcore)
        engine.run(ops::world_mirrored_kernelcore{true});
    if (state.deferred_pages)
        engine.run(ops::world_deferred_pages{true});
    for (const Interval &range : state.kho_scratch)
        engine.run(ops::world_kho_overlap{range.start, range.size()});
}

/// The tables of all engines that are open.
std::set<const mblab_engine *> open_tables;

/// What the shared object exports. It is never closed: its code may be on a list of the sanitizer's or the fuzzer's,
/// which has no way to strike it off.
const mblab_engine *table_of(const std::string &file, const std::string &path)
{
    void *object = dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (!object)
        throw Error(fmt::format("{}: not an engine: {}", path, dlerror()));
    const auto get = reinterpret_cast<const mblab_engine *(*)()>(dlsym(object, "mblab_get_engine"));
    if (!get)
        throw Error(fmt::format("{}: not an engine: it exports no mblab_get_engine", path));
    return get();
}

/// One object has one state: who compares an engine with itself has it twice.
const mblab_engine *copy_of(const mblab_engine *table, const std::string &path)
{
    struct Copy {
        NamelessFile file; // stays open, since the loader takes two of one name for one
        const mblab_engine *table;
    };
    static std::map<const mblab_engine *, std::deque<Copy>> copies;
    std::deque<Copy> &all = copies[table];
    for (const Copy &copy : all)
        if (!open_tables.contains(copy.table))
            return copy.table;
    NamelessFile file(read_file(path));
    const mblab_engine *copied = table_of(file.path(), path);
    all.push_back({std::move(file), copied});
    return copied;
}

class LoadedEngine final : public Engine {
  public:
    LoadedEngine(const mblab_engine &table, unsigned number) : table_(table), number_(number)
    {
        variant_ = {table.config, table.max_nodes, table.initial_memory_regions, table.initial_reserved_regions};
        open_tables.insert(&table);
        catch_faults();
        reset();
        keep_image({});
    }
    ~LoadedEngine() override { open_tables.erase(&table_); }

    std::string_view name() const override { return table_.name; }
    const Variant &variant() const override { return variant_; }
    bool has(uint16_t kind) const override { return table_.has(static_cast<mblab_op_kind>(kind)); }
    void reset() override
    {
        BlackBox::enter_reset(number_);
        table_.reset();
        BlackBox::leave();
    }

    void load(const State &to) override
    {
        mblab_state shown{};
        to.show(shown);
        table_.load(image_of(to).data(), &shown);
        set_machine(*this, to);
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
    using Image = std::vector<uint64_t>;

    /// The engine's data with the facts of a state. It gets them by its own functions, once.
    const Image &image_of(const State &state)
    {
        const Facts facts = facts_of(state);
        const auto known = std::ranges::find(images_, facts, &std::pair<Facts, Image>::first);
        if (known != images_.end())
            return known->second;
        State reached(variant_, dialect());
        load(reached);
        for (const Op &op : preparation(state))
            fold(reached, op, run(op));
        if (facts_of(reached) != facts)
            throw Error(fmt::format("{}: its functions do not lead to the state that is to be loaded", name()));
        return keep_image(facts);
    }

    const Image &keep_image(const Facts &facts)
    {
        Image &image = images_.emplace_back(facts, Image(table_.image_words)).second;
        table_.keep(image.data());
        return image;
    }

    const mblab_engine &table_;
    unsigned number_; // in the black box
    Variant variant_;
    Outcome outcome_;
    std::vector<std::pair<Facts, Image>> images_;
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

void Engine::load(const State &)
{
    throw Error(fmt::format("no state can be loaded into {}", name()));
}

std::string_view cannot_load(const State &state)
{
    if (!state.names.empty() || state.shows_names)
        return "reserve_mem names";
    if (state.kho != HandoverState())
        return "a handover";
    if (std::ranges::count(state.warned_of_node, true))
        return "a warning that is printed once only";
    // They have one flag in the kernel, the one of whichever grew last.
    if (state.physmem().storage != MBLAB_STATIC_ADDR && state.physmem().in_slab != state.reserved().in_slab)
        return "physmem and reserved arrays of which one is in slab";
    for (const ArrayState &array : state.arrays)
        if (array.set.count() > array.max)
            return "an array that holds more than it has room for";
    return {};
}

std::unique_ptr<Engine> load_engine(const std::string &path)
{
    const unsigned number = BlackBox::enter_open(path);
    const mblab_engine *table = table_of(path, path);
    if (open_tables.contains(table))
        table = copy_of(table, path);
    if (table->abi != MBLAB_ABI)
        throw Error(fmt::format("{}: built for another version of the lab (interface {}, here {}): rebuild it", path,
                                table->abi, MBLAB_ABI));
    BlackBox::leave();
    return std::make_unique<LoadedEngine>(*table, number);
}

} // namespace mblab
