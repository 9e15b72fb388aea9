// SPDX-License-Identifier: GPL-2.0-or-later
// Allocators that do not print: of memblock_phys_alloc_try_nid and memblock_alloc_range_nid only the reserve is in the
// log.
#include "apps/boot/planner.hpp"

#include <fmt/format.h>

#include <array>
#include <bit>

namespace mblab::boot {
namespace {

constexpr std::string_view unnamed =
    "an allocator that does not print, or one whose line is lost: what it asked for is not shown";
constexpr uint64_t four_gib = uint64_t{1} << 32;
// SMP_CACHE_BYTES on every machine that the lab has seen, and what kernels before 6.12 rounded node data to.
constexpr uint64_t cache_line = 64, page = 4096;

/// Where the allocation of a candidate would go.
uint64_t place_of(const Direct &candidate, Simulation simulation)
{
    for (size_t i = 0; i < candidate.allocation; i++)
        simulation.run(candidate.ops[i]);
    return simulation.place(candidate.ops[candidate.allocation]);
}

Direct single(const Op &op, std::string evidence, Certainty certainty)
{
    return {{op}, 0, std::move(evidence), certainty};
}

/// Of the node that the line names, or else of any that has memory.
std::vector<Direct> node_data_candidates(const Item &item, const Event &node, const Simulation &simulation)
{
    std::set<int32_t> nodes;
    if (node.nid >= 0)
        nodes.insert(node.nid);
    else
        for (const Region &region : simulation.memory())
            if (is_node(region.nid))
                nodes.insert(region.nid);
    std::vector<Direct> candidates;
    for (const int32_t nid : nodes)
        for (const uint64_t align : {cache_line, page})
            candidates.push_back(single(ops::memblock_phys_alloc_try_nid{item.event.size, align, nid},
                                        fmt::format("line {} says that it is the data of a node", node.line),
                                        Certainty::shown));
    return candidates;
}

/// Alignments that the range has, greatest first, from 1 GiB down to a page.
std::vector<uint64_t> alignments(const Item &item)
{
    std::vector<uint64_t> all;
    for (uint64_t align = uint64_t{1} << 30; align >= page; align >>= 1)
        if ((item.event.start & (align - 1)) == 0 && (item.event.size & (align - 1)) == 0)
            all.push_back(align);
    return all;
}

/// Ways in which the kernel's CMA looks for an area: above 4 GiB from the bottom first, else from the top.
std::vector<Direct> cma_candidates(const Item &item, const Event *area, const Simulation &simulation)
{
    const int32_t nid = area ? area->nid : nid_none;
    const std::string evidence =
        area ? fmt::format("line {} says that it is for CMA", area->line) : std::string(unnamed);
    const Certainty certainty = area ? Certainty::shown : Certainty::ambiguous;
    const uint64_t end = simulation.end_of_memory();
    std::vector<Direct> candidates;
    const auto add = [&](uint64_t align, uint64_t from, uint64_t to, bool upwards) {
        const Op op = ops::memblock_alloc_range_nid{item.event.size, align, from, to, nid, true};
        Direct candidate = single(op, evidence, certainty);
        if (upwards)
            candidate = {{ops::memblock_set_bottom_up{true}, op, ops::memblock_set_bottom_up{false}},
                         1,
                         evidence + "; it looks above 4 GiB from the bottom first",
                         certainty};
        candidates.push_back(std::move(candidate));
    };
    for (const bool upwards : {true, false})
        for (const uint64_t align : alignments(item)) {
            const uint64_t limit = end & ~(align - 1);
            if (upwards && end >= four_gib + item.event.size)
                add(align, four_gib, limit, true);
            if (upwards)
                continue;
            for (const uint64_t to : {limit, four_gib, four_gib >> 2})
                add(align, 0, to, false);
        }
    return candidates;
}

/// Calls that no line explains: the physical allocators, with the smallest of alignments that lead there.
std::vector<Direct> unknown_candidates(const Item &item)
{
    std::vector<Direct> candidates;
    for (uint64_t align = 1; align <= uint64_t{1} << 30; align <<= 1)
        if ((item.event.start & (align - 1)) == 0)
            candidates.push_back(single(ops::memblock_phys_alloc_try_nid{item.event.size, align, nid_none},
                                        std::string(unnamed), Certainty::ambiguous));
    return candidates;
}

} // namespace

Direct pinned(const Item &item, std::string why)
{
    const Interval place = *item.answer;
    Direct direct = single(ops::memblock_alloc_range_nid{place.size(), 1, place.start, place.end, nid_none, false},
                           why + ", so that its place is not checked", Certainty::ambiguous);
    direct.checked = false;
    return direct;
}

bool Planner::explain_direct(size_t at, const Simulation &simulation)
{
    const Item &item = items_[at];
    const Event *node = nullptr, *area = nullptr;
    for (size_t i = at + 1; i < items_.size() && items_[i].kind == ItemKind::evidence; i++) {
        const Event &event = items_[i].event;
        if (event.kind == EventKind::node_data && event.start == item.event.start && !node)
            node = &event;
        if (event.kind == EventKind::cma && event.start == item.event.start && !area)
            area = &event;
    }
    std::vector<Direct> candidates =
        node ? node_data_candidates(item, *node, simulation) : cma_candidates(item, area, simulation);
    if (!node && !area)
        for (Direct &candidate : unknown_candidates(item))
            candidates.push_back(std::move(candidate));
    std::vector<const Direct *> fitting;
    for (const Direct &candidate : candidates)
        if (place_of(candidate, simulation) == item.event.start)
            fitting.push_back(&candidate);
    if (fitting.empty()) {
        // A place that was not free cannot be explained by any arguments.
        if (restore_loss(at))
            return true;
        plan_.direct.emplace(at, pinned(item, "no arguments that are known lead to this place"));
        return true;
    }
    plan_.direct.emplace(at, *fitting.front());
    if (fitting.size() > 1)
        doubt(at, fmt::format("line {}: {} readings of this allocation lead to its place; taken is {}, {} is another",
                              item.event.line, fitting.size(), print_op(fitting[0]->ops[fitting[0]->allocation]),
                              print_op(fitting[1]->ops[fitting[1]->allocation])));
    return true;
}

} // namespace mblab::boot
