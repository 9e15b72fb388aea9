// SPDX-License-Identifier: GPL-2.0-or-later
// memblock_set_node is silent. What the kernel says of its nodes, and the next dump, tell which calls were made.
#include "apps/boot/planner.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace mblab::boot {
namespace {

struct Block {
    Interval range;
    int32_t nid;
};
using Blocks = std::vector<Block>;

/// A guess at what set the nodes up: the blocks it went by, and which arrays it set.
struct Guess {
    Blocks memory, reserved;
    bool forgets_first; // both arrays are set to NUMA_NO_NODE before
    std::string evidence;
};

/// As the kernel's clean-up of its node blocks: within memory, and joined where no other node lies between.
Blocks clean(const Blocks &given, const Simulation &simulation, bool from_start_of_memory)
{
    const Regions memory = simulation.memory();
    const uint64_t low = from_start_of_memory && !memory.empty() ? memory.front().base : 0;
    Blocks blocks;
    for (Block block : given) {
        if (!overlaps(memory, block.range))
            continue;
        block.range = {std::max(block.range.start, low), std::min(block.range.end, simulation.end_of_memory())};
        if (!block.range.empty())
            blocks.push_back(block);
    }
    const auto lies_between = [&](Interval range, int32_t nid) {
        return std::any_of(blocks.begin(), blocks.end(),
                           [&](const Block &other) { return other.nid != nid && other.range.overlaps(range); });
    };
    for (size_t i = 0; i < blocks.size(); i++)
        for (size_t j = i + 1; j < blocks.size();) {
            const Interval joined{std::min(blocks[i].range.start, blocks[j].range.start),
                                  std::max(blocks[i].range.end, blocks[j].range.end)};
            if (blocks[i].nid != blocks[j].nid || lies_between(joined, blocks[i].nid)) {
                j++;
                continue;
            }
            blocks[i].range = joined;
            blocks.erase(blocks.begin() + static_cast<ptrdiff_t>(j));
        }
    return blocks;
}

/// Runs of regions on one node, as a dump has them.
Blocks runs_of(Regions regions)
{
    Blocks runs;
    bool open = false;
    for (const Region &region : regions) {
        if (is_node(region.nid) && open && runs.back().nid == region.nid)
            runs.back().range.end = end_of(region);
        else if (is_node(region.nid))
            runs.push_back({interval_of(region), region.nid});
        open = is_node(region.nid);
    }
    return runs;
}

/// What the log says of nodes between two items.
struct NodeLines {
    Blocks srat, faked, early; // the last are told of later: "Early memory node ranges"
    uint64_t srat_line = 0, faked_line = 0;
};

NodeLines read_node_lines(const std::vector<Item> &items, size_t from, size_t to)
{
    NodeLines lines;
    for (size_t i = from; i < to; i++) {
        const Event &event = items[i].event;
        const Block block{items[i].range(), event.nid};
        if (event.kind == EventKind::srat) {
            lines.srat.push_back(block);
            lines.srat_line = event.line;
        } else if (event.kind == EventKind::faked_node) {
            // What was tried before has failed.
            lines.srat.clear();
            lines.faked = {block};
            lines.faked_line = event.line;
        }
    }
    for (const Item &item : items)
        if (item.event.kind == EventKind::early_range)
            lines.early.push_back({item.range(), item.event.nid});
    return lines;
}

/// The calls of a guess, in the kernel's order. Memory on nodes that hold what is reserved can no longer be unplugged.
std::vector<Op> calls_of(const Guess &guess, Simulation simulation, bool turns_down)
{
    std::vector<Op> calls;
    const auto add = [&](const Op &op) {
        simulation.run(op);
        calls.push_back(op);
    };
    if (guess.forgets_first)
        for (const mblab_type type : {MBLAB_TYPE_memory, MBLAB_TYPE_reserved})
            add(set_node({0, UINT64_MAX}, type, nid_none));
    if (turns_down)
        add(ops::memblock_set_bottom_up{false});
    for (const Block &block : guess.memory)
        add(set_node(block.range, MBLAB_TYPE_memory, block.nid));
    for (const Block &block : guess.reserved)
        add(set_node(block.range, MBLAB_TYPE_reserved, block.nid));
    for (const Block &block : guess.reserved) {
        const auto on_node = [&](const Region &region) { return region.nid == block.nid; };
        const auto unplugs = [&](const Region &region) {
            return (region.flags & flag_hotplug) && block.range.overlaps(interval_of(region));
        };
        const Regions memory = simulation.memory(), reserved = simulation.reserved();
        if (std::any_of(reserved.begin(), reserved.end(), on_node) &&
            std::any_of(memory.begin(), memory.end(), unplugs))
            add(ops::memblock_clear_hotplug{block.range.start, block.range.size()});
    }
    return calls;
}

} // namespace

