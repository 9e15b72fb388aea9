// SPDX-License-Identifier: GPL-2.0-or-later
// The allocators, oldest first: how each is set up, and with which calls it meets a demand.
#include "apps/history/contender.hpp"

#include "core/base/error.hpp"
#include "core/op/typed.hpp"
#include "core/run/catalog.hpp"
#include "history/pages.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace mblab::history {
namespace {

constexpr uint64_t first_megabyte = 1 << 20;
constexpr std::string_view no_memory = "no memory", not_there = "not on that node", not_in_range = "not in that range";

std::string_view reason_of(const Demand &demand)
{
    return demand.exact_nid ? not_there : demand.keeps_goal && demand.goal ? not_in_range : no_memory;
}

// ---- v2.0 ----

/// Knows one range of memory: it is given the largest that is free when the first block is asked for.
class BumpContender final : public Contender {
  public:
    using Contender::Contender;

  private:
    std::string set_up() override
    {
        Interval largest;
        for (const Region &memory : boot_.memory)
            kept().each_gap(memory.base, end_of(memory), [&](uint64_t start, uint64_t end, const Region *) {
                if (end - start > largest.size())
                    largest = {start, end};
            });
        if (largest.empty())
            return "no free range";
        make(ops::bump_setup{largest.start, largest.end});
        return "";
    }

    void keep(const Demand &demand) override
    {
        for (const Region &free : free_ranges())
            if (interval_of(free).overlaps(demand.range))
                return note("cannot reserve", demand.range.size());
    }

    uint64_t find(const Demand &demand) override
    {
        const Region range = regions(MBLAB_TYPE_memory)[0];
        const uint64_t start = range.base + engine_->state().type[MBLAB_TYPE_reserved].total_size;
        const uint64_t at = align_up(start, demand.align);
        const auto node = std::ranges::find_if(boot_.memory, [&](const Region &r) { return end_of(r) > at; });
        if (at + demand.size > demand.limit || (demand.keeps_goal && at < demand.goal))
            return note_block(not_in_range, demand), 0;
        if (demand.exact_nid && demand.nid >= 0 && node != boot_.memory.end() && node->nid != demand.nid)
            return note_block(not_there, demand), 0;
        const Outcome &outcome = make(ops::bump_take{demand.size, demand.align});
        if (outcome.result.exit == MBLAB_RETURNED)
            return outcome.result.value[0];
        return note_block(no_memory, demand), 0;
    }

    bool release(Interval) override { return false; }
    Op last_call() const override { return ops::bump_mem_init{}; }
    uint64_t own_bytes() override { return 0; }
};

// ---- bootmem's calls ----

/// Asks as __alloc_bootmem_node_nopanic() does, with a limit.
class BootmemCaller : public Contender {
  public:
    using Contender::Contender;

  protected:
    uint64_t find(const Demand &demand) override
    {
        const bool has_limit = demand.limit != ~uint64_t{0};
        for (const uint64_t goal : {demand.goal, uint64_t{0}}) {
            if (goal != demand.goal && demand.keeps_goal)
                break;
            if (has_limit && goal + demand.size > demand.limit)
                continue;
            for (const int32_t nid : {demand.nid, -1}) {
                if (nid != demand.nid && demand.exact_nid)
                    continue;
                const Outcome &outcome =
                    make(ops::__alloc_bootmem_core{nid, demand.size, demand.align, goal, has_limit ? demand.limit : 0});
                const uint64_t at = outcome.result.value[0];
                if (at && demand.keeps_goal && at + page < goal)
                    note("below what was asked for", demand.size);
                if (at)
                    return at;
                if (demand.nid < 0)
                    break;
            }
            if (demand.goal == 0)
                break;
        }
        return note_block(reason_of(demand), demand), 0;
    }

    Op last_call() const override { return ops::free_all_bootmem{}; }
};

/// Every node's map is put into the lowest free range of the node that holds it, by whoever sets it up: what the
/// architecture's code did before there was an allocator.
class BootmemContender final : public BootmemCaller {
  public:
    using BootmemCaller::BootmemCaller;

  private:
    struct Node {
        Interval span;                // pages
        std::vector<Interval> memory; // whole pages
    };

    std::string set_up() override
    {
        for (const Region &memory : boot_.memory) {
            const Interval pages = whole_pages(memory.base, memory.size);
            if (pages.empty())
                continue;
            Node &node = nodes_[memory.nid];
            node.span = node.memory.empty() ? pages : Interval{node.span.start, pages.end};
            node.memory.push_back(pages);
        }
        for (const auto &[nid, node] : nodes_)
            if (const std::string problem = add_node(nid, node); !problem.empty())
                return problem;
        is_ready_ = true;
        reserve({0, page});
        for (const Region &early : kept().regions())
            reserve(interval_of(early));
        return "";
    }

    std::string add_node(int32_t nid, const Node &node)
    {
        const uint64_t size = pfn_up(map_bytes(node.span.size()));
        const uint64_t at = place_for(node, size);
        if (!at)
            return fmt::format("no room for the map of node {}", nid);
        if (make(ops::init_bootmem_node{nid, at, node.span.start, node.span.end}).result.exit != MBLAB_RETURNED)
            return fmt::format("the span of node {} overlaps another's", nid);
        maps_.push_back({at * page, (at + size) * page});
        for (const Interval &part : node.memory)
            make(ops::free_bootmem_node{nid, part.start * page, part.size() * page});
        make(ops::reserve_bootmem_node{nid, at * page, size * page, false});
        return "";
    }

    /// Above the first megabyte, which machines have their own data in, or where there is room.
    uint64_t place_for(const Node &node, uint64_t pages) const
    {
        const uint64_t high = place_above(first_megabyte, node, pages);
        return high ? high : place_above(page, node, pages);
    }

