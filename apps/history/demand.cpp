// SPDX-License-Identifier: GPL-2.0-or-later
#include "apps/history/demand.hpp"

#include "core/base/error.hpp"
#include "core/op/typed.hpp"
#include "core/run/catalog.hpp"
#include "core/state/flags.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <memory>

namespace mblab::history {
namespace {

constexpr uint64_t page = 4096;
constexpr uint64_t cache_line = 64;        // the alignment of who asks for none
constexpr uint64_t low_limit = 0xffffffff; // ARCH_LOW_ADDRESS_LIMIT
constexpr uint64_t no_leak_trace = 1;      // MEMBLOCK_ALLOC_NOLEAKTRACE

/// Calls that end boot memory, or come after it.
bool ends_boot_memory(const Op &op)
{
    return is<ops::memblock_free_all>(op) || (is<ops::world_slab>(op) && ops::world_slab::of(op).state);
}

/// Reads a boot's demands off the calls, one after another, with the port at hand to say what the log does not.
class DemandReader {
  public:
    DemandReader(Boot &boot, Engine &port) : boot_(boot), port_(port) {}

    void run()
    {
        port_.reset();
        view::Story &story = boot_.story;
        std::vector<Step> &steps = story.trace.steps;
        steps.erase(std::ranges::find_if(steps, [](const Step &step) { return ends_boot_memory(step.op); }),
                    steps.end());
        story.remarks.resize(std::min(story.remarks.size(), steps.size()));
        story.callers.resize(std::min(story.callers.size(), steps.size()));
        for (step_ = 0; step_ < steps.size(); step_++)
            read(steps[step_]);
        const mblab_type_state &memory = port_.state().type[MBLAB_TYPE_memory];
        for (size_t i = 0; i < memory.cnt; i++)
            if (const Region &region = memory.regions[i]; region.size && !(region.flags & flag_nomap))
                boot_.memory.push_back({region.base, region.size, 0, node_of(region)});
    }

  private:
    /// Memory of no node is the first one's.
    int32_t node_of(const Region &memory) const
    {
        return memory.nid >= 0 && static_cast<uint32_t>(memory.nid) < port_.variant().max_nodes ? memory.nid : 0;
    }

    void read(const Step &step)
    {
        const uint64_t limit = port_.state().current_limit;
        const Outcome &outcome = port_.run(step.op);
        const OpInfo &info = op_info(step.op.kind);
        if (is<ops::memblock_reserve>(step.op) || is<ops::memblock_reserve_kern>(step.op) ||
            is<ops::__memblock_reserve>(step.op))
            add_range(DemandKind::keep, step.op.arg[0], step.op.arg[1]);
        else if (is<ops::memblock_phys_free>(step.op) || is<ops::memblock_free>(step.op))
            add_range(DemandKind::back, step.op.arg[0], step.op.arg[1]);
        else if (info.family == Family::alloc)
            add_block(step, limit, outcome);
        else if (is<ops::early_param>(step.op))
            add_parameter(outcome);
    }

    void add_range(DemandKind kind, uint64_t base, uint64_t size)
    {
        if (size)
            add(kind, base, size);
    }

    Demand &add(DemandKind kind, uint64_t base, uint64_t size)
    {
        Demand &demand = boot_.demands.emplace_back();
        demand.kind = kind;
        demand.step = step_;
        demand.range = {base, base + std::min(size, ~base)};
        return demand;
    }

    void add_block(const Step &step, uint64_t current_limit, const Outcome &outcome)
    {
        Demand demand;
        uint64_t end = 0;
        visit(step.op, [&](const auto &call) {
            if constexpr (requires { call.size; })
                demand.size = call.size;
            if constexpr (requires { call.align; })
                demand.align = call.align;
            if constexpr (requires {
                              call.start;
                              call.end;
                          }) {
                demand.goal = call.start;
                end = call.end;
            }
            if constexpr (requires { call.min_addr; })
                demand.goal = call.min_addr;
            if constexpr (requires { call.max_addr; })
                end = call.max_addr;
            if constexpr (requires { call.nid; })
                demand.nid = call.nid;
            if constexpr (requires { call.exact_nid; })
                demand.exact_nid = call.exact_nid;
        });
        const bool is_virtual = op_info(step.op.kind).results[0].kind == ParameterKind::virt;
        demand.exact_nid |= is<ops::memblock_alloc_exact_nid_raw>(step.op);
        demand.keeps_goal = !is_virtual;
        demand.align = demand.align ? demand.align : cache_line;
        if (is<ops::memblock_alloc_low>(step.op))
            end = low_limit;
        if (is<ops::memblock_alloc_hugetlb>(step.op))
            demand.align = demand.size;
        demand.limit = end <= no_leak_trace ? current_limit : is_virtual ? std::min(end, current_limit) : end;
        if (demand.nid < 0 || static_cast<uint32_t>(demand.nid) >= port_.variant().max_nodes)
            demand.nid = -1;
        if (demand.size == 0)
            return;
        const uint64_t at = step.expected.value_or(outcome.result.value[0]);
        demand.kind = DemandKind::block;
        demand.step = step_;
        demand.range = {at, at ? at + demand.size : 0};
        boot_.demands.push_back(demand);
    }

    /// reserve_mem= allocates, and says so to kmemleak alone.
    void add_parameter(const Outcome &outcome)
    {
        for (const Effect &effect : outcome.effect_list())
            if (effect.kind == MBLAB_EFFECT_kmemleak_alloc_phys) {
                Demand &demand = add(DemandKind::block, effect.a, effect.b);
                demand.size = effect.b;
                demand.align = page;
                demand.limit = port_.state().current_limit;
            }
    }

    Boot &boot_;
    Engine &port_;
    size_t step_ = 0;
};

} // namespace

Boot as_boot(const std::string &path, Told told)
{
    Boot boot;
    boot.name = std::filesystem::path(path).filename().string();
    boot.story = std::move(told.story);
    boot.kernel = std::move(told.kernel);
    const std::unique_ptr<Engine> port =
        open_engine("port", variant_name(boot.trace().variant.empty() ? "numa-128" : boot.trace().variant));
    DemandReader(boot, *port).run();
    if (boot.demands.empty() || boot.memory.empty())
        throw Error(fmt::format("{}: no memory, or no request for any", path));
    return boot;
}

Boot read_boot(const std::string &path)
{
    return as_boot(path, read_told(path));
}

} // namespace mblab::history