/// Guesses, the likeliest first: what the log says of the nodes as the kernel goes by it, then what the dump shows.
static std::vector<Guess> guesses(const NodeLines &lines, const Simulation &simulation, const Snapshot *dump)
{
    std::vector<Guess> all;
    // Of all three, newer kernels do so: their clean-up of node blocks came to one architecture after the other.
    const auto add = [&](const Blocks &given, const std::string &evidence) {
        for (const bool clipped : {true, false})
            for (const bool both : {true, false})
                for (const bool forgets : {true, false}) {
                    const Blocks blocks = clean(given, simulation, clipped);
                    if (!blocks.empty())
                        all.push_back({blocks, both ? blocks : Blocks{}, forgets, evidence});
                }
    };
    if (!lines.srat.empty())
        add(lines.srat, fmt::format("the SRAT, up to line {}", lines.srat_line));
    if (!lines.faked.empty())
        add(lines.faked, fmt::format("line {} fakes a node", lines.faked_line));
    if (!dump) {
        if (!lines.early.empty())
            add(lines.early, "early memory node ranges");
        return all;
    }
    const Blocks memory = runs_of(dump->regions[MBLAB_TYPE_memory]);
    add(memory, fmt::format("the nodes in the dump at line {}", dump->line));
    for (const bool forgets : {true, false})
        all.push_back({memory, runs_of(dump->regions[MBLAB_TYPE_reserved]), forgets,
                       fmt::format("the nodes in the dump at line {}", dump->line)});
    return all;
}

bool Planner::explain_nodes(size_t at)
{
    plan_.nodes_set.insert(at);
    size_t from = at;
    for (size_t i = at; i-- > 0 && !plan_.nodes_set.contains(i);)
        if (tells_of_nodes(items_[i]))
            from = i;
    Simulation simulation(dialect_);
    follow(plan_, at, simulation);
    const size_t next = next_dump(at);
    const Snapshot *dump = next == none ? nullptr : &items_[next].snapshot;
    const std::vector<Guess> all = guesses(read_node_lines(items_, from, at), simulation, dump);
    if (all.empty())
        return true;
    const bool turns_down = simulation.bottom_up() && arch_.nodes_turn_down;
    const auto with = [&](const Guess &guess) {
        Plan plan = plan_;
        for (const Op &call : calls_of(guess, simulation, turns_down))
            plan.insert(at, call, guess.evidence);
        return plan;
    };
    for (const Guess &guess : all) {
        Planner trial = *this;
        trial.plan_ = with(guess);
        const bool fits = dump && trial.reaches(next);
        cost_ = trial.cost_;
        if (fits) {
            plan_ = with(guess);
            return true;
        }
    }
    plan_ = with(all.front());
    if (!dump)
        doubt(at, fmt::format("no dump follows the nodes set up before line {}: it does not show which calls set them",
                              items_[at].event.line));
    return true;
}

/// Whether the nodes at the dump come out right, other conflicts on the way dealt with.
bool Planner::reaches(size_t dump)
{
    for (size_t round = 0; round < 64 && !is_spent(); round++) {
        Simulation simulation(dialect_);
        const auto conflict = follow(plan_, dump + 1, simulation);
        if (!conflict)
            return true;
        if (conflict->item == dump && agrees(simulation, items_[dump].snapshot, Part::nodes))
            return true;
        if (conflict->kind == ConflictKind::nodes)
            return false;
        if (explain(*conflict, simulation))
            continue;
        // What the dump explains, such as flags, may come later than a place that depends on it.
        if (conflict->item == dump)
            return false;
        plan_.disputed.insert(conflict->item);
    }
    return false;
}

} // namespace mblab::boot
