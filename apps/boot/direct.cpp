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
    "an allocation that is not printed, or whose line is lost: its arguments are not shown";
constexpr uint64_t four_gib = uint64_t{1} << 32;
// SMP_CACHE_BYTES on every machine that the lab has seen, and what older kernels rounded node data to.
constexpr uint64_t cache_line = 64, page = 4096;

/// As far as its line says: the node of a reservation is the one that was asked for.
int32_t node_asked_for(const Item &item)
{
    return item.reserved_as ? item.reserved_as->nid : nid_none;
}

/// Of the node that the line names, or else of any that has memory.
std::vector<Direct> node_data_candidates(const Item &item, const Event &node, const Simulation &simulation)
{
    std::set<int32_t> nodes;
    if (node.nid >= 0)
        nodes.insert(node.nid);
    else if (item.reserved_as && item.reserved_as->nid >= 0)
        nodes.insert(item.reserved_as->nid);
    else
        for (const Region &region : simulation.memory())
            if (is_node(region.nid))
                nodes.insert(region.nid);
    const auto evidence = fmt::format("line {} says that it is the data of a node", node.line);
    std::vector<Direct> candidates;
    for (const int32_t nid : nodes)
        for (const uint64_t align : {cache_line, page})
            candidates.push_back({ops::memblock_phys_alloc_try_nid{item.event.size, align, nid}, false, evidence});
    return candidates;
}

/// Alignments that the place has, greatest first, from 1 GiB down to a page.
std::vector<uint64_t> alignments(const Item &item)
{
    std::vector<uint64_t> all;
    for (uint64_t align = uint64_t{1} << 30; align >= page; align >>= 1)
        if (((item.event.start | item.event.size) & (align - 1)) == 0)
            all.push_back(align);
    return all;
}

/// Ways in which the kernel's CMA looks for an area: above 4 GiB from the bottom first, else from the top.
std::vector<Direct> cma_candidates(const Item &item, const Event *area, uint64_t end)
{
    const std::string evidence =
        area ? fmt::format("line {} says that it is for CMA", area->line) : std::string(unnamed);
    std::vector<Direct> candidates;
    // The line names no node in newer kernels, and the reservation does.
    const int32_t nid = area && area->nid >= 0 ? area->nid : node_asked_for(item);
    const auto add = [&](uint64_t align, uint64_t from, uint64_t to, bool upwards) {
        candidates.push_back({ops::memblock_alloc_range_nid{item.event.size, align, from, to, nid, true}, upwards,
                              upwards ? evidence + "; it looks above 4 GiB from the bottom first" : evidence,
                              area ? Certainty::shown : Certainty::ambiguous});
    };
    const std::vector<uint64_t> aligns = alignments(item);
    for (const uint64_t align : aligns)
        if (end >= four_gib + item.event.size)
            add(align, four_gib, end & ~(align - 1), true);
    for (const uint64_t align : aligns)
        for (const uint64_t to : {end & ~(align - 1), four_gib, four_gib >> 2})
            add(align, 0, to, false);
    return candidates;
}

/// Calls that no line explains: the physical allocators, with the smallest of alignments that lead there.
void add_unknown(const Item &item, std::vector<Direct> &candidates)
{
    for (uint64_t align = 1; align <= uint64_t{1} << 30; align <<= 1)
        if ((item.event.start & (align - 1)) == 0)
            candidates.push_back({ops::memblock_phys_alloc_try_nid{item.event.size, align, node_asked_for(item)}, false,
                                  std::string(unnamed), Certainty::ambiguous});
}

} // namespace

Direct pinned(const Item &item, std::string why)
{
    const Interval place = *item.answer;
    return {ops::memblock_alloc_range_nid{place.size(), 1, place.start, place.end, node_asked_for(item), false}, false,
            std::move(why) + ", so its place is not checked", Certainty::ambiguous, false};
}

bool Planner::explain_direct(size_t at, const Simulation &simulation)
{
    const Item &item = items_[at];
    const auto line_of = [&](EventKind kind) -> const Event * {
        for (size_t i = at + 1; i < items_.size() && items_[i].kind == ItemKind::evidence; i++)
            if (items_[i].event.kind == kind && items_[i].event.start == item.event.start)
                return &items_[i].event;
        return nullptr;
    };
    const Event *node = line_of(EventKind::node_data), *area = line_of(EventKind::cma);
    std::vector<Direct> candidates =
        node ? node_data_candidates(item, *node, simulation) : cma_candidates(item, area, simulation.end_of_memory());
    if (!node && !area)
        add_unknown(item, candidates);
    const Simulation upwards = simulation.after(ops::memblock_set_bottom_up{true});
    std::erase_if(candidates, [&](const Direct &candidate) {
        return (candidate.turns_up ? upwards : simulation).place(candidate.op) != item.event.start;
    });
    if (candidates.empty()) {
        // A place that was not free cannot be explained by any arguments.
        if (!restore_loss(at))
            plan_.direct.emplace(at, pinned(item, "no known arguments lead to this place"));
        return true;
    }
    if (candidates.size() > 1)
        doubt(at,
              fmt::format("line {}: {} readings of this allocation lead to its place; {} is used, {} is another",
                          item.event.line, candidates.size(), print_op(candidates[0].op), print_op(candidates[1].op)));
    plan_.direct.emplace(at, std::move(candidates.front()));
    return true;
}

} // namespace mblab::boot