    uint64_t place_above(uint64_t lowest, const Node &node, uint64_t pages) const
    {
        uint64_t place = 0;
        for (const Interval &part : node.memory)
            kept().each_gap(std::max(part.start * page, lowest), part.end * page,
                            [&](uint64_t start, uint64_t end, const Region *) {
                                const Interval free = whole_pages(start, end - start);
                                if (!place && free.size() >= pages)
                                    place = free.start;
                            });
        return place;
    }

    /// Of each node its part.
    void reserve(Interval range)
    {
        for (const auto &[nid, node] : nodes_) {
            const Interval part{std::max(range.start, node.span.start * page),
                                std::min(range.end, node.span.end * page)};
            if (!part.empty())
                make(ops::reserve_bootmem_node{nid, part.start, part.size(), false});
        }
    }

    void keep(const Demand &demand) override
    {
        if (is_ready_)
            reserve(demand.range);
    }

    /// Freeing a page that is free is a BUG: only what is taken is freed.
    bool release(Interval range) override
    {
        const Interval whole{align_up(range.start, page), range.end / page * page};
        const std::vector<Region> taken(regions(MBLAB_TYPE_reserved).begin(), regions(MBLAB_TYPE_reserved).end());
        for (const Region &run : taken) {
            const Interval part{std::max(run.base, whole.start), std::min(end_of(run), whole.end)};
            if (!part.empty())
                make(ops::free_bootmem_node{run.nid, part.start, part.size()});
        }
        return true;
    }

    uint64_t own_bytes() override
    {
        uint64_t bytes = 0;
        for (const Interval &map : maps_)
            bytes += map.size();
        return bytes;
    }
    std::vector<Interval> own_ranges() override { return maps_; }
    bool own_stays() const override { return false; }

    std::map<int32_t, Node> nodes_;
    std::vector<Interval> maps_;
    bool is_ready_ = false;
};

// ---- memblock's arrays ----

/// What the two that have memblock beneath them share.
template <typename Base> class OverMemblock : public Base {
  public:
    using Base::Base;

  protected:
    void pass(const Op &op) override
    {
        if (this->engine_->has(op.kind) && !is<ops::world_max_low_pfn>(op))
            this->make(op);
    }
    /// All of memory can be given away, wherever the kernel ends what it maps.
    std::string set_up() override
    {
        this->make(ops::world_max_low_pfn{~uint64_t{0}});
        return "";
    }
    void keep(const Demand &demand) override
    {
        const Op &op = this->boot_.trace().steps[demand.step].op;
        this->make(this->engine_->has(op.kind) ? op
                                               : Op(ops::memblock_reserve{demand.range.start, demand.range.size()}));
    }
    bool release(Interval range) override
    {
        this->make(ops::memblock_phys_free{range.start, range.size()});
        return true;
    }
    uint64_t own_bytes() override
    {
        const Variant &variant = this->engine_->variant();
        uint64_t regions = variant.memory_regions + variant.reserved_regions;
        for (const mblab_type_state *array : grown())
            regions += array->max;
        return regions * this->engine_->state().region_bytes;
    }
    std::vector<Interval> own_ranges() override
    {
        std::vector<Interval> ranges;
        for (const mblab_type_state *array : grown())
            ranges.push_back({array->storage, array->storage + array->max * this->engine_->state().region_bytes});
        return ranges;
    }

  private:
    std::vector<const mblab_type_state *> grown()
    {
        const mblab_state &state = this->engine_->state();
        std::vector<const mblab_type_state *> arrays;
        for (const mblab_type type : {MBLAB_TYPE_memory, MBLAB_TYPE_reserved})
            if (state.type[type].storage != MBLAB_STATIC_ADDR)
                arrays.push_back(&state.type[type]);
        return arrays;
    }
};

class NoBootmemContender final : public OverMemblock<BootmemCaller> {
  public:
    using OverMemblock::OverMemblock;
};

class MemblockContender final : public OverMemblock<Contender> {
  public:
    using OverMemblock::OverMemblock;

  private:
    uint64_t find(const Demand &demand) override
    {
        const Op &op = boot_.trace().steps[demand.step].op;
        const bool is_call = engine_->has(op.kind) && op_info(op.kind).family == Family::alloc;
        const Outcome &outcome =
            make(is_call ? op
                         : Op(ops::memblock_alloc_range_nid{demand.size, demand.align, demand.goal, demand.limit,
                                                            demand.nid, demand.exact_nid}));
        const uint64_t at = outcome.result.exit == MBLAB_RETURNED ? outcome.result.value[0] : 0;
        if (!at)
            note_block(reason_of(demand), demand);
        return at;
    }

    Op last_call() const override { return ops::memblock_free_all{}; }
};

} // namespace

std::unique_ptr<Contender> make_contender(const Boot &boot, std::string_view name)
{
    const std::string variant = variant_name(boot.trace().variant.empty() ? "numa-128" : boot.trace().variant);
    if (name == "bump")
        return std::make_unique<BumpContender>(boot, open_engine(name, variant));
    if (name == "bootmem")
        return std::make_unique<BootmemContender>(boot, open_engine(name, variant));
    if (name == "nobootmem")
        return std::make_unique<NoBootmemContender>(boot, open_engine(name, variant));
    if (name == "memblock")
        name = "port";
    if (has_engine(name, variant))
        return std::make_unique<MemblockContender>(boot, open_engine(name, variant));
    throw Error(
        fmt::format("no allocator '{}'; there are: bump, bootmem, nobootmem, memblock (the port), and kernels", name));
}

} // namespace mblab::history
